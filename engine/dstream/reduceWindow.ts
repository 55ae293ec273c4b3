// reduceWindow: the incremental half of reduceByKeyAndWindow with an inverse; the parent is reduced per batch already.
import type { DStreamOperator } from "../plan/operators.ts";
import type { ReduceWindowPayload } from "../rdd/reduceWindow.ts";

/** Batches beyond the window that are remembered, so that a few failed batches do not cost the state. */
const SLACK_SLIDES = 3;

export const reduceWindow: DStreamOperator = {
	op: "reduceWindow",
	persistsParents: true,
	slide: (node) => node.params.slide as number,
	parentRemember: (node) => (node.params.window as number) + SLACK_SLIDES * (node.params.slide as number),
	label: (node) => `reduceByKeyAndWindow ${(node.params.window as number) / 1000} s`,
	async lower(context) {
		const window = context.node.params.window as number;
		const slide = context.node.params.slide as number;
		const oldest = context.time - window - SLACK_SLIDES * slide;
		const parents = await context.slice(0, oldest + context.slideOf(context.node.parents[0]), context.time);
		const payload: ReduceWindowPayload = { times: parents.map((parent) => parent.time), window, oldest };
		const partitions = context.node.params.numPartitions as number;
		return context.rdd({ op: "reduceWindow", parents, fns: context.fns, partitions, partitioner: partitions, payload });
	},
};
