// fileStream and textFileStream as sources of the plan: the new files of a directory, batch by batch.
import { basename } from "node:path";
import type { DStreamOperator, LowerContext } from "../plan/operators.ts";
import { rddOperator } from "../plan/operators.ts";
import type { Plain, PlanNode } from "../plan/types.ts";
import { splitsOf } from "../rdd/files.ts";
import { chooseFiles } from "./file-choice.ts";

/** Ms that files are remembered: whole slides, at least `minRemember`. */
function rememberOf(node: PlanNode, slide: number): number {
	return slide * Math.ceil((node.params.minRemember as number) / slide);
}

/** Operator that reads files, and how it wants them cut. */
const readers: { readonly [format: string]: { op: string; parts(files: readonly string[]): Plain } } = {
	text: { op: "textFile", parts: (files) => splitsOf(files, files.length) as unknown as Plain },
	whole: { op: "wholeTextFiles", parts: (files) => files.map((file) => [file]) },
	binary: { op: "binaryFiles", parts: (files) => files.map((file) => [file]) },
};

async function choose(context: LowerContext, before: ReadonlySet<string>): Promise<readonly string[]> {
	const { directory, since } = context.node.params as { directory: string; since: number };
	const filter = context.fns.filter === undefined ? undefined : context.driverFunction("filter");
	const slide = context.slideOf(context.node.id);
	try {
		return await chooseFiles({
			directory,
			time: context.time,
			ignoreUpTo: Math.max(since, context.time - rememberOf(context.node, slide)),
			before,
			accepts: (path) => (filter === undefined ? !basename(path).startsWith(".") : Boolean(filter(path))),
		});
	} catch (error) {
		// As in Spark: what cannot be listed now may be there in the next batch.
		context.warn(`${context.node.step ?? "fileStream"}: cannot list ${directory}: ${(error as Error).message}`);
		return [];
	}
}

export const fileStream: DStreamOperator = {
	op: "fileStream",
	source: true,
	label: (node) => `files of ${node.params.directory}`,
	remember: rememberOf,
	async lower(context) {
		const files = await context.chooseFiles((before) => choose(context, before));
		const { op, parts } = readers[context.node.params.format as string];
		const { fromNode } = rddOperator(op);
		const node = { ...context.node, op, params: { parts: parts(files) } };
		return context.rdd((fromNode as NonNullable<typeof fromNode>)(node, [], context));
	},
};
