// Broadcast<T>: a value that functions of tasks read; its bytes are in shared memory, once, and every executor decodes them once.
import { encodeRecords } from "../data/index.ts";
import { describeValue, streamError } from "../errors/index.ts";
import { type BroadcastData, needAlive } from "../plan/handles.ts";
import { RDD } from "../rdd/rdd.ts";

let count = 0;

/**
 * A read-only value for functions of tasks, made by `sc.broadcast(value)`. Functions read `.value`; only its number is sent
 * with them.
 *
 * @example
 * ```ts
 * const names = sc.broadcast(new Map([["de", "Germany"]]));
 * await sc.parallelize(["de"]).map(code => names.value.get(code) ?? code).collect(); // ["Germany"]
 * ```
 */
export class Broadcast<T> {
	readonly id: string;
	/** @internal */
	readonly data: BroadcastData;
	#value: T | undefined;

	/** @internal */
	constructor(value: T) {
		if (value instanceof RDD) {
			throw streamError("STREAM_CONFIG", {
				step: "broadcast",
				message: "Can not directly broadcast RDDs; instead, call collect() and broadcast the result.",
				expected: "data",
				got: "an RDD",
			});
		}
		let bytes: SharedArrayBuffer;
		try {
			bytes = encodeRecords([value]);
		} catch (cause) {
			throw streamError("STREAM_CONFIG", { step: "broadcast", expected: "data", got: describeValue(value), cause });
		}
		this.id = String(count++);
		this.data = { value: bytes, control: new SharedArrayBuffer(8) };
		this.#value = value;
	}

	/** The value; throws STREAM_STATE once it is destroyed. */
	get value(): T {
		needAlive(this.id, this.data.control);
		return this.#value as T;
	}

	/** Drops the copies that executors have decoded; they decode it again when they need it. */
	unpersist(): void {
		needAlive(this.id, this.data.control);
		Atomics.add(new Int32Array(this.data.control), 1, 1);
	}

	/** Ends its use everywhere, also in functions that know it already. */
	destroy(): void {
		needAlive(this.id, this.data.control);
		Atomics.store(new Int32Array(this.data.control), 0, 1);
		this.#value = undefined;
	}

	toString(): string {
		return `Broadcast(${this.id})`;
	}
}
