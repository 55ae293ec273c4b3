// StateSpec: the function of mapWithState and how its states are kept.
import { streamError } from "../errors/index.ts";
import { needFunction, needPartitions } from "../rdd/check.ts";
import type { State } from "../rdd/mapWithState-state.ts";
import { HashPartitioner } from "../rdd/partitioner.ts";
import { RDD, type Shape } from "../rdd/rdd.ts";
import { Duration, type Time } from "../time/index.ts";

type Simple<K, V, S, M> = (key: K, value: V | undefined, state: State<S>) => M;
type Timed<K, V, S, M> = (time: Time, key: K, value: V | undefined, state: State<S>) => M | undefined;

/**
 * What `mapWithState` is told: the function, and optionally initial states, number of partitions and timeout. Made by
 * `StateSpec.function`; each method returns the spec itself.
 *
 * @example
 * ```ts
 * const mark = (word: string, one: number | undefined, state: State<boolean>) => (state.update(true), word);
 * const known = StateSpec.function(mark).timeout(minutes(30));
 * ```
 */
export class StateSpec<K, V, S, M> {
	/** @internal */
	readonly f: (...args: never[]) => unknown;
	/** @internal */
	initial: RDD<readonly [K, S]> | undefined;
	/** @internal */
	partitions: number | undefined;
	/** @internal */
	timeoutMs: number | undefined;
	declare protected readonly types: readonly [K, V, S, M];

	private constructor(f: (...args: never[]) => unknown) {
		this.f = f;
	}

	/**
	 * Returns a spec of a function that is called once per record with key, value and state; with four parameters it also
	 * gets the batch time, first, and may return undefined for no result. For a key that times out the value is undefined.
	 */
	static function<K, V, S, M extends Shape>(
		f: (key: K, value: V | undefined, state: State<S>) => M,
	): StateSpec<K, V, S, M>;
	static function<K, V, S, M extends Shape>(
		f: (time: Time, key: K, value: V | undefined, state: State<S>) => M | undefined,
	): StateSpec<K, V, S, M>;
	static function<K, V, S, M>(f: Simple<K, V, S, M> | Timed<K, V, S, M>): StateSpec<K, V, S, M> {
		needFunction("StateSpec.function", f);
		return new StateSpec(f as (...args: never[]) => unknown);
	}

	/** Sets the states before the first batch; of several states of a key the last counts. */
	initialState(states: RDD<readonly [K, S]>): this {
		if (!(states instanceof RDD)) throw wrong("initialState", "an RDD of pairs [key, state]", states);
		this.initial = states;
		return this;
	}

	/** Sets the number of partitions of the states; default: the default parallelism. */
	numPartitions(n: number): this {
		needPartitions("StateSpec.numPartitions", n);
		this.partitions = n;
		return this;
	}

	/** Like `numPartitions`, with a hash partitioner. */
	partitioner(partitioner: HashPartitioner): this {
		if (!(partitioner instanceof HashPartitioner)) throw wrong("partitioner", "a HashPartitioner", partitioner);
		this.partitions = partitioner.numPartitions;
		return this;
	}

	/**
	 * Removes keys that have had no record for longer than `idle`. They are looked for in checkpoint batches only (every
	 * tenth, or as `checkpoint` says), so that a key may outlive its timeout by up to one interval.
	 */
	timeout(idle: Duration | number): this {
		const { milliseconds } = Duration.of(idle, "StateSpec.timeout");
		if (milliseconds <= 0) throw wrong("timeout", "a duration above 0 ms", `${milliseconds} ms`);
		this.timeoutMs = milliseconds;
		return this;
	}
}

function wrong(method: string, expected: string, got: unknown): Error {
	const text = typeof got === "string" ? got : got === null ? "null" : typeof got;
	return streamError("STREAM_CONFIG", { step: `StateSpec.${method}`, expected, got: text });
}
