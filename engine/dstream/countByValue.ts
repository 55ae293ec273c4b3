// countByValue on streams: how often each element occurs in a batch.
import type { DStreamOperator } from "../plan/operators.ts";
import { narrowSpec } from "../rdd/narrow.ts";
import { reduceByKeySpec } from "../rdd/reduceByKey.ts";
import { partitionsOf } from "./parents.ts";

export const countByValue: DStreamOperator = {
	op: "countByValue",
	shuffle: true,
	async lower(context) {
		const parent = await context.parent(0);
		if (parent === undefined) return undefined;
		const ones = context.rdd(narrowSpec("pairOne", parent, {}));
		return context.rdd(reduceByKeySpec(ones, context.fns.f, partitionsOf(context)));
	},
};
