// join: for each key of both sides, every pair of a left and a right value.
import { keyOf } from "../data/index.ts";
import { bare, type Rdd, type RddOperator, type RddSpec } from "../plan/operators.ts";
import { byKey, byKeyShuffles, byKeySpec, hashed, pairsByKey } from "./by-key.ts";

/** Returns the spec of the inner join of two RDDs of pairs. */
export function joinSpec(left: Rdd, right: Rdd, partitions: number): RddSpec {
	return byKeySpec("join", [left, right], hashed(partitions));
}

export const join: RddOperator = {
	op: "join",
	fromNode: (node, parents, context) =>
		byKeySpec("join", parents, byKey(parents, node.params.numPartitions as number | undefined, context)),
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
