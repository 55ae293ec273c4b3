// union: the batches of several streams together.
import { streamError } from "../errors/index.ts";
import type { DStreamOperator, Rdd } from "../plan/operators.ts";
import { unionSpec } from "../rdd/union.ts";

export const union: DStreamOperator = {
	op: "union",
	async lower(context) {
		const rdds: Rdd[] = [];
		for (let index = 0; index < context.node.parents.length; index++) {
			const rdd = await context.parent(index);
			if (rdd === undefined) {
				throw streamError("STREAM_STATE", {
					step: "union",
					message: `Could not generate RDD from a parent for unifying at time ${context.time} ms`,
					way: "union needs streams that have an RDD in every batch",
				});
			}
			rdds.push(rdd);
		}
		return context.rdd(unionSpec(rdds));
	},
};
