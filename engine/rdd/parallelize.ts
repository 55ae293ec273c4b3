// parallelize: a collection of the notebook as an RDD; its slices are encoded once.
import { encodeRecords } from "../data/index.ts";
import { bare, type RddOperator, type RddSpec } from "../plan/operators.ts";
import type { DataRef } from "../plan/stage.ts";

/** Returns `items` in `slices` encoded slices; slice i holds the elements floor(i*n/k) until floor((i+1)*n/k), as in Spark. */
export function encodeSlices(items: readonly unknown[], slices: number): DataRef[] {
	const n = items.length;
	return Array.from({ length: slices }, (_, i) => {
		const part = items.slice(Math.floor((i * n) / slices), Math.floor(((i + 1) * n) / slices));
		return { data: encodeRecords(part), records: part.length };
	});
}

/** Returns the spec of an RDD over encoded slices. */
export function slicesSpec(slices: readonly DataRef[]): RddSpec {
	return { op: "parallelize", partitions: slices.length, payload: slices };
}

export const parallelize: RddOperator = {
	op: "parallelize",
	fromNode: (node) => slicesSpec(node.params.slices as unknown as readonly DataRef[]),
	resolve(rdd, partition) {
		const slice = (rdd.payload as readonly DataRef[])[partition];
		return bare({ kind: "data", data: slice.data, key: rdd.persist ? `${rdd.id}/${partition}` : undefined });
	},
};
