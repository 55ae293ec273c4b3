// groupByKey on streams: all values of each key of a batch.
import type { DStreamOperator } from "../plan/operators.ts";
import { groupByKeySpec } from "../rdd/groupByKey.ts";

export const groupByKey: DStreamOperator = {
	op: "groupByKey",
	shuffle: true,
	async lower(context) {
		const parent = await context.parent(0);
		const partitions = (context.node.params.numPartitions as number | undefined) ?? context.defaultParallelism;
		return parent && context.rdd(groupByKeySpec(parent, partitions));
	},
};
