// prune: some partitions of the parent, by number; how jobs run on a part of an RDD.
import type { RddOperator } from "../plan/operators.ts";

export const prune: RddOperator = {
	op: "prune",
	fromNode: (node, parents) => ({
		op: "prune",
		parents,
		params: { indices: node.params.indices },
		partitions: (node.params.indices as readonly number[]).length,
	}),
	resolve: (rdd, partition, context) =>
		context.pipes(rdd.parents[0], (rdd.params.indices as readonly number[])[partition]),
};
