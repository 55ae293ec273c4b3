// reduceByKey on streams: one value per key of each batch.
import type { DStreamOperator } from "../plan/operators.ts";
import { reduceByKeySpec } from "../rdd/reduceByKey.ts";

export const reduceByKey: DStreamOperator = {
	op: "reduceByKey",
	shuffle: true,
	async lower(context) {
		const parent = await context.parent(0);
		const partitions = (context.node.params.numPartitions as number | undefined) ?? context.defaultParallelism;
		return parent && context.rdd(reduceByKeySpec(parent, context.fns.f, partitions));
	},
};
