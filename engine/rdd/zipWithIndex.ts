// zipWithIndex: each element with its place in the whole RDD. The sizes of the partitions before it are counted first.
import { bare, type RddOperator } from "../plan/operators.ts";

export const zipWithIndex: RddOperator = {
	op: "zipWithIndex",
	fromNode: (_node, [parent]) => ({ op: "zipWithIndex", parents: [parent, parent], partitions: parent.partitions }),
	// As in Spark: one partition needs no counting.
	shuffles: (rdd) => (rdd.partitions > 1 ? [{ parent: 1, partitions: 1, count: true }] : []),
	resolve: (rdd, partition, context) =>
		bare({
			kind: "op",
			op: "zipWithIndex",
			params: { partition },
			fns: {},
			inputs: [
				context.pipes(rdd.parents[0], partition),
				rdd.partitions > 1 ? bare({ kind: "shuffle", segments: context.segments(rdd, 1, 0) }) : [],
			],
		}),
	open(context) {
		const { values: sizes } = context.table(1);
		let start = 0;
		for (let i = 0; i < (context.params.partition as number) && i < sizes.length; i++) start += sizes[i] as number;
		const keys = context.records(0);
		return { shape: "table", keys, values: keys.map((_, i) => start + i) };
	},
};
