// combineByKey on streams: the values of each key of a batch as one combiner.
import type { DStreamOperator } from "../plan/operators.ts";
import { groupByKeySpec } from "../rdd/groupByKey.ts";
import { narrowSpec } from "../rdd/narrow.ts";
import { reduceByKeySpec } from "../rdd/reduceByKey.ts";
import { partitionsOf } from "./parents.ts";

export const combineByKey: DStreamOperator = {
	op: "combineByKey",
	shuffle: true,
	async lower(context) {
		const parent = await context.parent(0);
		if (parent === undefined) return undefined;
		const { create, merge, f } = context.fns;
		const partitions = partitionsOf(context);
		if (context.node.params.mapSideCombine === false) {
			const groups = context.rdd(groupByKeySpec(parent, partitions));
			return context.rdd(narrowSpec("combineGroups", groups, { create, merge }, { keepsKeys: true }));
		}
		const local = context.rdd(narrowSpec("combineLocally", parent, { create, merge }, { keepsKeys: true }));
		return context.rdd(reduceByKeySpec(local, f, partitions));
	},
};
