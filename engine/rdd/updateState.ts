// updateState: the state RDD of updateStateByKey for one batch; calls the function for every key with state or values.
import { bare, type RddOperator } from "../plan/operators.ts";
import { byKeyShuffles, pairsByKey } from "./groupByKey.ts";

export const updateState: RddOperator = {
	op: "updateState",
	stateful: true,
	shuffles: byKeyShuffles,
	resolve: (rdd, partition, context) =>
		bare({
			kind: "op",
			op: "updateState",
			params: {},
			fns: rdd.fns,
			inputs: rdd.parents.map((_, parent) => pairsByKey(rdd, parent, partition, context)),
			state: context.state(rdd.node, partition, rdd.time),
		}),
	open(context) {
		const { access, readOnly } = context.state();
		if (readOnly) return { shape: "table", ...access.table() };
		const f = context.fn("f") as (values: unknown[], state: unknown) => unknown;
		const update = (values: unknown[], state: unknown, key: unknown): unknown => {
			try {
				return f(values, state);
			} catch (error) {
				throw context.failed(error, [key, values, state]);
			}
		};
		const input = context.inputs === 0 ? { keys: [], values: [] } : context.grouped(0);
		// Values by state id; keys without state come after all known ones, as in the order of insertion.
		const incoming: unknown[][] = [];
		const fresh: number[] = [];
		for (let i = 0; i < input.keys.length; i++) {
			const id = access.find(input.keys[i]);
			if (id < 0) fresh.push(i);
			else incoming[id] = input.values[i];
		}
		const known = access.length;
		for (let id = 0; id < known; id++) {
			if (!access.alive(id)) continue;
			const next = update(incoming[id] ?? [], access.valueAt(id), access.keyAt(id));
			if (next === undefined) access.removeAt(id);
			else access.setAt(id, next);
		}
		for (const i of fresh) {
			const next = update(input.values[i], undefined, input.keys[i]);
			if (next !== undefined) access.append(input.keys[i], next);
		}
		return { shape: "table", ...access.table() };
	},
};
