// updateState: the state RDD of updateStateByKey for one batch; calls the function for every key with state or values.
import { bare, type OpenContext, type RddOperator, type StateAccess } from "../plan/operators.ts";
import { Time } from "../time/index.ts";
import { byKeyShuffles, pairsByKey } from "./by-key.ts";

type Groups = { keys: unknown[]; values: unknown[][] };
type Update = (values: unknown[], state: unknown, key: unknown) => unknown;

/** Calls `f` key by key; returning undefined removes a key. */
function updateEach(access: StateAccess, input: Groups, update: Update): void {
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
}

/** Calls `f` once with all keys of the partition; what it gives is the new state. */
function updateAll(context: OpenContext, access: StateAccess, input: Groups): void {
	const f = context.fn("f") as (entries: Iterable<unknown>) => Iterable<readonly [unknown, unknown]>;
	const known = access.length;
	const incoming: unknown[][] = [];
	const fresh: number[] = [];
	for (let i = 0; i < input.keys.length; i++) {
		const id = access.find(input.keys[i]);
		if (id < 0) fresh.push(i);
		else incoming[id] = input.values[i];
	}
	function* entries(): Iterable<unknown> {
		for (let id = 0; id < known; id++) {
			if (access.alive(id)) yield [access.keyAt(id), incoming[id] ?? [], access.valueAt(id)];
		}
		for (const i of fresh) yield [input.keys[i], input.values[i], undefined];
	}
	let next: (readonly [unknown, unknown])[];
	try {
		next = [...f(entries())];
	} catch (error) {
		throw context.failed(error);
	}
	const stays = new Set<number>();
	for (const pair of next) {
		if (!Array.isArray(pair)) throw context.failed(new TypeError("the function must give pairs [key, state]"), pair);
		const [key, state] = pair as [unknown, unknown];
		if (state === undefined) continue;
		const id = access.find(key);
		if (id >= 0) {
			access.setAt(id, state);
			stays.add(id);
		} else {
			stays.add(access.length);
			access.append(key, state);
		}
	}
	for (let id = 0; id < access.length; id++) if (access.alive(id) && !stays.has(id)) access.removeAt(id);
}

/** The initial states are what was there before the first batch; of several values of a key the first counts. */
function begin(context: OpenContext, access: StateAccess, input: number): void {
	const { keys, values } = context.table(input);
	for (let i = 0; i < keys.length; i++) if (access.find(keys[i]) < 0) access.append(keys[i], values[i]);
}

export const updateState: RddOperator = {
	op: "updateState",
	stateful: true,
	shuffles: byKeyShuffles,
	resolve: (rdd, partition, context) =>
		bare({
			kind: "op",
			op: "updateState",
			params: rdd.params,
			fns: rdd.fns,
			inputs: rdd.parents.map((_, parent) => pairsByKey(rdd, parent, partition, context)),
			state: context.state(rdd.node, partition, rdd.time),
		}),
	open(context) {
		const { access, readOnly, from } = context.state();
		if (readOnly) return { shape: "table", ...access.table() };
		const initial = context.params.initialInput as number | undefined;
		if (from === 0 && initial !== undefined) begin(context, access, initial);
		const input = context.inputs === 0 ? { keys: [], values: [] } : context.grouped(0);
		if (context.params.form === "iterator") updateAll(context, access, input);
		else {
			const f = context.fn("f") as (...args: unknown[]) => unknown;
			const time = context.params.form === "time" ? new Time(context.batchTime) : undefined;
			updateEach(access, input, (values, state, key) => {
				try {
					return time === undefined ? f(values, state) : f(time, key, values, state);
				} catch (error) {
					throw context.failed(error, [key, values, state]);
				}
			});
		}
		return { shape: "table", ...access.table() };
	},
};
