// reduce on streams: the elements of each batch merged into one, nothing for an empty batch.
import type { DStreamOperator } from "../plan/operators.ts";
import { narrowSpec } from "../rdd/narrow.ts";
import { reduceByKeySpec } from "../rdd/reduceByKey.ts";

export const reduce: DStreamOperator = {
	op: "reduce",
	shuffle: true,
	async lower(context) {
		const parent = await context.parent(0);
		if (parent === undefined) return undefined;
		const keyed = context.rdd(narrowSpec("pairNull", parent, {}));
		return context.rdd(narrowSpec("values", context.rdd(reduceByKeySpec(keyed, context.fns.f, 1)), {}));
	},
};
