// groupByKey: all values of a key in one array, in the order of the partitions they came from.
import { bare, type Rdd, type RddOperator, type RddSpec } from "../plan/operators.ts";
import { byKey, byKeyShuffles, byKeySpec, hashed, pairsByKey } from "./by-key.ts";

/** Returns the spec of `parent` grouped by key. */
export function groupByKeySpec(parent: Rdd, partitions: number): RddSpec {
	return byKeySpec("groupByKey", [parent], hashed(partitions));
}

export const groupByKey: RddOperator = {
	op: "groupByKey",
	fromNode: (node, parents, context) =>
		byKeySpec("groupByKey", parents, byKey(parents, node.params.numPartitions as number | undefined, context)),
	shuffles: byKeyShuffles,
	resolve: (rdd, partition, context) =>
		bare({ kind: "op", op: "groupByKey", params: {}, fns: {}, inputs: [pairsByKey(rdd, 0, partition, context)] }),
	open: (context) => ({ shape: "table", ...context.grouped(0) }),
};
