// reduceByKey: one value per key, combined before the shuffle and again after it.

import type { Rdd } from "../plan/operators.ts";
import { bare, type RddOperator, type RddSpec } from "../plan/operators.ts";
import type { FnRef } from "../plan/stage.ts";
import { functionRefs } from "./narrow.ts";

/** Returns the spec of `parent` reduced by key into `partitions` partitions. */
export function reduceByKeySpec(parent: Rdd, f: FnRef, partitions: number): RddSpec {
	return { op: "reduceByKey", parents: [parent], fns: { f }, partitions, partitioner: partitions };
}

export const reduceByKey: RddOperator = {
	op: "reduceByKey",
	fromNode: (node, parents, context) =>
		reduceByKeySpec(
			parents[0],
			functionRefs(node, context).f,
			(node.params.numPartitions as number | undefined) ?? parents[0].partitioner ?? context.defaultParallelism,
		),
	// Pairs that lie where their hash says already are merged in place.
	shuffles: (rdd) =>
		rdd.parents[0].partitioner === rdd.partitions
			? []
			: [{ parent: 0, partitions: rdd.partitions, combine: rdd.fns.f }],
	resolve(rdd, partition, context) {
		if (rdd.parents[0].partitioner === rdd.partitions) {
			const inputs = [context.pipes(rdd.parents[0], partition)];
			return bare({ kind: "op", op: "reduceByKey", params: {}, fns: rdd.fns, inputs });
		}
		return bare({ kind: "shuffle", segments: context.segments(rdd, 0, partition), combine: rdd.fns.f });
	},
	open(context) {
		return { shape: "table", ...context.combined(0, "f") };
	},
};
