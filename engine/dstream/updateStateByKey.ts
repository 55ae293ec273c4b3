// updateStateByKey: the complete state of all keys after each batch.
import type { DStreamOperator } from "../plan/operators.ts";

export const updateStateByKey: DStreamOperator = {
	op: "updateStateByKey",
	shuffle: true,
	async lower(context) {
		const parent = await context.parent(0);
		if (parent === undefined && !context.hasState) return undefined;
		const partitions = (context.node.params.numPartitions as number | undefined) ?? context.defaultParallelism;
		// Without an RDD in this batch the function still runs over all states, with no values.
		const parents = parent === undefined ? [] : [parent];
		return context.rdd({ op: "updateState", parents, fns: context.fns, partitions, partitioner: partitions });
	},
};
