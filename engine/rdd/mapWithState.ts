// mapWithState: calls the function once per record with the state of its key; keeps states, gives what it returns.
import { bare, type OpenContext, type RddOperator, type StateAccess } from "../plan/operators.ts";
import { Time } from "../time/index.ts";
import { byKeyShuffles, pairsByKey } from "./by-key.ts";
import { StateHandle } from "./mapWithState-state.ts";

/** A state with the time of its last use; only kept where there is a timeout. */
type Timed = readonly [state: unknown, usedAt: number];

/** States of one partition, with or without times. */
class Entries {
	readonly #access: StateAccess;
	readonly #timed: boolean;

	constructor(access: StateAccess, timed: boolean) {
		this.#access = access;
		this.#timed = timed;
	}

	valueAt(id: number): unknown {
		const value = this.#access.valueAt(id);
		return this.#timed ? (value as Timed)[0] : value;
	}

	put(id: number, key: unknown, state: unknown, time: number): void {
		const value = this.#timed ? [state, time] : state;
		if (id >= 0) this.#access.setAt(id, value);
		else this.#access.append(key, value);
	}

	*idleSince(threshold: number): Iterable<number> {
		for (let id = 0; id < this.#access.length; id++) {
			if (this.#access.alive(id) && (this.#access.valueAt(id) as Timed)[1] < threshold) yield id;
		}
	}
}

type Call = (key: unknown, value: unknown) => void;

/** Returns what calls the user's function and adds what it gives to `out`. */
function caller(context: OpenContext, handle: StateHandle<unknown>, out: unknown[]): Call {
	const f = context.fn("f") as (...args: unknown[]) => unknown;
	const time = context.params.withTime === true ? new Time(context.batchTime) : undefined;
	return (key, value) => {
		let result: unknown;
		try {
			result = time === undefined ? f(key, value, handle) : f(time, key, value, handle);
		} catch (error) {
			throw context.failed(error, [key, value]);
		}
		// As in Spark, only the form with a time may give nothing.
		if (time === undefined || result !== undefined) out.push(result);
	};
}

function run(context: OpenContext): unknown[] {
	const { access, readOnly, from } = context.state();
	// The results of a batch are kept together with its state: nobody asks for them a second time.
	if (readOnly) throw new Error("the results of mapWithState of this batch are no longer held");
	const timeout = context.params.timeout as number | undefined;
	const now = context.batchTime;
	const entries = new Entries(access, timeout !== undefined);
	const initial = context.params.initialInput as number | undefined;
	if (from === 0 && initial !== undefined) {
		const { keys, values } = context.table(initial);
		for (let i = 0; i < keys.length; i++) entries.put(access.find(keys[i]), keys[i], values[i], now);
	}
	const out: unknown[] = [];
	const handle = new StateHandle<unknown>();
	const call = caller(context, handle, out);
	const data = context.params.hasData === true ? context.table(0) : { keys: [], values: [] };
	for (let i = 0; i < data.keys.length; i++) {
		const key = data.keys[i];
		const id = access.find(key);
		handle.wrap(id >= 0, id >= 0 ? entries.valueAt(id) : undefined);
		call(key, data.values[i]);
		if (handle.removed) {
			if (id >= 0) access.removeAt(id);
		} else if (handle.updated || (id >= 0 && timeout !== undefined)) entries.put(id, key, handle.get(), now);
	}
	if (timeout !== undefined && context.params.scan === true) {
		for (const id of entries.idleSince(now - timeout)) {
			handle.wrap(true, entries.valueAt(id), true);
			call(access.keyAt(id), undefined);
			access.removeAt(id);
		}
	}
	return out;
}

export const mapWithState: RddOperator = {
	op: "mapWithState",
	stateful: true,
	shuffles: byKeyShuffles,
	resolve: (rdd, partition, context) =>
		bare({
			kind: "op",
			op: "mapWithState",
			params: rdd.params,
			fns: rdd.fns,
			inputs: rdd.parents.map((_, parent) => pairsByKey(rdd, parent, partition, context)),
			state: context.state(rdd.node, partition, rdd.time),
		}),
	open: (context) => ({ shape: "records", items: run(context) }),
};

/** All keys with their states after the batch of a mapWithState RDD, its only parent. */
export const stateSnapshots: RddOperator = {
	op: "stateSnapshots",
	// Read when the state may be of a later batch already, they must have been made before.
	stateful: true,
	resolve: (rdd, partition, context) =>
		bare({
			kind: "op",
			op: "stateSnapshots",
			params: rdd.params,
			fns: {},
			inputs: [context.pipes(rdd.parents[0], partition)],
			state: context.state(rdd.parents[0].node, partition, rdd.time),
		}),
	open(context) {
		// Brings the state to this batch, unless that has been done.
		context.records(0);
		const { keys, values } = context.state().access.table();
		return { shape: "table", keys, values: context.params.timed ? values.map((value) => (value as Timed)[0]) : values };
	},
};
