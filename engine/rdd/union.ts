// union: all elements of all parents. Parents with one partitioner are read side by side and keep it.
import type { Rdd, RddOperator, RddSpec } from "../plan/operators.ts";

/** Returns the spec of the union of `parents`, oldest first. */
export function unionSpec(parents: readonly Rdd[]): RddSpec {
	const first = parents[0]?.partitioner;
	// Spark's PartitionerAwareUnionRDD: partition p is the partitions p of all parents, so nothing needs a shuffle again.
	if (first !== undefined && parents.every((parent) => parent.partitioner === first)) {
		return { op: "union", parents, partitions: first, partitioner: first };
	}
	const placement = parents[0]?.placement;
	if (placement !== undefined && parents.every((parent) => parent.placement === placement)) {
		return { op: "union", parents, partitions: parents[0].partitions, placement };
	}
	return { op: "union", parents, partitions: parents.reduce((sum, parent) => sum + parent.partitions, 0) };
}

export const union: RddOperator = {
	op: "union",
	fromNode: (_node, parents) => unionSpec(parents),
	resolve(rdd, partition, context) {
		if (rdd.partitioner !== undefined || rdd.placement !== undefined)
			return rdd.parents.flatMap((parent) =>
				context.computable(parent, partition) ? context.pipes(parent, partition) : [],
			);
		let at = partition;
		for (const parent of rdd.parents) {
			if (at < parent.partitions) return context.computable(parent, at) ? context.pipes(parent, at) : [];
			at -= parent.partitions;
		}
		return [];
	},
};
