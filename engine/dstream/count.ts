// count on streams: one number per batch, 0 for an empty one.
import { streamError } from "../errors/index.ts";
import type { DStreamOperator } from "../plan/operators.ts";
import { countAllSpec } from "../rdd/countAll.ts";

export const count: DStreamOperator = {
	op: "count",
	shuffle: true,
	async lower(context) {
		const parent = await context.parent(0);
		if (parent === undefined) {
			throw streamError("STREAM_STATE", {
				step: "count",
				message: `Couldn't generate RDD from parent at time ${context.time} ms`,
				way: "count needs a stream that has an RDD in every batch",
			});
		}
		return context.rdd(countAllSpec(parent));
	},
};
