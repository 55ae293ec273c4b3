// DStream<T>: a typed handle on a stream of the plan. One RDD<T> per batch, or none.
// Long: one class, a method and its reference text per operator; what operators do is in their own files.
import { streamError } from "../errors/index.ts";
import type { Draft, NodeSpec, Session, UserFunction } from "../plan/session.ts";
import { need, needFlag, needFunction, needPartitions, needWhole, onExecutor } from "../rdd/check.ts";
import { HashPartitioner } from "../rdd/partitioner.ts";
import type { RDD, Shape } from "../rdd/rdd.ts";
import { keeps, type StorageLevel } from "../rdd/storage-level.ts";
import { Duration, type Time } from "../time/index.ts";
import { StateSpec } from "./state-spec.ts";
import { checkWindow } from "./window.ts";

/** What a stream needs of its StreamingContext. @internal */
export interface StreamSession extends Session {
	readonly batchMs: number;
	/** Slide duration of a stream in ms. */
	slideOf(draft: Draft): number;
	/** True once the context was started or stopped: streams are what they are. */
	readonly fixed: boolean;
	/** Sends an RDD of the notebook to the driver; returns its id. Throws unless it is one of this context. */
	shipRdd(step: string, rdd: unknown): string;
	/** Registers an output operation. */
	output(
		op: "print" | "foreachRDD" | "saveAsTextFiles" | "saveAsObjectFiles",
		draft: Draft,
		params: NodeSpec["params"],
		fn: { readonly on: "driver" | "notebook"; readonly f: UserFunction["fn"] } | undefined,
	): void;
	/** Returns what a Jupyter front end shows for a stream. */
	display(draft: Draft, kind: "auto" | "table" | "plot" | "dag"): unknown;
}

/**
 * The key type of a stream's pairs. Taken from the element type, not inferred: one explicit type argument
 * (`updateStateByKey<number>(…)`) would end the inference of all others.
 */
export type KeyOf<T> = T extends readonly [infer K, unknown] ? K : never;

/** The value type of a stream's pairs; see `KeyOf`. */
export type ValueOf<T> = T extends readonly [unknown, infer V] ? V : never;

/** What becomes of an element whose function throws. */
export interface ErrorOptions {
	/**
	 * `fail` (default): the task is tried again, then its batch fails. `skip`: the element is left out and counted, see
	 * `skippedRecords` of a batch.
	 */
	readonly onError?: "fail" | "skip";
}

/** How `mapAsync` calls its function. */
export interface AsyncOptions {
	/** Calls under way at a time, per partition. Default 8. */
	readonly concurrency?: number;
	/** True (default): results in the order of the elements. False: as they come. */
	readonly ordered?: boolean;
}

/** Where the function of `foreachRDD` runs. */
export interface ForeachOptions {
	/**
	 * `notebook` (default): in the notebook thread, uncaptured, sees and changes notebook variables.
	 * `driver`: captured, in the driver thread, recovers by itself and never waits for a cell.
	 */
	readonly on?: "notebook" | "driver";
}

/**
 * A stream of micro-batches. Transformations only add to the plan; nothing runs before an output operation (`print`,
 * `foreachRDD`, a live view) and `start()`. Functions run in executors on copies of what they captured, unless the
 * method says otherwise. All methods throw STREAM_CAPTURE when a function cannot cross to another thread, and
 * STREAM_STATE after the context was started or stopped.
 *
 * Source: Spark Streaming programming guide, "Discretized Streams".
 */
export class DStream<T> {
	/** @internal */
	readonly session: StreamSession;
	/** @internal */
	readonly draft: Draft;
	/** Keeps T in the type: a stream of one type is no stream of another. */
	declare protected readonly element: T;

	/** @internal */
	constructor(session: StreamSession, draft: Draft) {
		this.session = session;
		this.draft = draft;
	}

	#derive<U>(spec: Omit<NodeSpec, "kind">): DStream<U> {
		return new DStream<U>(this.session, this.session.node({ kind: "dstream", ...spec }));
	}

	/** Time between two RDDs of this stream. */
	get slideDuration(): Duration {
		return new Duration(this.session.slideOf(this.draft));
	}

	/**
	 * Returns the stream of `f(element)`. An array literal of two becomes a pair: `map(w => [w, 1])` is a
	 * `DStream<[string, number]>`.
	 *
	 * @example
	 * ```ts
	 * const lengths = lines.map(line => line.length); // DStream<number>
	 * ```
	 */
	map<U extends Shape>(f: (element: T) => U, options?: ErrorOptions): DStream<U> {
		return this.#derive({
			op: "map",
			parents: [this.draft],
			params: onError("map", options),
			functions: { f: onExecutor("map", f) },
		});
	}

	/**
	 * Returns the stream of what the promises of `f(element)` resolve with: for functions that await, such as a request.
	 * At most `concurrency` calls (default 8) per partition are under way; `ordered` false gives results as they come. A
	 * rejection fails the task, which is tried again: calls may happen more than once. `persist()` what several outputs use.
	 *
	 * @example
	 * ```ts
	 * const doubled = numbers.mapAsync(async (n) => n * 2, { concurrency: 4 }); // DStream<number>
	 * ```
	 */
	mapAsync<U extends Shape>(f: (element: T) => PromiseLike<U> | U, options: AsyncOptions = {}): DStream<U> {
		const step = "mapAsync";
		needFunction(step, f);
		const { concurrency = 8, ordered = true } = options;
		needWhole(step, concurrency, 1);
		needFlag(step, "ordered", ordered);
		const functions = { f: { fn: f as UserFunction["fn"], place: "executor" as const } };
		return this.#derive({ op: step, parents: [this.draft], params: { concurrency, ordered }, functions });
	}

	/**
	 * Returns the stream of all elements of all `f(element)`; `f` returns any iterable.
	 *
	 * @example
	 * ```ts
	 * const words = lines.flatMap(line => line.split(" ")); // DStream<string>
	 * ```
	 */
	flatMap<U extends Shape>(f: (element: T) => Iterable<U>, options?: ErrorOptions): DStream<U> {
		return this.#derive({
			op: "flatMap",
			parents: [this.draft],
			params: onError("flatMap", options),
			functions: { f: onExecutor("flatMap", f) },
		});
	}

	/** Returns the stream of the elements for which `f` is true. */
	filter<S extends T>(f: (element: T) => element is S, options?: ErrorOptions): DStream<S>;
	filter(f: (element: T) => unknown, options?: ErrorOptions): DStream<T>;
	filter(f: (element: T) => unknown, options?: ErrorOptions): DStream<T> {
		return this.#derive({
			op: "filter",
			parents: [this.draft],
			params: onError("filter", options),
			functions: { f: onExecutor("filter", f) },
		});
	}

	/** Returns the stream of pairs with `f(value)` under the same keys; pairs stay in their partitions. */
	mapValues<K, V, U extends Shape>(
		this: DStream<readonly [K, V]>,
		f: (value: V) => U,
		options?: ErrorOptions,
	): DStream<[K, U]> {
		return derive(this, {
			op: "mapValues",
			parents: [this.draft],
			params: onError("mapValues", options),
			functions: { f: onExecutor("mapValues", f) },
		});
	}

	/** Returns the stream of one pair for each element of each `f(value)`, under the same keys. */
	flatMapValues<K, V, U extends Shape>(
		this: DStream<readonly [K, V]>,
		f: (value: V) => Iterable<U>,
		options?: ErrorOptions,
	): DStream<[K, U]> {
		return derive(this, {
			op: "flatMapValues",
			parents: [this.draft],
			params: onError("flatMapValues", options),
			functions: { f: onExecutor("flatMapValues", f) },
		});
	}

	/**
	 * Returns one pair per key and batch, its values merged by `f` (associative and commutative). `numPartitions`
	 * defaults to the default parallelism. Keys are compared by value.
	 *
	 * @example
	 * ```ts
	 * const counts = words.map(w => [w, 1]).reduceByKey((a, b) => a + b); // DStream<[string, number]>
	 * ```
	 */
	reduceByKey<K, V extends Shape>(
		this: DStream<readonly [K, V]>,
		f: (a: V, b: V) => V,
		numPartitions?: number | HashPartitioner,
	): DStream<[K, V]> {
		return derive(this, {
			op: "reduceByKey",
			parents: [this.draft],
			params: { numPartitions: hashPartitions("reduceByKey", numPartitions) },
			functions: { f: onExecutor("reduceByKey", f) },
		});
	}

	/** Returns one pair per key and batch with all its values. */
	groupByKey<K, V>(this: DStream<readonly [K, V]>, numPartitions?: number | HashPartitioner): DStream<[K, V[]]> {
		return derive(this, {
			op: "groupByKey",
			parents: [this.draft],
			params: { numPartitions: hashPartitions("groupByKey", numPartitions) },
		});
	}

	/**
	 * Returns one pair per key and batch: its values as one combiner, made by `createCombiner` of the first, grown by
	 * `mergeValue`, merged over partitions by `mergeCombiners`. Without `mapSideCombine` all values cross first.
	 */
	combineByKey<K, V, C extends Shape>(
		this: DStream<readonly [K, V]>,
		createCombiner: (value: V) => C,
		mergeValue: (combiner: C, value: V) => C,
		mergeCombiners: (a: C, b: C) => C,
		numPartitions?: number | HashPartitioner,
		mapSideCombine = true,
	): DStream<[K, C]> {
		const step = "combineByKey";
		needFlag(step, "mapSideCombine", mapSideCombine);
		return derive(this, {
			op: step,
			parents: [this.draft],
			params: { numPartitions: hashPartitions(step, numPartitions), mapSideCombine },
			functions: {
				create: onExecutor(step, createCombiner),
				merge: onExecutor(step, mergeValue),
				f: onExecutor(step, mergeCombiners),
			},
		});
	}

	/** Returns one array of all elements per partition and batch, an empty one for an empty partition. */
	glom(): DStream<T[]> {
		return this.#derive({ op: "glom", parents: [this.draft] });
	}

	/**
	 * Returns the elements that `f` gives for all elements of each partition; it is called once per partition, also for
	 * empty ones. With `preservesPartitioning` you vouch that pairs keep their keys.
	 *
	 * @example
	 * ```ts
	 * const sums = numbers.mapPartitions(part => [[...part].reduce((a, b) => a + b, 0)]);
	 * ```
	 */
	mapPartitions<U extends Shape>(f: (elements: Iterable<T>) => Iterable<U>, preservesPartitioning = false): DStream<U> {
		const step = "mapPartitions";
		needFlag(step, "preservesPartitioning", preservesPartitioning);
		const op = preservesPartitioning ? "mapPartitionsKeepingKeys" : step;
		return this.#derive({ op, step, parents: [this.draft], functions: { f: onExecutor(step, f) } });
	}

	/** Returns the same elements in exactly `numPartitions` partitions of about the same size; their order is not kept. */
	repartition(numPartitions: number): DStream<T> {
		needWhole("repartition", numPartitions, 1, `Number of partitions (${String(numPartitions)}) must be positive.`);
		return this.#derive({ op: "repartition", parents: [this.draft], params: { numPartitions } });
	}

	/** Returns a stream of one number per batch: how many elements it has, 0 for an empty one. */
	count(): DStream<number> {
		return this.#derive({ op: "count", parents: [this.draft] });
	}

	/** Returns a stream of the elements of each batch merged by `f` (associative and commutative); nothing for an empty one. */
	reduce(f: (a: T, b: T) => T): DStream<T> {
		return this.#reduce("reduce", f);
	}

	#reduce(step: string, f: (a: T, b: T) => T): DStream<T> {
		return this.#derive({
			op: "reduce",
			...(step !== "reduce" && { step }),
			parents: [this.draft],
			functions: { f: onExecutor(step, f) },
		});
	}

	/** Returns one pair [element, how often it occurs] per distinct element and batch. Elements are compared by value. */
	countByValue(numPartitions?: number): DStream<[T, number]> {
		needPartitions("countByValue", numPartitions);
		return this.#derive({
			op: "countByValue",
			parents: [this.draft],
			params: { numPartitions },
			functions: { f: onExecutor("countByValue", add) },
		});
	}

	/**
	 * Returns the elements of the last `windowDuration`, once per `slideDuration` (default: this stream's). A window at
	 * t covers (t - window, t]; the first ones are partial. Durations are `Duration`s or ms and must be multiples of this
	 * stream's slide duration: STREAM_CONFIG otherwise.
	 */
	window(windowDuration: Duration | number, slideDuration?: Duration | number): DStream<T> {
		const { window, slide } = this.#durations("window", "windowed DStream", windowDuration, slideDuration);
		return this.#derive({ op: "window", parents: [this.draft], params: { window, slide } });
	}

	#durations(
		step: string,
		kind: string,
		windowDuration: Duration | number,
		slideDuration: Duration | number | undefined,
	): { window: number; slide: number } {
		const parentSlide = this.session.slideOf(this.draft);
		const window = Duration.of(windowDuration, `${step}, window duration`).milliseconds;
		const slide =
			slideDuration === undefined ? parentSlide : Duration.of(slideDuration, `${step}, slide duration`).milliseconds;
		checkWindow(step, kind, window, slide, parentSlide);
		return { window, slide };
	}

	/**
	 * Returns one pair per key of the last `windowDuration`, its values merged by `f`, once per `slideDuration`.
	 *
	 * With `inverse` the window is kept as state: what entered is added by `f`, what left is taken off by
	 * `inverse(window, left)`; `inverse(f(x, y), y)` must be x. Keys stay with their last value until `filter` (called
	 * with a pair) is false for them. Without `inverse` each window is merged anew from the batches' results.
	 *
	 * @example
	 * ```ts
	 * pairs.reduceByKeyAndWindow((a, b) => a + b, (a, b) => a - b, seconds(30), seconds(1), { filter: ([, n]) => n > 0 });
	 * ```
	 */
	reduceByKeyAndWindow<K, V extends Shape>(
		this: DStream<readonly [K, V]>,
		f: (a: V, b: V) => V,
		windowDuration: Duration | number,
		slideDuration?: Duration | number,
		numPartitions?: number | HashPartitioner,
	): DStream<[K, V]>;
	reduceByKeyAndWindow<K, V extends Shape>(
		this: DStream<readonly [K, V]>,
		f: (a: V, b: V) => V,
		inverse: (window: V, left: V) => V,
		windowDuration: Duration | number,
		slideDuration?: Duration | number,
		options?: { readonly numPartitions?: number; readonly filter?: (pair: [K, V]) => boolean },
	): DStream<[K, V]>;
	reduceByKeyAndWindow<K, V extends Shape>(
		this: DStream<readonly [K, V]>,
		f: (a: V, b: V) => V,
		second: ((window: V, left: V) => V) | Duration | number,
		third?: Duration | number,
		fourth?: Duration | number | HashPartitioner,
		fifth?: { readonly numPartitions?: number; readonly filter?: (pair: [K, V]) => boolean },
	): DStream<[K, V]> {
		const step = "reduceByKeyAndWindow";
		needFunction(step, f);
		if (typeof second !== "function") {
			const numPartitions = hashPartitions(step, fourth);
			const { window, slide } = this.#durations(step, "windowed DStream", second, third);
			return this.reduceByKey(f, numPartitions).window(window, slide).reduceByKey(f, numPartitions);
		}
		const { window, slide } = this.#durations(
			step,
			"ReducedWindowedDStream",
			third as Duration | number,
			fourth as Duration | number | undefined,
		);
		const options = typeof fifth === "number" ? { numPartitions: fifth as number } : (fifth ?? {});
		needPartitions(step, options.numPartitions);
		const numPartitions = options.numPartitions ?? this.session.defaultParallelism;
		const made = this.#incremental(step, f as never, second as never, {
			window,
			slide,
			numPartitions,
			filter: options.filter as never,
		});
		return new DStream<[K, V]>(this.session, made.draft);
	}

	/** The window of pairs that is kept as state: what enters is added, what leaves is taken off. */
	#incremental(
		step: string,
		f: (a: unknown, b: unknown) => unknown,
		inverse: (a: unknown, b: unknown) => unknown,
		options: { window: number; slide: number; numPartitions: number; filter?: (pair: never) => boolean },
	): { readonly draft: Draft } {
		const { filter, ...params } = options;
		const functions: { [role: string]: UserFunction } = { f: onExecutor(step, f), inverse: onExecutor(step, inverse) };
		if (filter !== undefined) functions.filter = onExecutor(step, filter);
		const reduced = this.#derive<T>({
			op: "reduceByKey",
			parents: [this.draft],
			params: { numPartitions: params.numPartitions },
			functions: { f: onExecutor(step, f) },
		});
		return this.#derive<T>({ op: "reduceWindow", step, parents: [reduced.draft], params, functions });
	}

	/**
	 * Returns one element per window: its elements merged by `f`, nothing for an empty window. With `inverse` the window
	 * is kept as state, as in `reduceByKeyAndWindow`; once an element was seen, empty windows have a value, too.
	 *
	 * @example
	 * ```ts
	 * const largest = numbers.reduceByWindow((a, b) => Math.max(a, b), seconds(30), seconds(10));
	 * ```
	 */
	reduceByWindow(f: (a: T, b: T) => T, windowDuration: Duration | number, slideDuration: Duration | number): DStream<T>;
	reduceByWindow(
		f: (a: T, b: T) => T,
		inverse: (window: T, left: T) => T,
		windowDuration: Duration | number,
		slideDuration: Duration | number,
	): DStream<T>;
	reduceByWindow(
		f: (a: T, b: T) => T,
		second: ((window: T, left: T) => T) | Duration | number,
		third: Duration | number,
		fourth?: Duration | number,
	): DStream<T> {
		const step = "reduceByWindow";
		needFunction(step, f);
		if (typeof second !== "function") {
			const { window, slide } = this.#durations(step, "windowed DStream", second, needSlide(step, third));
			return this.#reduce(step, f).window(window, slide).#reduce(step, f);
		}
		const keyed = this.#derive<[null, T]>({ op: "pairNull", step, parents: [this.draft] });
		const { window, slide } = this.#durations(step, "ReducedWindowedDStream", third, needSlide(step, fourth));
		const reduced = keyed.#incremental(step, f as never, second as never, { window, slide, numPartitions: 1 });
		return this.#derive({ op: "values", step, parents: [reduced.draft] });
	}

	/**
	 * Returns one number per window: how many elements it has. As in Spark there is none before the first element came,
	 * and 0 for empty windows after that.
	 */
	countByWindow(windowDuration: Duration | number, slideDuration: Duration | number): DStream<number> {
		const step = "countByWindow";
		const { window, slide } = this.#durations(
			step,
			"ReducedWindowedDStream",
			windowDuration,
			needSlide(step, slideDuration),
		);
		const ones = this.#derive<[null, number]>({ op: "pairNullOne", step, parents: [this.draft] });
		const counts = ones.#incremental(step, add as never, subtract as never, { window, slide, numPartitions: 1 });
		return this.#derive({ op: "values", step, parents: [counts.draft] });
	}

	/** Returns one pair [element, how often it occurs] per distinct element of each window; elements that have left are gone. */
	countByValueAndWindow(
		windowDuration: Duration | number,
		slideDuration: Duration | number,
		numPartitions?: number,
	): DStream<[T, number]> {
		const step = "countByValueAndWindow";
		needPartitions(step, numPartitions);
		const { window, slide } = this.#durations(
			step,
			"ReducedWindowedDStream",
			windowDuration,
			needSlide(step, slideDuration),
		);
		const ones = this.#derive<[T, number]>({ op: "pairOne", step, parents: [this.draft] });
		const counts = ones.#incremental(step, add as never, subtract as never, {
			window,
			slide,
			numPartitions: numPartitions ?? this.session.defaultParallelism,
			filter: occurs as never,
		});
		return new DStream<[T, number]>(this.session, counts.draft);
	}

	/** Returns one pair per key of the last `windowDuration` with all its values, once per `slideDuration`. */
	groupByKeyAndWindow<K, V>(
		this: DStream<readonly [K, V]>,
		windowDuration: Duration | number,
		slideDuration?: Duration | number,
		numPartitions?: number | HashPartitioner,
	): DStream<[K, V[]]> {
		const step = "groupByKeyAndWindow";
		const { window, slide } = this.#durations(step, "windowed DStream", windowDuration, slideDuration);
		const groups = this.groupByKey(numPartitions).window(window, slide).groupByKey(numPartitions);
		return derive(this, { op: "flatGroups", step, parents: [groups.draft] });
	}

	/**
	 * Returns the complete state of all keys after each batch. `f(values, state)` is called for every key with state and
	 * every key with new values, also with no values; `state` is undefined for a new key; returning undefined removes it.
	 * `initialState` is an RDD of the states before the first batch.
	 *
	 * Two more forms take number of partitions and whether keys stay what they are: one whose `f` gets all
	 * `[key, values, state]` of a partition and returns its new pairs `[key, state]`, and one with
	 * `f(time, key, values, state)`, whose parameters need their types written.
	 *
	 * @example
	 * ```ts
	 * const totals = pairs.updateStateByKey<number>((values, total = 0) => values.reduce((a, b) => a + b, total));
	 * ```
	 */
	updateStateByKey<S>(
		this: DStream<readonly [unknown, unknown]>,
		f: (values: ValueOf<T>[], state: S | undefined) => S | undefined,
		numPartitions?: number | HashPartitioner,
		initialState?: RDD<readonly [KeyOf<T>, S]>,
	): DStream<[KeyOf<T>, S]>;
	updateStateByKey<S>(
		this: DStream<readonly [unknown, unknown]>,
		f: (entries: Iterable<[KeyOf<T>, ValueOf<T>[], S | undefined]>) => Iterable<readonly [KeyOf<T>, S]>,
		numPartitions: number | HashPartitioner | undefined,
		rememberPartitioner: boolean,
		initialState?: RDD<readonly [KeyOf<T>, S]>,
	): DStream<[KeyOf<T>, S]>;
	updateStateByKey<S>(
		this: DStream<readonly [unknown, unknown]>,
		f: (time: Time, key: KeyOf<T>, values: ValueOf<T>[], state: S | undefined) => S | undefined,
		numPartitions: number | HashPartitioner | undefined,
		rememberPartitioner: boolean,
		initialState?: RDD<readonly [KeyOf<T>, S]>,
	): DStream<[KeyOf<T>, S]>;
	updateStateByKey<S>(
		this: DStream<readonly [unknown, unknown]>,
		f: unknown,
		partitions?: number | HashPartitioner,
		third?: boolean | RDD<readonly [KeyOf<T>, S]>,
		fourth?: RDD<readonly [KeyOf<T>, S]>,
	): DStream<[KeyOf<T>, S]> {
		const step = "updateStateByKey";
		const functions = { f: onExecutor(step, f) };
		const numPartitions = hashPartitions(step, partitions);
		const flagged = typeof third === "boolean";
		const initialState = flagged ? fourth : third;
		const params = {
			numPartitions,
			...(flagged && { form: (f as UserFunction["fn"]).length === 4 ? "time" : "iterator", keepsKeys: third }),
			...(initialState !== undefined && { initial: this.session.shipRdd(step, initialState) }),
		};
		return derive(this, { op: "updateStateByKey", parents: [this.draft], params, functions });
	}

	/**
	 * Returns what the function of `spec` returns for each record. It is called once per record, in order, with key, value
	 * and the state of the key, which it may read, update and remove; keys without records cost nothing. Results come in
	 * the order of the records, then those of keys that time out. `stateSnapshots()` of the result has all states.
	 *
	 * @example
	 * ```ts
	 * const last = (key: string, n: number | undefined, state: State<number>) => (state.update(n ?? 0), [key, n]);
	 * const states = pairs.mapWithState(StateSpec.function(last)).stateSnapshots(); // DStream<[string, number]>
	 * ```
	 */
	mapWithState<S, M>(
		this: DStream<readonly [unknown, unknown]>,
		spec: StateSpec<KeyOf<T>, ValueOf<T>, S, M>,
	): MapWithStateDStream<KeyOf<T>, S, M> {
		const step = "mapWithState";
		if (!(spec instanceof StateSpec)) {
			throw streamError("STREAM_CONFIG", {
				step,
				expected: "a StateSpec",
				got: spec === null ? "null" : typeof spec,
				way: "write mapWithState(StateSpec.function((key, value, state) => …))",
			});
		}
		const params = {
			numPartitions: spec.partitions,
			timeout: spec.timeoutMs,
			withTime: spec.f.length === 4,
			...(spec.initial !== undefined && { initial: this.session.shipRdd(step, spec.initial) }),
		};
		const functions = { f: onExecutor(step, spec.f) };
		return new MapWithStateDStream(
			this.session,
			this.session.node({ kind: "dstream", op: step, parents: [this.draft], params, functions }),
		);
	}

	/**
	 * Returns the stream of the RDDs that `f(rdd, time)` returns. `f` runs in the driver once per batch, captured; it may
	 * use RDDs of the notebook (`rdd.join(spam)`). It must only build RDDs: after 10 s it is ended.
	 */
	transform<U extends Shape>(f: (rdd: RDD<T>, time: Time) => RDD<U> | Promise<RDD<U>>): DStream<U> {
		needFunction("transform", f);
		return this.#derive({
			op: "transform",
			parents: [this.draft],
			functions: { f: { fn: f as UserFunction["fn"], place: "driver" } },
		});
	}

	/**
	 * Like `transform`, but with the RDDs of two streams: the stream of the RDDs that `f(rdd, otherRdd, time)` returns.
	 * Both streams need the same slide duration.
	 */
	transformWith<W, U extends Shape>(
		other: DStream<W>,
		f: (rdd: RDD<T>, other: RDD<W>, time: Time) => RDD<U> | Promise<RDD<U>>,
	): DStream<U> {
		needFunction("transformWith", f);
		return this.#derive({
			op: "transform",
			step: "transformWith",
			parents: [this.draft, sameContext("transformWith", this, other)],
			functions: { f: { fn: f as UserFunction["fn"], place: "driver" } },
		});
	}

	/**
	 * Keeps the RDDs of this stream in memory once they are computed, for as long as they are remembered; returns this
	 * stream. As in Spark, a window keeps the RDDs of its parent instead. Throws STREAM_STATE after start.
	 */
	persist(level: StorageLevel = "MEMORY_ONLY_SER"): this {
		const kept = keeps("persist", level);
		if (this.session.fixed) {
			throw streamError("STREAM_STATE", {
				step: "persist",
				message: "Cannot change storage level of a DStream after streaming context has started",
				way: "call it before start()",
			});
		}
		const draft = this.draft.spec.op === "window" ? this.draft.spec.parents[0] : this.draft;
		draft.annotate({ persist: kept ? true : undefined, storageLevel: level });
		return this;
	}

	/** Like `persist()`. */
	cache(): this {
		return this.persist();
	}

	/**
	 * Sets how often the state of this stream counts as checkpointed, a multiple of its slide duration, and persists it;
	 * returns this stream. State is written down with every batch anyway; what follows the interval are the timeouts of
	 * `mapWithState`. `start` throws Spark's messages for an interval that does not fit.
	 */
	checkpoint(interval: Duration | number): this {
		const { milliseconds } = Duration.of(interval, "checkpoint, interval");
		if (this.session.fixed) {
			throw streamError("STREAM_STATE", {
				step: "checkpoint",
				message: "Cannot change checkpoint interval of a DStream after streaming context has started",
				way: "call it before start()",
			});
		}
		this.draft.annotate({ persist: true, storageLevel: "MEMORY_ONLY_SER", checkpointMs: milliseconds });
		return this;
	}

	/** Returns the stream of the elements of both streams, batch by batch; both need the same slide duration. */
	union(other: DStream<T>): DStream<T> {
		return this.#derive({ op: "union", parents: [this.draft, sameContext("union", this, other)] });
	}

	/** Returns the inner join of each batch's pairs: for each key of both sides every pair of values. */
	join<K, V, W>(
		this: DStream<readonly [K, V]>,
		other: DStream<readonly [K, W]>,
		numPartitions?: number | HashPartitioner,
	): DStream<[K, [V, W]]> {
		return both(this, "join", other, numPartitions);
	}

	/** Returns, for each key of either side of a batch, all its values of both sides: [key, [values, otherValues]]. */
	cogroup<K, V, W>(
		this: DStream<readonly [K, V]>,
		other: DStream<readonly [K, W]>,
		numPartitions?: number | HashPartitioner,
	): DStream<[K, [V[], W[]]]> {
		return both(this, "cogroup", other, numPartitions);
	}

	/** Like `join`, except that a key without a pair on the other side has undefined there. */
	leftOuterJoin<K, V, W>(
		this: DStream<readonly [K, V]>,
		other: DStream<readonly [K, W]>,
		numPartitions?: number | HashPartitioner,
	): DStream<[K, [V, W | undefined]]> {
		return both(this, "leftOuterJoin", other, numPartitions);
	}

	/** Like `join`, except that a key without a pair on this side has undefined here. */
	rightOuterJoin<K, V, W>(
		this: DStream<readonly [K, V]>,
		other: DStream<readonly [K, W]>,
		numPartitions?: number | HashPartitioner,
	): DStream<[K, [V | undefined, W]]> {
		return both(this, "rightOuterJoin", other, numPartitions);
	}

	/** Like `join`, except that a key without a pair on one side has undefined there. */
	fullOuterJoin<K, V, W>(
		this: DStream<readonly [K, V]>,
		other: DStream<readonly [K, W]>,
		numPartitions?: number | HashPartitioner,
	): DStream<[K, [V | undefined, W | undefined]]> {
		return both(this, "fullOuterJoin", other, numPartitions);
	}

	/**
	 * Calls `f(rdd, time)` once per batch, in order: an output operation. By default `f` runs in the notebook thread and
	 * sees and changes its variables; its batches do not hold up other outputs. With `{ on: "driver" }` it is captured.
	 * A promise it returns is awaited. An error is thrown by the next `awaitBatches`, `awaitTermination` or `stop`.
	 *
	 * @example
	 * ```ts
	 * counts.foreachRDD(async (rdd, time) => console.log(time.milliseconds, await rdd.take(3)));
	 * ```
	 */
	foreachRDD(f: (rdd: RDD<T>, time: Time) => unknown, options: ForeachOptions = {}): void {
		needFunction("foreachRDD", f);
		const on = options.on ?? "notebook";
		if (on !== "notebook" && on !== "driver") {
			throw streamError("STREAM_CONFIG", {
				step: "foreachRDD",
				expected: 'on: "notebook" or "driver"',
				got: String(on),
			});
		}
		this.session.output("foreachRDD", this.draft, {}, { on, f: f as UserFunction["fn"] });
	}

	/** Prints the first `num` elements of each batch (default 10) under the cell, with the batch time: an output operation. */
	print(num = 10): void {
		if (!Number.isInteger(num) || num < 0) {
			throw streamError("STREAM_CONFIG", { step: "print", expected: "a whole number, 0 or more", got: String(num) });
		}
		this.session.output("print", this.draft, { num }, undefined);
	}

	/**
	 * Writes each batch into a directory of its own, `prefix-TIMEms` or `prefix-TIMEms.suffix`, one file per partition, one
	 * line per element as `print` shows it: an output operation. The directory appears when it is complete; a batch that is
	 * run again replaces it.
	 */
	saveAsTextFiles(prefix: string | null, suffix: string | null = ""): void {
		this.#save("saveAsTextFiles", prefix, suffix);
	}

	/** Like `saveAsTextFiles`, except that elements are written as data, for `sc.objectFile`. */
	saveAsObjectFiles(prefix: string | null, suffix: string | null = ""): void {
		this.#save("saveAsObjectFiles", prefix, suffix);
	}

	#save(step: "saveAsTextFiles" | "saveAsObjectFiles", prefix: unknown, suffix: unknown): void {
		need(step, prefix === null || typeof prefix === "string", "a text as prefix", prefix);
		need(step, suffix === null || typeof suffix === "string", "a text as suffix", suffix);
		this.session.output(step, this.draft, { prefix: prefix ?? "", suffix: suffix ?? "" }, undefined);
	}

	/** Shows the newest batch as a table: a live view. Use it as the last expression of a cell. */
	table(): LiveView {
		return new LiveView(this.session, this.draft, "table");
	}

	/** Shows the newest batch as a chart: a live view. Use it as the last expression of a cell. */
	plot(): LiveView {
		return new LiveView(this.session, this.draft, "plot");
	}

	/** What Jupyter front ends show: a live view of the stream. */
	[Symbol.for("Jupyter.display")](): unknown {
		return this.session.display(this.draft, "auto");
	}
}

/** What `mapWithState` returns for each record; also knows the states. `checkpoint` sets when timeouts are looked for. */
export class MapWithStateDStream<K, S, M> extends DStream<M> {
	/** Returns the stream of all keys with their states after each batch. */
	stateSnapshots(): DStream<[K, S]> {
		const timed = this.draft.spec.params?.timeout !== undefined;
		return derive(this, { op: "stateSnapshots", parents: [this.draft], params: { timed } });
	}
}

/** A stream together with the way to show it. */
export class LiveView {
	readonly #session: StreamSession;
	readonly #draft: Draft;
	readonly #kind: "table" | "plot";

	/** @internal */
	constructor(session: StreamSession, draft: Draft, kind: "table" | "plot") {
		this.#session = session;
		this.#draft = draft;
		this.#kind = kind;
	}

	[Symbol.for("Jupyter.display")](): unknown {
		return this.#session.display(this.#draft, this.#kind);
	}
}

// Captured like functions of users: the compiler knows their shapes.
const add = (a: number, b: number): number => a + b;
const subtract = (a: number, b: number): number => a - b;
const occurs = (pair: readonly [unknown, number]): boolean => pair[1] !== 0;

/** Checks what becomes of errors; returns it as a parameter where it is not the default. */
function onError(step: string, options: ErrorOptions | undefined): NodeSpec["params"] {
	const { onError = "fail" } = options ?? {};
	need(step, onError === "fail" || onError === "skip", 'onError: "fail" or "skip"', onError);
	return onError === "fail" ? undefined : { onError };
}

/** Windows that only exist with a slide of their own. */
function needSlide(step: string, slide: unknown): Duration | number {
	if (slide !== undefined) return slide as Duration | number;
	throw streamError("STREAM_CONFIG", {
		step,
		expected: "a window and a slide duration",
		got: "no slide duration",
		way: `write ${step}(…, seconds(30), seconds(10))`,
	});
}

/** Adds an operator by key on two streams of pairs. */
function both<U>(
	left: { readonly session: StreamSession; readonly draft: Draft },
	op: string,
	right: unknown,
	partitions: number | HashPartitioner | undefined,
): DStream<U> {
	const parents = [left.draft, sameContext(op, left, right)];
	return derive(left, { op, parents, params: { numPartitions: hashPartitions(op, partitions) } });
}

/** Returns the number of partitions of what may be a hash partitioner. */
function hashPartitions(step: string, partitions: unknown): number | undefined {
	if (partitions instanceof HashPartitioner) return partitions.numPartitions;
	needPartitions(step, partitions);
	return partitions as number | undefined;
}

function derive<U>(parent: { readonly session: StreamSession }, spec: Omit<NodeSpec, "kind">): DStream<U> {
	return new DStream<U>(parent.session, parent.session.node({ kind: "dstream", ...spec }));
}

/** Returns the draft of `right` when it is a stream of the same context and slide as `left`; throws otherwise. */
export function sameContext(
	step: string,
	left: { readonly session: StreamSession; readonly draft: Draft },
	right: unknown,
): Draft {
	if (!(right instanceof DStream)) {
		throw streamError("STREAM_CONFIG", { step, expected: "a DStream", got: right === null ? "null" : typeof right });
	}
	if (right.session !== left.session) {
		throw streamError("STREAM_STATE", {
			step,
			expected: "two streams of one context",
			got: "streams of two contexts",
			way: "make both from the same StreamingContext",
		});
	}
	if (left.session.slideOf(left.draft) !== left.session.slideOf(right.draft)) {
		throw streamError("STREAM_CONFIG", {
			step,
			expected: `streams of one slide duration (${left.session.slideOf(left.draft)} ms)`,
			got: `${left.session.slideOf(right.draft)} ms`,
			way: "give both windows the same slide",
		});
	}
	return right.draft;
}
