// groupByKey: all values of a key in one array, in the order of the partitions they came from.

import type { ResolveContext } from "../plan/operators.ts";
import { bare, type Rdd, type RddOperator, type RddSpec } from "../plan/operators.ts";
import type { Pipe } from "../plan/stage.ts";

/** Pipes of the pairs of a parent that have the keys of `partition`: shuffled, or read in place. */
export function pairsByKey(rdd: Rdd, parent: number, partition: number, context: ResolveContext): Pipe[] {
	if (rdd.parents[parent].partitioner === rdd.partitions) return context.pipes(rdd.parents[parent], partition);
	return bare({ kind: "shuffle", segments: context.segments(rdd, parent, partition) });
}

/** Shuffle dependencies of an operator that needs all its parents partitioned by key. */
export function byKeyShuffles(rdd: Rdd): { parent: number; partitions: number }[] {
	return rdd.parents
		.map((_, parent) => ({ parent, partitions: rdd.partitions }))
		.filter(({ parent }) => rdd.parents[parent].partitioner !== rdd.partitions);
}

/** Returns the spec of `parent` grouped by key. */
export function groupByKeySpec(parent: Rdd, partitions: number): RddSpec {
	return { op: "groupByKey", parents: [parent], partitions, partitioner: partitions };
}

export const groupByKey: RddOperator = {
	op: "groupByKey",
	fromNode: (node, parents, context) =>
		groupByKeySpec(parents[0], (node.params.numPartitions as number | undefined) ?? context.defaultParallelism),
	shuffles: byKeyShuffles,
	resolve: (rdd, partition, context) =>
		bare({ kind: "op", op: "groupByKey", params: {}, fns: {}, inputs: [pairsByKey(rdd, 0, partition, context)] }),
	open: (context) => ({ shape: "table", ...context.grouped(0) }),
};
