// updateStateByKey: the complete state of all keys after each batch.
import type { DStreamOperator } from "../plan/operators.ts";
import { partitionsOf } from "./parents.ts";

export const updateStateByKey: DStreamOperator = {
	op: "updateStateByKey",
	shuffle: true,
	async lower(context) {
		const parent = await context.parent(0);
		if (parent === undefined && !context.hasState) return undefined;
		const partitions = partitionsOf(context);
		// Without an RDD in this batch the function still runs over all states, with no values.
		const parents = parent === undefined ? [] : [parent];
		const { form, keepsKeys } = context.node.params;
		const initial = context.node.params.initial as string | undefined;
		// Until a batch has made the state: one that fails does not use the initial states up.
		const begins = initial !== undefined && parent !== undefined && !context.stateMade(partitions);
		if (begins) parents.push(context.planned(initial));
		return context.rdd({
			op: "updateState",
			parents,
			params: { form, initialInput: begins ? 1 : undefined },
			fns: context.fns,
			partitions,
			// Keys that the function may change lie anywhere: what comes after shuffles.
			partitioner: keepsKeys === false ? undefined : partitions,
		});
	},
};
