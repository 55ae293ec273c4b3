// Broadcast values and accumulators as functions see them that run in executors or in the driver.
import { decodeRecords, encodeRecords } from "../data/index.ts";
import { describeValue, streamError } from "../errors/index.ts";

/** A broadcast value as it crosses: the bytes are shared, each thread decodes them once. */
export interface BroadcastData {
	readonly value: SharedArrayBuffer;
	/** Two words that all threads see: 1 once it is destroyed; how often decoded copies were to be dropped. */
	readonly control: SharedArrayBuffer;
}

/** How an accumulator collects within a task: a sum of numbers, or all that was added. */
export type AccumulatorKind = "sum" | "items";

/** What the tasks of a partition have added to an accumulator. */
export type AccumulatorUpdate =
	| { readonly id: string; readonly kind: "sum"; readonly sum: number; readonly count: number }
	| { readonly id: string; readonly kind: "items"; readonly items: SharedArrayBuffer };

/** Throws Spark's error for a broadcast value that was destroyed. */
export function needAlive(id: string, control: SharedArrayBuffer): void {
	if (Atomics.load(new Int32Array(control), 0) === 0) return;
	throw streamError("STREAM_STATE", {
		step: "broadcast",
		message: `Attempted to use Broadcast(${id}) after it was destroyed`,
		way: "destroy it when no function needs it any more; unpersist only drops copies",
	});
}

/** A broadcast value in a task. */
export class TaskBroadcast {
	readonly id: string;
	/** @internal */
	readonly data: BroadcastData;
	#decoded: { readonly value: unknown; readonly generation: number } | undefined;

	constructor(id: string, data: BroadcastData) {
		this.id = id;
		this.data = data;
	}

	/** The value; the same object for all tasks of this executor, so it must not be changed. */
	get value(): unknown {
		needAlive(this.id, this.data.control);
		const generation = Atomics.load(new Int32Array(this.data.control), 1);
		if (this.#decoded?.generation !== generation) {
			this.#decoded = { value: decodeRecords(this.data.value)[0], generation };
		}
		return this.#decoded.value;
	}
}

/** An accumulator in a task: it can only be added to. */
export class TaskAccumulator {
	readonly id: string;
	/** @internal */
	readonly kind: AccumulatorKind;
	#sum = 0;
	#count = 0;
	#items: unknown[] = [];

	constructor(id: string, kind: AccumulatorKind) {
		this.id = id;
		this.kind = kind;
	}

	add(value: unknown): void {
		if (this.kind === "items") this.#items.push(value);
		else if (typeof value === "number") this.#sum += value;
		else throw streamError("STREAM_TASK", { step: "accumulator.add", expected: "a number", got: describeValue(value) });
		this.#count++;
	}

	get value(): never {
		throw streamError("STREAM_TASK", {
			step: "accumulator",
			message: "the value of an accumulator can only be read where it was made",
			way: "read acc.value after the action, in the notebook",
		});
	}

	/** Returns what was added since the last call, undefined for nothing. @internal */
	take(): AccumulatorUpdate | undefined {
		if (this.#count === 0) return undefined;
		const { id, kind } = this;
		const update: AccumulatorUpdate =
			kind === "sum"
				? { id, kind, sum: this.#sum, count: this.#count }
				: { id, kind, items: encodeRecords(this.#items) };
		this.reset();
		return update;
	}

	/** @internal */
	reset(): void {
		this.#sum = 0;
		this.#count = 0;
		this.#items = [];
	}
}

/** The handles of one thread, each once. */
export class TaskHandles {
	#broadcasts = new Map<string, TaskBroadcast>();
	#accumulators = new Map<string, TaskAccumulator>();

	/** Returns the object behind a handle of a captured function. */
	get(type: string, id: string, data: unknown): TaskBroadcast | TaskAccumulator {
		if (type === "broadcast") {
			let found = this.#broadcasts.get(id);
			if (found === undefined) {
				// What was destroyed is not held for ever.
				for (const [old, { data: of }] of this.#broadcasts) {
					if (Atomics.load(new Int32Array(of.control), 0) !== 0) this.#broadcasts.delete(old);
				}
				found = new TaskBroadcast(id, data as BroadcastData);
				this.#broadcasts.set(id, found);
			}
			return found;
		}
		if (type !== "accumulator") throw new Error(`unknown handle ${type}`);
		let found = this.#accumulators.get(id);
		if (found === undefined) {
			found = new TaskAccumulator(id, (data as { kind: AccumulatorKind }).kind);
			this.#accumulators.set(id, found);
		}
		return found;
	}

	/** Returns what was added to all accumulators since the last call. */
	take(): AccumulatorUpdate[] {
		const updates: AccumulatorUpdate[] = [];
		for (const accumulator of this.#accumulators.values()) {
			const update = accumulator.take();
			if (update !== undefined) updates.push(update);
		}
		return updates;
	}

	/** Forgets what a failed task has added. */
	drop(): void {
		for (const accumulator of this.#accumulators.values()) accumulator.reset();
	}
}

/** Places where handles of these kinds may go. */
const PLACES = ["executor", "driver", "receiver"] as const;

/** Recognises the handles of this file, for functions that are captured again in the driver. */
export function handleOf(
	value: object,
): { type: string; id: string; data: unknown; places: readonly string[] } | undefined {
	if (value instanceof TaskBroadcast) return { type: "broadcast", id: value.id, data: value.data, places: PLACES };
	if (value instanceof TaskAccumulator) {
		return { type: "accumulator", id: value.id, data: { kind: value.kind }, places: ["executor", "driver"] };
	}
	return undefined;
}
