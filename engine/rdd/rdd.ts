// RDD<T>: a typed handle on a node of the plan. Transformations add nodes, actions return promises.
// Long: one class with a method for each operation of Spark's RDD, pair, ordered and double RDD; each only adds nodes or
// asks for an action, and its documentation is the reference. What the operations do stands in the files beside this one.
import { encodeRecords, keyOf } from "../data/index.ts";
import { describeValue, streamError } from "../errors/index.ts";
import type { Rdd } from "../plan/operators.ts";
import type { ActionSpec, Draft, NodeSpec, Session } from "../plan/session.ts";
import type { Plain } from "../plan/types.ts";
import { need, needFlag, needFunction, needPartitions, needSeed, needText, needWhole, onExecutor } from "./check.ts";
import { askCheckpoint, checkpointOf, standingFor, writeCheckpoints } from "./checkpoint.ts";
import { lineageText } from "./debug.ts";
import { makeOutput, markDone } from "./files.ts";
import { estimate, mergeRegisters, precisionOf } from "./hyperloglog.ts";
import { compareValues, type Ordering } from "./order.ts";
import {
	HashPartitioner,
	newPlacement,
	type Partitioning,
	partitionFunction,
	readPartitioning,
} from "./partitioner.ts";
import { randomOf, shuffle } from "./random.ts";
import { StatCounter, type StatState } from "./stat-counter.ts";
import { keeps, type StorageLevel } from "./storage-level.ts";

export { needFunction, needPartitions, onExecutor } from "./check.ts";

/** Hints "tuple" to the checker: `map(w => [w, 1])` gives `[string, number]`, not `(string | number)[]`. */
// biome-ignore lint/suspicious/noConfusingVoidType: a function that returns nothing is a function, too.
export type Shape = [] | {} | null | undefined | void;

/** How `sortByKey` and `sortBy` sort. */
export interface SortOptions<K> {
	/** Smallest first; default true. */
	readonly ascending?: boolean;
	/** Partitions of the result; default: as many as before. */
	readonly numPartitions?: number;
	/** How two keys stand, in place of their natural order. Runs in executors. */
	readonly ordering?: Ordering<K>;
}

/** Levels that `persist` was called with, and names: they belong to the RDD, whichever handle is used. */
const levels = new WeakMap<Draft, StorageLevel>();
const names = new WeakMap<Draft, string>();
const ids = new WeakMap<Session, number>();

const add = (a: number, b: number): number => a + b;

/**
 * A distributed collection: lazily computed, partitioned, recomputed from its lineage when a part is lost.
 * All functions given to transformations run in executors, on copies of what they captured. They return values: for
 * functions that have to await there is `mapAsync`. Keys and elements that are compared (`distinct`, `join` …) are compared
 * by value.
 *
 * Source: Spark's RDD programming guide.
 */
export class RDD<T> {
	/** @internal */
	readonly session: Session;
	/** Number of this RDD in its context. */
	readonly id: number;
	readonly #draft: Draft;

	/** @internal */
	constructor(session: Session, draft: Draft) {
		this.session = session;
		this.#draft = draft;
		this.id = ids.get(session) ?? 0;
		ids.set(session, this.id + 1);
	}

	/** @internal */
	get draft(): Draft {
		return standingFor(this.#draft);
	}

	#derive<U>(spec: Omit<NodeSpec, "kind" | "parents"> & { readonly parents?: readonly Draft[] }): RDD<U> {
		return new RDD<U>(this.session, this.session.node({ kind: "rdd", parents: [this.draft], ...spec }));
	}

	async #run(action: ActionSpec): Promise<unknown[][]> {
		const { draft } = this;
		const parts = await this.session.runAction(draft, action);
		await writeCheckpoints(draft);
		return parts;
	}

	get #lineage(): Rdd {
		return this.session.rdd(this.draft);
	}

	/** This RDD, brought to a partitioner of the user's where one is given, and the number of partitions of the hash's. */
	#by<K>(step: string, given: Partitioning<K> | undefined): { readonly at: Draft; readonly numPartitions?: number } {
		const { hash, custom, placement } = readPartitioning<K>(step, given);
		if (custom === undefined) return { at: this.draft, numPartitions: hash };
		if (this.#lineage.placement === placement) return { at: this.draft };
		const numPartitions = custom.numPartitions;
		const functions = { f: partitionFunction(step, custom) };
		const routed = this.#derive({ op: "route", step, params: { numPartitions }, functions });
		return { at: routed.#derive({ op: "arrive", step, params: { numPartitions }, payload: { placement } }).draft };
	}

	/** Adds a node on this and other RDDs of pairs that lie by one partitioner. */
	#byAll<U>(op: string, others: readonly RDD<never>[], given: Partitioning<never> | undefined, step = op): RDD<U> {
		const { at, numPartitions } = this.#by(step, given);
		const rest = others.map((other) => {
			sameSession(step, this, other);
			return other.#by(step, given).at;
		});
		return this.#derive({ op, step, parents: [at, ...rest], params: { numPartitions } });
	}

	// ---- elements

	/**
	 * Returns an RDD of `f(element)` for each element. An array literal of two becomes a pair: `map(w => [w, 1])`.
	 *
	 * @example
	 * ```ts
	 * await sc.parallelize([1, 2, 3]).map(x => x * 2).collect(); // [2, 4, 6]
	 * ```
	 */
	map<U extends Shape>(f: (element: T) => U): RDD<U> {
		return this.#derive({ op: "map", functions: { f: onExecutor("map", f) } });
	}

	/**
	 * Returns an RDD of all elements of all `f(element)`. `f` returns any iterable; an empty one for nothing.
	 *
	 * @example
	 * ```ts
	 * await sc.parallelize(["a b", "c"]).flatMap(l => l.split(" ")).collect(); // ["a", "b", "c"]
	 * ```
	 */
	flatMap<U extends Shape>(f: (element: T) => Iterable<U>): RDD<U> {
		return this.#derive({ op: "flatMap", functions: { f: onExecutor("flatMap", f) } });
	}

	/**
	 * Returns an RDD of what the promises of `f(element)` resolve with: for functions that await, such as a request. At most
	 * `concurrency` calls (default 8) per partition are under way; `ordered` false gives results as they come. A rejection
	 * fails the task, which is tried again: calls may happen more than once. `cache()` what several actions use.
	 */
	mapAsync<U extends Shape>(
		f: (element: T) => PromiseLike<U> | U,
		options: { readonly concurrency?: number; readonly ordered?: boolean } = {},
	): RDD<U> {
		const step = "mapAsync";
		needFunction(step, f);
		need(step, typeof options === "object" && options !== null, "an object of options", options);
		const { concurrency = 8, ordered = true } = options;
		needWhole(step, concurrency, 1);
		needFlag(step, "ordered", ordered);
		const functions = { f: { fn: f as (...args: never[]) => unknown, place: "executor" as const } };
		return this.#derive({ op: step, params: { concurrency, ordered }, functions });
	}

	/** Returns an RDD of the elements for which `f` is true. */
	filter<S extends T>(f: (element: T) => element is S): RDD<S>;
	filter(f: (element: T) => unknown): RDD<T>;
	filter(f: (element: T) => unknown): RDD<T> {
		return this.#derive({ op: "filter", functions: { f: onExecutor("filter", f) } });
	}

	/**
	 * Returns an RDD of all that `f` gives for each partition. `f` gets the elements of a partition once, as an iterator, and
	 * returns any iterable.
	 *
	 * @param preservesPartitioning true vouches that pairs keep their keys, so that the partitioner is kept.
	 */
	mapPartitions<U extends Shape>(
		f: (elements: IterableIterator<T>) => Iterable<U>,
		preservesPartitioning = false,
	): RDD<U> {
		needFlag("mapPartitions", "preservesPartitioning", preservesPartitioning);
		const op = preservesPartitioning ? "mapPartitionsKeepingKeys" : "mapPartitions";
		return this.#derive({ op, step: "mapPartitions", functions: { f: onExecutor("mapPartitions", f) } });
	}

	/** Like `mapPartitions`, except that `f` gets the number of the partition first. */
	mapPartitionsWithIndex<U extends Shape>(
		f: (index: number, elements: IterableIterator<T>) => Iterable<U>,
		preservesPartitioning = false,
	): RDD<U> {
		const step = "mapPartitionsWithIndex";
		needFlag(step, "preservesPartitioning", preservesPartitioning);
		const op = preservesPartitioning ? "mapPartitionsWithIndexKeepingKeys" : step;
		return this.#derive({ op, step, functions: { f: onExecutor(step, f) } });
	}

	/** Returns an RDD of one array per partition, with its elements. */
	glom(): RDD<T[]> {
		return this.#derive({ op: "glom" });
	}

	/** Returns an RDD of the different elements, the first of equal ones, in `numPartitions` partitions. */
	distinct(numPartitions?: number): RDD<T> {
		needPartitions("distinct", numPartitions);
		return this.#derive({ op: "asKeys", step: "distinct" })
			.#derive({ op: "reduceByKey", step: "distinct", params: { numPartitions, merge: "first" } })
			.#derive({ op: "keys", step: "distinct" });
	}

	/** Returns an RDD of the elements of both, duplicates kept. */
	union(other: RDD<T>): RDD<T> {
		return this.#derive({ op: "union", parents: [this.draft, sameSession("union", this, other)] });
	}

	/** Returns an RDD of the different elements that both have. */
	intersection(other: RDD<T>, partitioning?: Partitioning<T>): RDD<T> {
		sameSession("intersection", this, other);
		const keyed = (rdd: RDD<T>) => rdd.#derive<never>({ op: "asKeys", step: "intersection" });
		return keyed(this)
			.#byAll("intersectKeys", [keyed(other)], partitioning as Partitioning<never>, "intersection")
			.#derive({ op: "keys", step: "intersection" });
	}

	/** Returns an RDD of the elements that the other has not; duplicates stay. */
	subtract(other: RDD<T>, partitioning?: Partitioning<T>): RDD<T> {
		sameSession("subtract", this, other);
		const keyed = (rdd: RDD<T>) => rdd.#derive<never>({ op: "asKeys", step: "subtract" });
		return keyed(this)
			.#byAll("subtractByKey", [keyed(other)], partitioning as Partitioning<never>, "subtract")
			.#derive({ op: "keys", step: "subtract" });
	}

	/** Returns an RDD of every pair of an element of this and one of the other. */
	cartesian<U>(other: RDD<U>): RDD<[T, U]> {
		return this.#derive({ op: "cartesian", parents: [this.draft, sameSession("cartesian", this, other)] });
	}

	/**
	 * Returns an RDD of pairs: the n-th element of this with the n-th of the other. Both must have the same number of
	 * partitions, else this throws STREAM_CONFIG, and of elements in each, else the job fails with STREAM_TASK.
	 */
	zip<U>(other: RDD<U>): RDD<[T, U]> {
		const right = sameSession("zip", this, other);
		needSameNumber("zip", [this.#lineage, this.session.rdd(right)]);
		return this.#derive({ op: "zip", parents: [this.draft, right] });
	}

	/** Returns an RDD of pairs [element, its place]: in the order of the partitions, then within each. Counts them first. */
	zipWithIndex(): RDD<[T, number]> {
		return this.#derive({ op: "zipWithIndex" });
	}

	/** Returns an RDD of pairs [element, a number no other has]: k, n + k, 2n + k … for partition k of n. Counts nothing. */
	zipWithUniqueId(): RDD<[T, number]> {
		return this.#derive({ op: "zipWithUniqueId" });
	}

	/** Returns an RDD of all that `f` gives for the partitions of this and up to three others, side by side. */
	zipPartitions<A, U extends Shape>(
		a: RDD<A>,
		f: (own: IterableIterator<T>, a: IterableIterator<A>) => Iterable<U>,
		preservesPartitioning?: boolean,
	): RDD<U>;
	zipPartitions<A, B, U extends Shape>(
		a: RDD<A>,
		b: RDD<B>,
		f: (own: IterableIterator<T>, a: IterableIterator<A>, b: IterableIterator<B>) => Iterable<U>,
		preservesPartitioning?: boolean,
	): RDD<U>;
	zipPartitions<A, B, C, U extends Shape>(
		a: RDD<A>,
		b: RDD<B>,
		c: RDD<C>,
		f: (
			own: IterableIterator<T>,
			a: IterableIterator<A>,
			b: IterableIterator<B>,
			c: IterableIterator<C>,
		) => Iterable<U>,
		preservesPartitioning?: boolean,
	): RDD<U>;
	zipPartitions<U>(...args: readonly unknown[]): RDD<U> {
		const step = "zipPartitions";
		const at = args.findIndex((arg) => typeof arg === "function");
		needFunction(step, args[at]);
		need(step, at >= 1 && at <= 3, "one to three other RDDs, then the function", args[0]);
		const preservesPartitioning = args[at + 1] ?? false;
		needFlag(step, "preservesPartitioning", preservesPartitioning);
		const parents = [this.draft, ...args.slice(0, at).map((other) => sameSession(step, this, other))];
		needSameNumber(
			step,
			parents.map((parent) => this.session.rdd(parent)),
		);
		return this.#derive({
			op: step,
			parents,
			params: { preservesPartitioning },
			functions: { f: onExecutor(step, args[at]) },
		});
	}

	/**
	 * Returns an RDD of a random part of the elements: each with the chance `fraction`, or, with replacement, `fraction`
	 * times on average. The same seed gives the same sample; the numbers are not Spark's.
	 */
	sample(withReplacement: boolean, fraction: number, seed?: number): RDD<T> {
		needFlag("sample", "withReplacement", withReplacement);
		needSeed("sample", seed);
		need(
			"sample",
			typeof fraction === "number" && fraction >= 0,
			"a fraction of 0 or more",
			fraction,
			`Fraction must be nonnegative, but got ${String(fraction)}`,
		);
		need(
			"sample",
			withReplacement || fraction <= 1,
			"a fraction from 0 to 1",
			fraction,
			`Sampling fraction (${fraction}) must be on interval [0, 1] without replacement`,
		);
		const payload = { withReplacement, fraction, seed: seed ?? this.session.seed() };
		return this.#derive({ op: "sample", payload });
	}

	/**
	 * Returns RDDs that share the elements out at random, in the ratio of the weights: each element is in exactly one. What
	 * this RDD is made of must give the same elements in the same order each time, else `cache` it first. The numbers are
	 * not Spark's.
	 */
	randomSplit(weights: readonly number[], seed?: number): RDD<T>[] {
		const step = "randomSplit";
		needSeed(step, seed);
		need(
			step,
			Array.isArray(weights) && weights.every((weight) => typeof weight === "number" && weight >= 0),
			"an array of weights of 0 or more",
			weights,
			`Weights must be nonnegative, but got ${String(weights)}`,
		);
		const sum = weights.reduce(add, 0);
		need(
			step,
			sum > 0,
			"weights with a sum above 0",
			weights,
			`Sum of weights must be positive, but got ${String(weights)}`,
		);
		const shared = seed ?? this.session.seed();
		let from = 0;
		return weights.map((weight, i) => {
			const to = i === weights.length - 1 ? 1 : from + weight / sum;
			const payload = { from, to, seed: shared };
			from = to;
			return this.#derive({ op: "sampleBetween", step, payload });
		});
	}

	/**
	 * Returns an RDD with the elements in the order of `f(element)`, over all partitions; equal ones stay in their order.
	 *
	 * @example
	 * ```ts
	 * await sc.parallelize(["bb", "a", "ccc"]).sortBy(s => s.length, false).collect(); // ["ccc", "bb", "a"]
	 * ```
	 */
	sortBy<K>(f: (element: T) => K, options?: SortOptions<K>): RDD<T>;
	sortBy<K>(f: (element: T) => K, ascending?: boolean, numPartitions?: number): RDD<T>;
	sortBy<K>(f: (element: T) => K, ascending: boolean | SortOptions<K> = true, numPartitions?: number): RDD<T> {
		return this.#derive<[K, T]>({ op: "keyBy", step: "sortBy", functions: { f: onExecutor("sortBy", f) } })
			.#sorted("sortBy", ascending, numPartitions)
			.#derive({ op: "values", step: "sortBy" });
	}

	#sorted<K>(step: string, given: boolean | SortOptions<K>, n: number | undefined): RDD<T> {
		need(
			step,
			typeof given === "boolean" || (typeof given === "object" && given !== null),
			"true, false or options",
			given,
		);
		const options: SortOptions<K> = typeof given === "boolean" ? { ascending: given, numPartitions: n } : given;
		const { ascending = true, ordering } = options;
		needFlag(step, "ascending", ascending);
		needPartitions(step, options.numPartitions);
		const numPartitions = options.numPartitions ?? this.#lineage.partitions;
		const functions = ordering === undefined ? undefined : { ordering: onExecutor(step, ordering) };
		const sample = this.#derive({ op: "sortSample", step, params: { numPartitions } });
		return this.#derive({
			op: "sortRoute",
			step,
			parents: [this.draft, sample.draft],
			params: { numPartitions, ascending },
			functions,
		})
			.#derive({ op: "arrive", step, params: { numPartitions }, payload: { placement: newPlacement("range") } })
			.#derive({ op: "sortWithin", step, params: { ascending }, functions });
	}

	/**
	 * Returns an RDD of at most `numPartitions` partitions. Without `shuffle` neighbouring partitions become one, and there
	 * are never more than before; with it elements are dealt out evenly.
	 */
	coalesce(numPartitions: number, shuffle = false): RDD<T> {
		needNumber("coalesce", numPartitions);
		needFlag("coalesce", "shuffle", shuffle);
		return shuffle
			? this.#spread("coalesce", numPartitions)
			: this.#derive({ op: "coalesce", params: { numPartitions } });
	}

	/** Returns an RDD of `numPartitions` partitions of about the same size: `coalesce(numPartitions, true)`. */
	repartition(numPartitions: number): RDD<T> {
		needNumber("repartition", numPartitions);
		return this.#spread("repartition", numPartitions);
	}

	#spread(step: string, numPartitions: number): RDD<T> {
		const params = { numPartitions };
		return this.#derive({ op: "spread", step, params }).#derive({ op: "arrive", step, params });
	}

	/** Returns an RDD of pairs [`f(element)`, element]. */
	keyBy<K>(f: (element: T) => K): RDD<[K, T]> {
		return this.#derive({ op: "keyBy", functions: { f: onExecutor("keyBy", f) } });
	}

	/** Returns an RDD of pairs [key, elements for which `f` gives the key]. */
	groupBy<K>(f: (element: T) => K, partitioning?: Partitioning<K>): RDD<[K, T[]]> {
		return this.#derive<[K, T]>({ op: "keyBy", step: "groupBy", functions: { f: onExecutor("groupBy", f) } }).#byAll(
			"groupByKey",
			[],
			partitioning as Partitioning<never>,
			"groupBy",
		);
	}

	/**
	 * Returns an RDD of the lines an external command writes: it runs once per partition, gets the elements as lines, and the
	 * task waits for it. `command` is split at blanks unless it is an array; no shell is involved. An exit status that is not
	 * 0 fails the task.
	 */
	pipe(command: string | readonly string[], env?: { readonly [name: string]: string }): RDD<string> {
		const words = typeof command === "string" ? command.split(/\s+/).filter((word) => word !== "") : command;
		const ok = Array.isArray(words) && words.length > 0 && words.every((word) => typeof word === "string");
		need("pipe", ok, "a command with its arguments", command);
		need("pipe", env === undefined || (typeof env === "object" && env !== null), "an object of variables", env);
		return this.#derive({ op: "pipe", params: { command: words as readonly string[], env } });
	}

	// ---- pairs

	/** Returns an RDD of the keys of the pairs. */
	keys<K, V>(this: RDD<readonly [K, V]>): RDD<K> {
		return this.#derive({ op: "keys" });
	}

	/** Returns an RDD of the values of the pairs. */
	values<K, V>(this: RDD<readonly [K, V]>): RDD<V> {
		return this.#derive({ op: "values" });
	}

	/** Returns an RDD of the pairs with `f(value)` under the same keys; the partitioner is kept. */
	mapValues<K, V, U extends Shape>(this: RDD<readonly [K, V]>, f: (value: V) => U): RDD<[K, U]> {
		return this.#derive({ op: "mapValues", functions: { f: onExecutor("mapValues", f) } });
	}

	/** Returns an RDD of one pair for each element of each `f(value)`, under the same keys; the partitioner is kept. */
	flatMapValues<K, V, U extends Shape>(this: RDD<readonly [K, V]>, f: (value: V) => Iterable<U>): RDD<[K, U]> {
		return this.#derive({ op: "flatMapValues", functions: { f: onExecutor("flatMapValues", f) } });
	}

	/**
	 * Returns an RDD of the pairs where a partitioner says: pairs of equal keys are in one partition. A number stands for
	 * the hash partitioner. Nothing is moved when they lie so already.
	 */
	partitionBy<K, V>(this: RDD<readonly [K, V]>, partitioning: Partitioning<K>): RDD<[K, V]> {
		need("partitionBy", partitioning !== undefined, "a partitioner or a number of partitions", partitioning);
		const { at, numPartitions } = this.#by<K>("partitionBy", partitioning);
		if (numPartitions !== undefined) return this.#derive({ op: "partitionBy", params: { numPartitions } });
		return new RDD<[K, V]>(this.session, at);
	}

	/**
	 * Returns an RDD with one pair per key, its values merged by `f` (associative and commutative), first within each
	 * partition. Default partitioning, here and in all operations by key: the parents' partitioner, else
	 * `spark.default.parallelism` if it is set, else as many partitions as the largest parent has.
	 */
	reduceByKey<K, V extends Shape>(
		this: RDD<readonly [K, V]>,
		f: (a: V, b: V) => V,
		partitioning?: Partitioning<K>,
	): RDD<[K, V]> {
		const { at, numPartitions } = this.#by<K>("reduceByKey", partitioning);
		return this.#derive({
			op: "reduceByKey",
			parents: [at],
			params: { numPartitions },
			functions: { f: onExecutor("reduceByKey", f) },
		});
	}

	/** Returns an RDD with one pair per key: all its values, in the order of the partitions they came from. */
	groupByKey<K, V>(this: RDD<readonly [K, V]>, partitioning?: Partitioning<K>): RDD<[K, V[]]> {
		return this.#byAll("groupByKey", [], partitioning as Partitioning<never>);
	}

	/**
	 * Returns an RDD with one pair per key, its values combined: `createCombiner` makes a combiner of the first value of a
	 * key in a partition, `mergeValue` adds another one, `mergeCombiners` merges those of different partitions.
	 *
	 * @param mapSideCombine false: values are sent as they are, and combined where they arrive.
	 */
	combineByKey<K, V, C extends Shape>(
		this: RDD<readonly [K, V]>,
		createCombiner: (value: V) => C,
		mergeValue: (combiner: C, value: V) => C,
		mergeCombiners: (a: C, b: C) => C,
		partitioning?: Partitioning<K>,
		mapSideCombine = true,
	): RDD<[K, C]> {
		const step = "combineByKey";
		needFlag(step, "mapSideCombine", mapSideCombine);
		const functions = { create: onExecutor(step, createCombiner), merge: onExecutor(step, mergeValue) };
		const merge = onExecutor(step, mergeCombiners);
		const { at, numPartitions } = this.#by<K>(step, partitioning);
		if (!mapSideCombine) {
			return this.#derive({ op: "groupByKey", step, parents: [at], params: { numPartitions } }).#derive({
				op: "combineGroups",
				step,
				functions,
			});
		}
		return this.#derive({ op: "combineLocally", step, parents: [at], functions }).#derive({
			op: "reduceByKey",
			step,
			params: { numPartitions },
			functions: { f: merge },
		});
	}

	/**
	 * Returns an RDD with one pair per key: its values added to a copy of `zero` by `seq` within each partition, and these
	 * merged by `comb`. `zero` is data.
	 */
	aggregateByKey<K, V, U extends Shape>(
		this: RDD<readonly [K, V]>,
		zero: U,
		seq: (sum: U, value: V) => U,
		comb: (a: U, b: U) => U,
		partitioning?: Partitioning<K>,
	): RDD<[K, U]> {
		const step = "aggregateByKey";
		const payload = { zero: encoded(step, [zero]) };
		const functions = { merge: onExecutor(step, seq) };
		const merge = onExecutor(step, comb);
		const { at, numPartitions } = this.#by<K>(step, partitioning);
		return this.#derive({ op: "combineLocally", step, parents: [at], payload, functions }).#derive({
			op: "reduceByKey",
			step,
			params: { numPartitions },
			functions: { f: merge },
		});
	}

	/** Returns an RDD with one pair per key: its values merged by `f`, beginning with a copy of `zero` in each partition. */
	foldByKey<K, V extends Shape>(
		this: RDD<readonly [K, V]>,
		zero: V,
		f: (a: V, b: V) => V,
		partitioning?: Partitioning<K>,
	): RDD<[K, V]> {
		const step = "foldByKey";
		const payload = { zero: encoded(step, [zero]) };
		const functions = { merge: onExecutor(step, f) };
		const { at, numPartitions } = this.#by<K>(step, partitioning);
		return this.#derive({ op: "combineLocally", step, parents: [at], payload, functions }).#derive({
			op: "reduceByKey",
			step,
			params: { numPartitions },
			functions: { f: onExecutor(step, f) },
		});
	}

	/** Returns an RDD of pairs [key, [values of this, values of the other, …]] for each key of any; up to three others. */
	cogroup<K, V, A>(
		this: RDD<readonly [K, V]>,
		a: RDD<readonly [K, A]>,
		partitioning?: Partitioning<K>,
	): RDD<[K, [V[], A[]]]>;
	cogroup<K, V, A, B>(
		this: RDD<readonly [K, V]>,
		a: RDD<readonly [K, A]>,
		b: RDD<readonly [K, B]>,
		partitioning?: Partitioning<K>,
	): RDD<[K, [V[], A[], B[]]]>;
	cogroup<K, V, A, B, C>(
		this: RDD<readonly [K, V]>,
		a: RDD<readonly [K, A]>,
		b: RDD<readonly [K, B]>,
		c: RDD<readonly [K, C]>,
		partitioning?: Partitioning<K>,
	): RDD<[K, [V[], A[], B[], C[]]]>;
	cogroup(...args: readonly unknown[]): RDD<never> {
		const last = args[args.length - 1];
		const others = (last instanceof RDD ? args : args.slice(0, -1)) as readonly RDD<never>[];
		need("cogroup", others.length >= 1 && others.length <= 3, "one to three other RDDs", args[0]);
		return this.#byAll("cogroup", others, (last instanceof RDD ? undefined : last) as Partitioning<never> | undefined);
	}

	/** Like `cogroup`, by Spark's other name. */
	groupWith<K, V, A>(this: RDD<readonly [K, V]>, a: RDD<readonly [K, A]>): RDD<[K, [V[], A[]]]>;
	groupWith<K, V, A, B>(
		this: RDD<readonly [K, V]>,
		a: RDD<readonly [K, A]>,
		b: RDD<readonly [K, B]>,
	): RDD<[K, [V[], A[], B[]]]>;
	groupWith<K, V, A, B, C>(
		this: RDD<readonly [K, V]>,
		a: RDD<readonly [K, A]>,
		b: RDD<readonly [K, B]>,
		c: RDD<readonly [K, C]>,
	): RDD<[K, [V[], A[], B[], C[]]]>;
	groupWith(...others: readonly unknown[]): RDD<never> {
		need("groupWith", others.length >= 1 && others.length <= 3, "one to three other RDDs", others[0]);
		return this.#byAll("cogroup", others as readonly RDD<never>[], undefined, "groupWith");
	}

	/** Returns an RDD of `[key, [left, right]]` for each pair of values whose keys are equal by value. */
	join<K, V, W>(
		this: RDD<readonly [K, V]>,
		other: RDD<readonly [K, W]>,
		partitioning?: Partitioning<K>,
	): RDD<[K, [V, W]]> {
		return this.#byAll("join", [other as RDD<never>], partitioning as Partitioning<never>);
	}

	/** Like `join`, except that a left value without a right one is kept, with `undefined` (Spark: `None`) at its side. */
	leftOuterJoin<K, V, W>(
		this: RDD<readonly [K, V]>,
		other: RDD<readonly [K, W]>,
		partitioning?: Partitioning<K>,
	): RDD<[K, [V, W | undefined]]> {
		return this.#byAll("leftOuterJoin", [other as RDD<never>], partitioning as Partitioning<never>);
	}

	/** Like `join`, except that a right value without a left one is kept, with `undefined` (Spark: `None`) at its side. */
	rightOuterJoin<K, V, W>(
		this: RDD<readonly [K, V]>,
		other: RDD<readonly [K, W]>,
		partitioning?: Partitioning<K>,
	): RDD<[K, [V | undefined, W]]> {
		return this.#byAll("rightOuterJoin", [other as RDD<never>], partitioning as Partitioning<never>);
	}

	/** Like `join`, except that every value of both is kept, with `undefined` (Spark: `None`) where the other side has none. */
	fullOuterJoin<K, V, W>(
		this: RDD<readonly [K, V]>,
		other: RDD<readonly [K, W]>,
		partitioning?: Partitioning<K>,
	): RDD<[K, [V | undefined, W | undefined]]> {
		return this.#byAll("fullOuterJoin", [other as RDD<never>], partitioning as Partitioning<never>);
	}

	/** Returns an RDD of the pairs whose keys the other has not; duplicates stay. */
	subtractByKey<K, V, W>(
		this: RDD<readonly [K, V]>,
		other: RDD<readonly [K, W]>,
		partitioning?: Partitioning<K>,
	): RDD<[K, V]> {
		return this.#byAll("subtractByKey", [other as RDD<never>], partitioning as Partitioning<never>);
	}

	/**
	 * Returns an RDD of the pairs in the order of their keys, over all partitions; pairs of equal keys stay in their order.
	 * Keys are sampled for the bounds of the partitions, within the job.
	 */
	sortByKey<K, V>(this: RDD<readonly [K, V]>, options?: SortOptions<K>): RDD<[K, V]>;
	sortByKey<K, V>(this: RDD<readonly [K, V]>, ascending?: boolean, numPartitions?: number): RDD<[K, V]>;
	sortByKey<K, V>(
		this: RDD<readonly [K, V]>,
		ascending: boolean | SortOptions<K> = true,
		numPartitions?: number,
	): RDD<[K, V]> {
		return this.#sorted("sortByKey", ascending, numPartitions) as unknown as RDD<[K, V]>;
	}

	/** Returns an RDD of the pairs where the partitioner says, each partition in the order of its keys. */
	repartitionAndSortWithinPartitions<K, V>(
		this: RDD<readonly [K, V]>,
		partitioning: Partitioning<K>,
		ordering?: Ordering<K>,
	): RDD<[K, V]> {
		const step = "repartitionAndSortWithinPartitions";
		need(step, partitioning !== undefined, "a partitioner or a number of partitions", partitioning);
		const functions = ordering === undefined ? undefined : { ordering: onExecutor(step, ordering) };
		const { at, numPartitions } = this.#by<K>(step, partitioning);
		const placed =
			numPartitions === undefined ? at : this.#derive({ op: "partitionBy", step, params: { numPartitions } }).draft;
		return this.#derive({ op: "sortWithin", step, parents: [placed], params: { ascending: true }, functions });
	}

	/** Returns an RDD of the pairs whose keys lie between two bounds, both included. */
	filterByRange<K, V>(this: RDD<readonly [K, V]>, lower: K, upper: K): RDD<[K, V]> {
		return this.#derive({ op: "filterByRange", payload: { bounds: encoded("filterByRange", [lower, upper]) } });
	}

	/** Returns an RDD of a random part of the pairs, each key with a fraction of its own; the numbers are not Spark's. */
	sampleByKey<K, V>(
		this: RDD<readonly [K, V]>,
		withReplacement: boolean,
		fractions: ReadonlyMap<K, number>,
		seed?: number,
	): RDD<[K, V]> {
		return this.#derive({
			op: "sampleByKey",
			payload: this.#fractions("sampleByKey", withReplacement, fractions, seed),
		});
	}

	/** Like `sampleByKey`, except that of n pairs of a key there are exactly ceil(fraction × n). Groups pairs by key. */
	sampleByKeyExact<K, V>(
		this: RDD<readonly [K, V]>,
		withReplacement: boolean,
		fractions: ReadonlyMap<K, number>,
		seed?: number,
	): RDD<[K, V]> {
		const step = "sampleByKeyExact";
		const payload = this.#fractions(step, withReplacement, fractions, seed);
		return this.groupByKey().#derive({ op: "sampleGroups", step, payload });
	}

	#fractions<K>(
		step: string,
		withReplacement: boolean,
		fractions: ReadonlyMap<K, number>,
		seed: number | undefined,
	): { readonly [name: string]: Plain } {
		needFlag(step, "withReplacement", withReplacement);
		needSeed(step, seed);
		need(step, fractions instanceof Map, "a Map of fractions by key", fractions);
		const values = [...fractions.values()] as unknown[];
		const ok = values.every((f) => typeof f === "number" && f >= 0 && (withReplacement || f <= 1));
		need(
			step,
			ok,
			withReplacement ? "fractions of 0 or more" : "fractions from 0 to 1",
			values,
			"Negative sampling rates",
		);
		return { withReplacement, fractions: encoded(step, [...fractions]), seed: seed ?? this.session.seed() };
	}

	/** Returns an RDD of pairs [key, about how many different values it has]; see `countApproxDistinct`. */
	countApproxDistinctByKey<K, V>(
		this: RDD<readonly [K, V]>,
		precision: number | { readonly p: number; readonly sp?: number } = 0.05,
		partitioning?: Partitioning<K>,
	): RDD<[K, number]> {
		const step = "countApproxDistinctByKey";
		const p = readPrecision(step, precision);
		const { at, numPartitions } = this.#by<K>(step, partitioning);
		return this.#derive({ op: "sketchByKey", step, parents: [at], params: { p } }).#derive({
			op: "distinctByKey",
			step,
			params: { numPartitions },
		});
	}

	// ---- actions

	/** @internal */
	async runOn<U>(f: (elements: IterableIterator<T>) => U, partitions: readonly number[] | undefined): Promise<U[]> {
		const step = "runJob";
		const on =
			partitions === undefined ? this : this.#derive<T>({ op: "prune", step, params: { indices: [...partitions] } });
		return on.#derive<U>({ op: "onPartition", step, functions: { f: onExecutor(step, f) } }).collect();
	}

	/**
	 * Returns all elements, in partition order.
	 *
	 * @example
	 * ```ts
	 * await sc.parallelize([3, 4]).collect(); // [3, 4]
	 * ```
	 */
	async collect(): Promise<T[]> {
		return (await this.#run({ action: "collect" })).flat() as T[];
	}

	/** Returns the elements one partition after another, each with a job of its own: never more than one in memory. */
	async *toLocalIterator(): AsyncGenerator<T, void, undefined> {
		const n = this.getNumPartitions();
		for (let i = 0; i < n; i++) {
			yield* await this.#derive<T>({ op: "prune", step: "toLocalIterator", params: { indices: [i] } }).collect();
		}
	}

	/** Returns the first `n` elements in partition order, fewer if there are not as many. */
	async take(n: number): Promise<T[]> {
		needWhole("take", n, 0);
		if (n === 0) return [];
		const parts = await this.#run({ action: "take", params: { limit: n } });
		return parts.flat().slice(0, n) as T[];
	}

	/** Returns the first element; throws STREAM_STATE for an empty RDD. */
	async first(): Promise<T> {
		const found = await this.take(1);
		if (found.length === 0) throw emptyCollection("first");
		return found[0];
	}

	/** Returns true when there is no element. */
	async isEmpty(): Promise<boolean> {
		return (await this.take(1)).length === 0;
	}

	/** Returns the number of elements. */
	async count(): Promise<number> {
		return ((await this.#run({ action: "count" })).flat() as number[]).reduce(add, 0);
	}

	/** Returns how often each element occurs. Keys of the Map that are arrays or objects are found by iterating only. */
	async countByValue(): Promise<Map<T, number>> {
		const counts = await this.#derive<[T, number]>({ op: "pairOne", step: "countByValue" })
			.#derive<[T, number]>({ op: "reduceByKey", step: "countByValue", params: { merge: "add" } })
			.collect();
		return new Map(counts);
	}

	/** Returns the elements merged by `f` (associative and commutative); throws STREAM_STATE for an empty RDD. */
	async reduce(f: (a: T, b: T) => T): Promise<T> {
		const parts = (await this.#run({ action: "reduce", functions: { f: onExecutor("reduce", f) } })).flat() as T[];
		if (parts.length === 0) throw emptyCollection("reduce");
		return parts.reduce((a, b) => f(a, b));
	}

	/**
	 * Returns the elements merged by `f`, beginning with a copy of `zero` in each partition, and with one more for their
	 * results: `zero` must not change a result (0 for sums).
	 */
	async fold(zero: T, f: (a: T, b: T) => T): Promise<T> {
		return this.#folded("fold", zero, f, f);
	}

	/** Like `fold`, except that results may be of another type: `seq` adds an element, `comb` merges results of partitions. */
	async aggregate<U extends Shape>(zero: U, seq: (sum: U, element: T) => U, comb: (a: U, b: U) => U): Promise<U> {
		needFunction("aggregate", comb);
		return this.#folded("aggregate", zero, seq, comb);
	}

	async #folded<U>(step: string, zero: U, seq: (sum: U, element: T) => U, comb: (a: U, b: U) => U): Promise<U> {
		const params = { zero: encoded(step, [zero]) };
		const parts = (await this.#run({ action: "fold", params, functions: { f: onExecutor(step, seq) } })).flat() as U[];
		return parts.reduce((a, b) => comb(a, b), structuredClone(zero));
	}

	/**
	 * Like `aggregate`, except that results of partitions are merged by executors, in `depth` levels, so that the caller
	 * merges only a few.
	 */
	async treeAggregate<U extends Shape>(
		zero: U,
		seq: (sum: U, element: T) => U,
		comb: (a: U, b: U) => U,
		depth = 2,
	): Promise<U> {
		const step = "treeAggregate";
		needWhole(step, depth, 1, `Depth must be greater than or equal to 1 but got ${String(depth)}`);
		needFunction(step, comb);
		const payload = { zero: encoded(step, [zero]) };
		const sums = this.#derive<U>({ op: "foldPartitions", step, payload, functions: { f: onExecutor(step, seq) } });
		return sums.#tree(step, comb, depth).#folded(step, zero, comb, comb);
	}

	/** Like `reduce`, except that results of partitions are merged by executors, in `depth` levels. */
	async treeReduce(f: (a: T, b: T) => T, depth = 2): Promise<T> {
		const step = "treeReduce";
		needWhole(step, depth, 1, `Depth must be greater than or equal to 1 but got ${String(depth)}`);
		const sums = this.#derive<T>({ op: "foldPartitions", step, functions: { f: onExecutor(step, f) } });
		const left = await sums.#tree(step, f, depth).collect();
		if (left.length === 0) throw emptyCollection(step);
		return left.reduce((a, b) => f(a, b));
	}

	#tree(step: string, comb: (a: T, b: T) => T, depth: number): RDD<T> {
		let n = this.getNumPartitions();
		const scale = Math.max(Math.ceil(n ** (1 / depth)), 2);
		let at: RDD<T> = this;
		while (n > scale + Math.ceil(n / scale)) {
			n = Math.floor(n / scale);
			const params = { numPartitions: n };
			at = at
				.#derive({ op: "treeLevel", step, params })
				.#derive({ op: "reduceByKey", step, params, functions: { f: onExecutor(step, comb) } })
				.#derive<T>({ op: "values", step });
		}
		return at;
	}

	/** Returns the greatest element, by its natural order or the one given; throws STREAM_STATE for an empty RDD. */
	max(ordering?: Ordering<T>): Promise<T> {
		return this.#extreme("max", false, ordering);
	}

	/** Returns the smallest element, by its natural order or the one given; throws STREAM_STATE for an empty RDD. */
	min(ordering?: Ordering<T>): Promise<T> {
		return this.#extreme("min", true, ordering);
	}

	async #extreme(step: string, smallest: boolean, ordering: Ordering<T> | undefined): Promise<T> {
		const functions = ordering === undefined ? undefined : { ordering: onExecutor(step, ordering) };
		const params = { smallest, ordered: ordering !== undefined };
		const parts = (await this.#run({ action: "extreme", params, functions })).flat() as T[];
		if (parts.length === 0) throw emptyCollection(step);
		const compare = ordering ?? compareValues;
		const sign = smallest ? -1 : 1;
		return parts.reduce((best, one) => (sign * compare(one, best) > 0 ? one : best));
	}

	/** Returns the `n` greatest elements, the greatest first, by their natural order or the one given. */
	top(n: number, ordering?: Ordering<T>): Promise<T[]> {
		return this.#ordered("top", n, true, ordering);
	}

	/** Returns the `n` smallest elements, the smallest first, by their natural order or the one given. */
	takeOrdered(n: number, ordering?: Ordering<T>): Promise<T[]> {
		return this.#ordered("takeOrdered", n, false, ordering);
	}

	async #ordered(step: string, n: number, descending: boolean, ordering: Ordering<T> | undefined): Promise<T[]> {
		needWhole(step, n, 0);
		const functions = ordering === undefined ? undefined : { ordering: onExecutor(step, ordering) };
		if (n === 0) return [];
		const params = { n, descending, ordered: ordering !== undefined };
		const parts = (await this.#run({ action: "takeOrdered", params, functions })).flat() as T[];
		const compare = ordering ?? compareValues;
		return parts.sort(descending ? (a, b) => compare(b, a) : compare).slice(0, n);
	}

	/**
	 * Returns exactly `num` elements chosen at random, in random order; without replacement at most as many as there are.
	 * The same seed gives the same sample; the numbers are not Spark's.
	 */
	async takeSample(withReplacement: boolean, num: number, seed?: number): Promise<T[]> {
		const step = "takeSample";
		needFlag(step, "withReplacement", withReplacement);
		needSeed(step, seed);
		needWhole(step, num, 0, "Negative number of elements requested");
		if (num === 0) return [];
		const total = await this.count();
		if (total === 0) return [];
		const random = randomOf(seed ?? this.session.seed(), 0);
		if (!withReplacement && num >= total) return shuffle(await this.collect(), random);
		const fraction = fractionFor(num, total, withReplacement);
		let sample: T[];
		// Nearly always the first one is large enough.
		do sample = await this.sample(withReplacement, fraction, Math.floor(random() * 2 ** 32)).collect();
		while (sample.length < num);
		return shuffle(sample, random).slice(0, num);
	}

	/**
	 * Returns about how many different elements there are (HyperLogLog).
	 *
	 * @param precision the relative standard deviation, default 0.05; or `p`, for 2^p registers of a byte (4 to 25). `sp` is
	 * taken and has no effect: sketches are never sparse.
	 */
	async countApproxDistinct(precision: number | { readonly p: number; readonly sp?: number } = 0.05): Promise<number> {
		const p = readPrecision("countApproxDistinct", precision);
		const sketches = (await this.#run({ action: "sketch", params: { p } })).flat() as Uint8Array[];
		return sketches.length === 0 ? 0 : estimate(sketches.reduce((a, b) => mergeRegisters(a, b)));
	}

	/** Calls `f` in the executors for each element; resolves when all are done. */
	async foreach(f: (element: T) => void): Promise<void> {
		await this.#run({ action: "foreach", functions: { f: onExecutor("foreach", f) } });
	}

	/** Calls `f` in the executors once per partition with its elements; resolves when all are done. */
	async foreachPartition(f: (elements: IterableIterator<T>) => void): Promise<void> {
		await this.#run({ action: "foreachPartition", functions: { f: onExecutor("foreachPartition", f) } });
	}

	/**
	 * Writes each element as a line, each partition into a file of its own in a new folder; a file `_SUCCESS` says that all
	 * are there. Throws STREAM_CONFIG when something is at the path.
	 *
	 * @param codec `gzip` compresses the files.
	 */
	async saveAsTextFile(path: string, codec?: "gzip"): Promise<void> {
		needText("saveAsTextFile", "a path", path);
		need("saveAsTextFile", codec === undefined || codec === "gzip", 'no codec or "gzip"', codec);
		await this.#save("saveAsTextFile", "writeText", path, { gzip: codec === "gzip" });
	}

	/** Like `saveAsTextFile`, except that elements are written as data, for `sc.objectFile`. */
	async saveAsObjectFile(path: string): Promise<void> {
		needText("saveAsObjectFile", "a path", path);
		await this.#save("saveAsObjectFile", "writeObjects", path, {});
	}

	async #save(step: string, op: string, path: string, options: { readonly [name: string]: Plain }): Promise<void> {
		makeOutput(step, path);
		await this.#derive({ op, step, payload: { path, ...options } }).#run({ action: "count" });
		markDone(path);
	}

	/** Returns the pairs as a Map; of equal keys the last one counts. Keys that are arrays or objects are found by iterating. */
	async collectAsMap<K, V>(this: RDD<readonly [K, V]>): Promise<Map<K, V>> {
		const byValue = new Map<unknown, readonly [K, V]>();
		for (const pair of await this.collect()) byValue.set(keyOf(pair[0]), pair);
		return new Map(byValue.values());
	}

	/** Returns how many pairs each key has. */
	async countByKey<K, V>(this: RDD<readonly [K, V]>): Promise<Map<K, number>> {
		const counts = await this.#derive<[K, number]>({ op: "valueOne", step: "countByKey" })
			.#derive<[K, number]>({ op: "reduceByKey", step: "countByKey", params: { merge: "add" } })
			.collect();
		return new Map(counts);
	}

	/** Returns each key with its values merged by `f`: within each partition by executors, then by the caller. */
	async reduceByKeyLocally<K, V>(this: RDD<readonly [K, V]>, f: (a: V, b: V) => V): Promise<Map<K, V>> {
		const functions = { merge: onExecutor("reduceByKeyLocally", f) };
		const merged = new Map<unknown, [K, V]>();
		const parts = this.#derive<[K, V]>({ op: "combineLocally", step: "reduceByKeyLocally", functions });
		for (const [key, value] of await parts.collect()) {
			const before = merged.get(keyOf(key));
			if (before === undefined) merged.set(keyOf(key), [key, value]);
			else before[1] = f(before[1], value);
		}
		return new Map(merged.values());
	}

	/** Returns all values of a key. */
	async lookup<K, V>(this: RDD<readonly [K, V]>, key: K): Promise<V[]> {
		return this.#derive<V>({ op: "find", step: "lookup", payload: { key: encoded("lookup", [key]) } }).collect();
	}

	// ---- numbers

	/** Returns the sum of the numbers, 0 for none. */
	async sum(this: RDD<number>): Promise<number> {
		return ((await this.#run({ action: "sum" })).flat() as number[]).reduce(add, 0);
	}

	/** Returns count, mean, variance, largest and smallest of the numbers. */
	async stats(this: RDD<number>): Promise<StatCounter> {
		return this.#stats("stats");
	}

	async #stats(step: string): Promise<StatCounter> {
		const parts = (await this.#run({ action: "stats", params: { step } })).flat() as StatState[];
		return parts.reduce((all, state) => all.merge(StatCounter.of(state)), new StatCounter());
	}

	/** Returns the mean of the numbers, 0 for none. */
	async mean(this: RDD<number>): Promise<number> {
		return (await this.#stats("mean")).mean;
	}

	/** Returns the population variance of the numbers. */
	async variance(this: RDD<number>): Promise<number> {
		return (await this.#stats("variance")).variance;
	}

	/** Returns the population standard deviation of the numbers. */
	async stdev(this: RDD<number>): Promise<number> {
		return (await this.#stats("stdev")).stdev;
	}

	/** Like `variance`. */
	async popVariance(this: RDD<number>): Promise<number> {
		return (await this.#stats("popVariance")).popVariance;
	}

	/** Like `stdev`. */
	async popStdev(this: RDD<number>): Promise<number> {
		return (await this.#stats("popStdev")).popStdev;
	}

	/** Returns the sample variance of the numbers. */
	async sampleVariance(this: RDD<number>): Promise<number> {
		return (await this.#stats("sampleVariance")).sampleVariance;
	}

	/** Returns the sample standard deviation of the numbers. */
	async sampleStdev(this: RDD<number>): Promise<number> {
		return (await this.#stats("sampleStdev")).sampleStdev;
	}

	/**
	 * Returns how many numbers lie in each of `buckets` even buckets from the smallest to the largest, with their bounds; or
	 * in buckets of given ascending bounds. Buckets are [a, b), the last one [a, b]; other numbers are left out.
	 *
	 * @param evenBuckets the given bounds are evenly spaced, which is faster.
	 */
	histogram(this: RDD<number>, buckets: number): Promise<[bounds: number[], counts: number[]]>;
	histogram(this: RDD<number>, buckets: readonly number[], evenBuckets?: boolean): Promise<number[]>;
	async histogram(
		this: RDD<number>,
		buckets: number | readonly number[],
		evenBuckets = false,
	): Promise<number[] | [number[], number[]]> {
		const step = "histogram";
		needFlag(step, "evenBuckets", evenBuckets);
		if (Array.isArray(buckets)) {
			const ok = buckets.length >= 2 && buckets.every((bound) => typeof bound === "number");
			need(step, ok, "an array of two or more numbers", buckets, "buckets array must have at least two elements");
			return this.#histogram(buckets, evenBuckets);
		}
		needWhole(step, buckets, 1);
		const { count, max, min } = await this.#stats(step);
		if (count === 0 || !Number.isFinite(max) || !Number.isFinite(min)) {
			throw streamError("STREAM_STATE", {
				step,
				message: "Histogram on either an empty RDD or RDD containing +/-infinity or NaN",
				way: "filter these out, or give the bounds of the buckets",
			});
		}
		const bounds =
			min === max
				? [min, max]
				: Array.from({ length: buckets + 1 }, (_, i) => (i === buckets ? max : min + (i * (max - min)) / buckets));
		return [bounds, await this.#histogram(bounds, true)];
	}

	async #histogram(buckets: readonly number[], even: boolean): Promise<number[]> {
		const parts = (await this.#run({ action: "histogram", params: { buckets, even } })).flat() as number[][];
		return parts.reduce(
			(sums, counts) => sums.map((sum, i) => sum + counts[i]),
			new Array<number>(buckets.length - 1).fill(0),
		);
	}

	// ---- what the RDD is

	/** Returns the number of partitions; runs no job. */
	getNumPartitions(): number {
		return this.#lineage.partitions;
	}

	/** The partitions, by number. */
	get partitions(): readonly { readonly index: number }[] {
		return Array.from({ length: this.getNumPartitions() }, (_, index) => ({ index }));
	}

	/**
	 * The partitioner its pairs lie by: a `HashPartitioner`, or for ranges and partitioners of the user's their number of
	 * partitions and a name; undefined when nothing is known.
	 */
	get partitioner(): HashPartitioner | { readonly numPartitions: number; readonly name: string } | undefined {
		const { partitioner, placement, partitions } = this.#lineage;
		if (placement !== undefined) return { numPartitions: partitions, name: placement };
		return partitioner === undefined || partitioner === 0 ? undefined : new HashPartitioner(partitioner);
	}

	/** Name that `setName` gave. */
	get name(): string | undefined {
		return names.get(this.#draft);
	}

	/** Gives this RDD a name, for `toDebugString`; returns this RDD. */
	setName(name: string): this {
		need("setName", typeof name === "string", "a name", name);
		names.set(this.#draft, name);
		return this;
	}

	/** Returns the RDDs this one stands on as text: one line each, a new block where records are shuffled. */
	toDebugString(): string {
		const { op } = this.draft.spec;
		return lineageText(this.#lineage, `${this.name === undefined ? "" : `${this.name} `}${this.draft.spec.step ?? op}`);
	}

	toString(): string {
		return `${this.name === undefined ? "" : `${this.name} `}${this.draft.spec.step ?? this.draft.spec.op}[${this.id}]`;
	}

	/** Keeps the partitions of this RDD in memory once they are computed; returns this RDD. */
	cache(): this {
		return this.persist("MEMORY_ONLY");
	}

	/**
	 * Keeps the partitions once they are computed; returns this RDD. All levels but `NONE` mean the same here: encoded in
	 * shared memory, where they outlive executors. Throws STREAM_STATE when another level was set before.
	 */
	persist(level: StorageLevel = "MEMORY_ONLY"): this {
		const kept = keeps("persist", level);
		const before = levels.get(this.#draft);
		if (before !== undefined && before !== level) {
			throw streamError("STREAM_STATE", {
				step: "persist",
				message: "Cannot change storage level of an RDD after it was already assigned a level",
				expected: before,
				got: level,
				way: "unpersist it first",
			});
		}
		if (!kept) return this;
		levels.set(this.#draft, level);
		this.session.persist(this.#draft, true);
		return this;
	}

	/** Drops the kept partitions; they are computed again where they are needed. Returns this RDD. */
	unpersist(): this {
		levels.delete(this.#draft);
		this.session.persist(this.#draft, false);
		return this;
	}

	/** Returns the level that `persist` was called with, else `NONE`. */
	getStorageLevel(): StorageLevel {
		return levels.get(this.#draft) ?? "NONE";
	}

	/**
	 * Asks for this RDD to be written below `sc.setCheckpointDir(…)` after the next action that needs it. This handle then
	 * stands on the files, so that nothing before them is needed again. Throws STREAM_CONFIG when there is no such folder.
	 */
	checkpoint(): void {
		const folder = this.session.checkpointDir;
		if (folder === undefined) {
			throw streamError("STREAM_CONFIG", {
				step: "checkpoint",
				message: "Checkpoint directory has not been set in the SparkContext",
				way: "call sc.setCheckpointDir(path) first",
			});
		}
		askCheckpoint(this.session, this.#draft, folder);
	}

	/** Like `checkpoint`, except that partitions are kept in memory and nothing is written; returns this RDD. */
	localCheckpoint(): this {
		this.session.persist(this.#draft, true);
		if (!levels.has(this.#draft)) levels.set(this.#draft, "MEMORY_ONLY");
		askCheckpoint(this.session, this.#draft, undefined);
		return this;
	}

	/** True once a checkpoint of this RDD exists. */
	get isCheckpointed(): boolean {
		return checkpointOf(this.#draft) !== undefined;
	}

	/** Returns the folder this RDD was written to, undefined when it was not. */
	getCheckpointFile(): string | undefined {
		return checkpointOf(this.#draft) || undefined;
	}
}

function sameSession<T>(step: string, left: RDD<T>, right: unknown): Draft {
	need(step, right instanceof RDD, "an RDD", right);
	if (right.session !== left.session) {
		throw streamError("STREAM_STATE", {
			step,
			expected: "two RDDs of one context",
			got: "RDDs of two contexts",
			way: "a stopped context's RDDs cannot be used again: make them anew",
		});
	}
	return right.draft;
}

function needSameNumber(step: string, rdds: readonly Rdd[]): void {
	const counts = rdds.map((rdd) => rdd.partitions);
	if (counts.every((count) => count === counts[0])) return;
	throw streamError("STREAM_CONFIG", {
		step,
		message: `Can't zip RDDs with unequal numbers of partitions: List(${counts.join(", ")})`,
		expected: `${counts[0]} partitions on all sides`,
		got: counts.join(" and "),
		way: "repartition one of them",
	});
}

function needNumber(step: string, n: unknown): void {
	const ok = typeof n === "number" && Number.isInteger(n) && n > 0;
	need(step, ok, "a whole number above 0", n, `Number of partitions (${String(n)}) must be positive`);
}

function emptyCollection(step: string): Error {
	return streamError("STREAM_STATE", { step, message: "empty collection" });
}

/** Returns values as data that crosses to executors; throws STREAM_CONFIG for what is none. */
function encoded(step: string, values: readonly unknown[]): SharedArrayBuffer {
	try {
		return encodeRecords(values);
	} catch (cause) {
		throw streamError("STREAM_CONFIG", { step, expected: "data", got: describeValue(values[0]), cause });
	}
}

function readPrecision(step: string, given: unknown): number {
	if (typeof given === "number") {
		need(
			step,
			given > 0.000017,
			"a deviation above 0.000017",
			given,
			`accuracy (${given}) must be greater than 0.000017`,
		);
		const p = precisionOf(given);
		need(step, p <= 25, "a deviation of 0.0002 or more", given);
		return p;
	}
	need(step, typeof given === "object" && given !== null, "a relative standard deviation, or { p }", given);
	const { p, sp = 0 } = given as { p: unknown; sp?: unknown };
	needWhole(step, p, 4, `p (${String(p)}) must be >= 4`);
	need(step, p <= 25, "a p from 4 to 25", p);
	needWhole(step, sp, 0);
	need(step, sp <= 32, "an sp from 0 to 32", sp, `sp (${sp}) must be <= 32`);
	need(step, sp === 0 || p <= sp, "a p not above sp", p, `p (${p}) cannot be greater than sp (${sp})`);
	return p;
}

/** Returns a fraction with which a sample is nearly always (99.99 %) large enough, by Spark's bounds. */
function fractionFor(wanted: number, total: number, withReplacement: boolean): number {
	if (withReplacement) {
		const deviations = wanted < 6 ? 12 : wanted < 16 ? 9 : 6;
		return Math.max(wanted + deviations * Math.sqrt(wanted), 1e-10) / total;
	}
	const fraction = wanted / total;
	const gamma = -Math.log(1e-4) / total;
	return Math.min(1, Math.max(1e-10, fraction + gamma + Math.sqrt(gamma * gamma + 2 * gamma * fraction)));
}
