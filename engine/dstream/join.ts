// join on streams: the inner join of each batch's pairs of both sides.
import { streamError } from "../errors/index.ts";
import type { DStreamOperator } from "../plan/operators.ts";
import { joinSpec } from "../rdd/join.ts";

export const join: DStreamOperator = {
	op: "join",
	shuffle: true,
	async lower(context) {
		const left = await context.parent(0);
		const right = await context.parent(1);
		if (left === undefined || right === undefined) {
			throw streamError("STREAM_STATE", {
				step: "join",
				message: `Couldn't generate RDD from parent at time ${context.time} ms`,
				way: "join needs streams that have an RDD in every batch",
			});
		}
		const partitions = (context.node.params.numPartitions as number | undefined) ?? context.defaultParallelism;
		return context.rdd(joinSpec(left, right, partitions));
	},
};
