// textFile, wholeTextFiles, binaryFiles, objectFile: files as partitions, read by the tasks.
import { decodeRecords } from "../data/index.ts";
import { streamError } from "../errors/index.ts";
import { bare, type Opened, type RddOperator } from "../plan/operators.ts";
import type { Plain } from "../plan/types.ts";
import { contentOf, linesOf, type Split } from "./files.ts";

function reader(op: string, open: (part: Plain) => Opened): RddOperator {
	return {
		op,
		fromNode: (node) => ({
			op,
			params: { parts: node.params.parts },
			partitions: (node.params.parts as readonly Plain[]).length,
			partitioner: node.params.partitioner as number | undefined,
			placement: node.params.placement as string | undefined,
		}),
		resolve: (rdd, partition) =>
			bare({
				kind: "op",
				op,
				params: { part: (rdd.params.parts as readonly Plain[])[partition] },
				fns: {},
				inputs: [],
			}),
		open(context) {
			try {
				return open(context.params.part);
			} catch (cause) {
				throw streamError("STREAM_SOURCE", {
					step: op,
					message: `cannot read ${JSON.stringify(context.params.part)}: ${(cause as Error).message}`,
					way: "files must stay as they were when the RDD was made",
					cause,
				});
			}
		},
	};
}

export const textFile = reader("textFile", (part) => ({ shape: "records", items: linesOf(part as unknown as Split) }));

export const wholeTextFiles = reader("wholeTextFiles", (part) => {
	const files = part as readonly string[];
	return { shape: "table", keys: files, values: files.map((file) => contentOf(file).toString("utf8")) };
});

export const binaryFiles = reader("binaryFiles", (part) => {
	const files = part as readonly string[];
	return { shape: "table", keys: files, values: files.map((file) => new Uint8Array(contentOf(file))) };
});

export const objectFile = reader("objectFile", (part) => {
	const bytes = contentOf(part as string);
	return { shape: "records", items: decodeRecords(new Uint8Array(bytes)) };
});
