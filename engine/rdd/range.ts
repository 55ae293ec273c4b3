// range: whole numbers made by the tasks themselves; nothing is sent.
import { bare, type RddOperator } from "../plan/operators.ts";

export const range: RddOperator = {
	op: "range",
	fromNode: (node) => ({ op: "range", params: node.params, partitions: node.params.numSlices as number }),
	resolve: (rdd, partition) =>
		bare({ kind: "op", op: "range", params: { ...rdd.params, partition }, fns: {}, inputs: [] }),
	open(context) {
		const { start, end, step, numSlices, partition } = context.params as { [name: string]: number };
		const n = Math.max(0, Math.ceil((end - start) / step));
		const from = Math.floor((partition * n) / numSlices);
		const to = Math.floor(((partition + 1) * n) / numSlices);
		return { shape: "records", items: Array.from({ length: to - from }, (_, i) => start + (from + i) * step) };
	},
};
