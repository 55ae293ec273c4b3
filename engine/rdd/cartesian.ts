// cartesian: every pair of a left and a right element; one partition for each pair of partitions.
import { bare, type RddOperator } from "../plan/operators.ts";

export const cartesian: RddOperator = {
	op: "cartesian",
	fromNode: (_node, parents) => ({
		op: "cartesian",
		parents,
		partitions: parents[0].partitions * parents[1].partitions,
	}),
	resolve(rdd, partition, context) {
		const [left, right] = rdd.parents;
		const at = [Math.floor(partition / right.partitions), partition % right.partitions];
		return bare({
			kind: "op",
			op: "cartesian",
			params: {},
			fns: {},
			inputs: [context.pipes(left, at[0]), context.pipes(right, at[1])],
		});
	},
	open(context) {
		const left = context.records(0);
		const right = context.records(1);
		const keys: unknown[] = [];
		const values: unknown[] = [];
		for (const a of left) {
			for (const b of right) {
				keys.push(a);
				values.push(b);
			}
		}
		return { shape: "table", keys, values };
	},
};
