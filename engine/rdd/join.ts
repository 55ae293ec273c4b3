// join: for each key of both sides, every pair of a left and a right value.
import { keyOf } from "../data/index.ts";
import { bare, type Rdd, type RddOperator, type RddSpec } from "../plan/operators.ts";
import { byKeyShuffles, pairsByKey } from "./groupByKey.ts";

/** Returns the spec of the inner join of two RDDs of pairs. */
export function joinSpec(left: Rdd, right: Rdd, partitions: number): RddSpec {
	return { op: "join", parents: [left, right], partitions, partitioner: partitions };
}

export const join: RddOperator = {
	op: "join",
	fromNode: (node, parents, context) =>
		joinSpec(
			parents[0],
			parents[1],
			(node.params.numPartitions as number | undefined) ??
				parents[0].partitioner ??
				parents[1].partitioner ??
				context.defaultParallelism,
		),
	shuffles: byKeyShuffles,
	resolve: (rdd, partition, context) =>
		bare({
			kind: "op",
			op: "join",
			params: {},
			fns: {},
			inputs: [pairsByKey(rdd, 0, partition, context), pairsByKey(rdd, 1, partition, context)],
		}),
	open(context) {
		const left = context.grouped(0);
		const ids = new Map<unknown, number>();
		left.keys.forEach((key, id) => {
			ids.set(keyOf(key), id);
		});
		const right = context.table(1);
		const keys: unknown[] = [];
		const values: unknown[] = [];
		for (let i = 0; i < right.keys.length; i++) {
			const id = ids.get(keyOf(right.keys[i]));
			if (id === undefined) continue;
			for (const value of left.values[id]) {
				keys.push(left.keys[id]);
				values.push([value, right.values[i]]);
			}
		}
		return { shape: "table", keys, values };
	},
};
