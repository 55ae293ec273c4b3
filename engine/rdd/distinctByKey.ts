// distinctByKey: a HyperLogLog sketch of the values of each key; how countApproxDistinctByKey counts.
import { keyOf } from "../data/index.ts";
import { bare, type RddOperator, registerBuiltin } from "../plan/operators.ts";
import { byKey, byKeyShuffles, byKeySpec, pairsByKey } from "./by-key.ts";
import { addTo, estimate, mergeRegisters } from "./hyperloglog.ts";
import { partitionWise } from "./partition-wise.ts";

const merge = registerBuiltin("merge-sketches", (a: Uint8Array, b: Uint8Array) => mergeRegisters(a.slice(), b));

/** Sketches of the keys of one partition. */
export const sketchByKey = partitionWise(
	"sketchByKey",
	(context) => {
		const p = context.params.p as number;
		const table = context.table(0);
		const sketches = new Map<unknown, number>();
		const keys: unknown[] = [];
		const values: Uint8Array[] = [];
		for (let i = 0; i < table.keys.length; i++) {
			const key = keyOf(table.keys[i]);
			let id = sketches.get(key);
			if (id === undefined) {
				id = keys.push(table.keys[i]) - 1;
				sketches.set(key, id);
				values.push(new Uint8Array(2 ** p));
			}
			addTo(values[id], p, table.values[i]);
		}
		return { shape: "table", keys, values };
	},
	{ keepsKeys: true },
);

/** Estimates from the sketches of all partitions. */
export const distinctByKey: RddOperator = {
	op: "distinctByKey",
	fromNode: (node, parents, context) =>
		byKeySpec("distinctByKey", parents, byKey(parents, node.params.numPartitions as number | undefined, context), {
			fns: { merge },
		}),
	shuffles: byKeyShuffles,
	resolve: (rdd, partition, context) =>
		bare({
			kind: "op",
			op: "distinctByKey",
			params: {},
			fns: rdd.fns,
			inputs: [pairsByKey(rdd, 0, partition, context)],
		}),
	open(context) {
		const { keys, values } = context.combined(0, "merge");
		return { shape: "table", keys, values: values.map((sketch) => estimate(sketch as Uint8Array)) };
	},
};
