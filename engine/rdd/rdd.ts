// RDD<T>: a typed handle on a node of the plan. Transformations add nodes, actions return promises.
import { streamError } from "../errors/index.ts";
import type { Draft, NodeSpec, Session, UserFunction } from "../plan/session.ts";

/** Hints "tuple" to the checker: `map(w => [w, 1])` gives `[string, number]`, not `(string | number)[]`. */
export type Shape = [] | {} | null | undefined | void;

/** Checks that an operator got a function; throws STREAM_CONFIG naming the operator otherwise. */
export function needFunction(step: string, fn: unknown): void {
	if (typeof fn === "function") return;
	throw streamError("STREAM_CONFIG", {
		step,
		expected: "a function",
		got: fn === null ? "null" : typeof fn,
		way: `write ${step}(x => …)`,
	});
}

/** Checks an optional number of partitions. */
export function needPartitions(step: string, n: unknown): void {
	if (n === undefined || (typeof n === "number" && Number.isInteger(n) && n > 0)) return;
	throw streamError("STREAM_CONFIG", {
		step,
		// Spark's words, for those who search for them.
		message: "Positive number of partitions required",
		expected: "a whole number above 0",
		got: String(n),
		way: "leave it out for the default",
	});
}

/** Returns a function of an operator that runs in executors. */
export function onExecutor(step: string, fn: unknown): UserFunction {
	needFunction(step, fn);
	return { fn: fn as UserFunction["fn"], place: "executor" };
}

/**
 * A distributed collection: lazily computed, partitioned, recomputed from its lineage when a part is lost.
 * All functions given to transformations run in executors, on copies of what they captured.
 *
 * Source: Spark's RDD programming guide.
 */
export class RDD<T> {
	/** @internal */
	readonly session: Session;
	/** @internal */
	readonly draft: Draft;

	/** @internal */
	constructor(session: Session, draft: Draft) {
		this.session = session;
		this.draft = draft;
	}

	#derive<U>(spec: Omit<NodeSpec, "kind">): RDD<U> {
		return new RDD<U>(this.session, this.session.node({ kind: "rdd", ...spec }));
	}

	/**
	 * Returns an RDD of `f(element)` for each element. An array literal of two becomes a pair: `map(w => [w, 1])`.
	 *
	 * @example
	 * ```ts
	 * await sc.parallelize([1, 2, 3]).map(x => x * 2).collect(); // [2, 4, 6]
	 * ```
	 */
	map<U extends Shape>(f: (element: T) => U): RDD<U> {
		return this.#derive({ op: "map", parents: [this.draft], functions: { f: onExecutor("map", f) } });
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
		return this.#derive({ op: "flatMap", parents: [this.draft], functions: { f: onExecutor("flatMap", f) } });
	}

	/** Returns an RDD of the elements for which `f` is true. */
	filter<S extends T>(f: (element: T) => element is S): RDD<S>;
	filter(f: (element: T) => unknown): RDD<T>;
	filter(f: (element: T) => unknown): RDD<T> {
		return this.#derive({ op: "filter", parents: [this.draft], functions: { f: onExecutor("filter", f) } });
	}

	/** Returns an RDD of the pairs with `f(value)` under the same keys; the partitioner is kept. */
	mapValues<K, V, U extends Shape>(this: RDD<readonly [K, V]>, f: (value: V) => U): RDD<[K, U]> {
		return this.#derive({ op: "mapValues", parents: [this.draft], functions: { f: onExecutor("mapValues", f) } });
	}

	/** Returns an RDD of one pair for each element of each `f(value)`, under the same keys; the partitioner is kept. */
	flatMapValues<K, V, U extends Shape>(this: RDD<readonly [K, V]>, f: (value: V) => Iterable<U>): RDD<[K, U]> {
		return this.#derive({
			op: "flatMapValues",
			parents: [this.draft],
			functions: { f: onExecutor("flatMapValues", f) },
		});
	}

	/**
	 * Returns an RDD with one pair per key, its values merged by `f` (associative and commutative), first within each
	 * partition. `numPartitions` defaults to the parent's partitioner, else the default parallelism.
	 */
	reduceByKey<K, V extends Shape>(
		this: RDD<readonly [K, V]>,
		f: (a: V, b: V) => V,
		numPartitions?: number,
	): RDD<[K, V]> {
		needPartitions("reduceByKey", numPartitions);
		return this.#derive({
			op: "reduceByKey",
			parents: [this.draft],
			params: { numPartitions },
			functions: { f: onExecutor("reduceByKey", f) },
		});
	}

	/** Returns an RDD with one pair per key: all its values, in the order of the partitions they came from. */
	groupByKey<K, V>(this: RDD<readonly [K, V]>, numPartitions?: number): RDD<[K, V[]]> {
		needPartitions("groupByKey", numPartitions);
		return this.#derive({ op: "groupByKey", parents: [this.draft], params: { numPartitions } });
	}

	/** Returns the inner join: for each key of both sides, every pair of a left and a right value. */
	join<K, V, W>(this: RDD<readonly [K, V]>, other: RDD<readonly [K, W]>, numPartitions?: number): RDD<[K, [V, W]]> {
		needPartitions("join", numPartitions);
		return this.#derive({
			op: "join",
			parents: [this.draft, sameSession("join", this, other)],
			params: { numPartitions },
		});
	}

	/** Returns an RDD of the elements of both, duplicates kept. */
	union(other: RDD<T>): RDD<T> {
		return this.#derive({ op: "union", parents: [this.draft, sameSession("union", this, other)] });
	}

	/** Keeps the partitions of this RDD in memory once they are computed; returns this RDD. */
	cache(): this {
		this.draft.persist();
		return this;
	}

	/** Like `cache`. */
	persist(): this {
		return this.cache();
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
		return (await this.session.runAction(this.draft, { action: "collect" })).flat() as T[];
	}

	/** Returns the first `n` elements in partition order, fewer if there are not as many. */
	async take(n: number): Promise<T[]> {
		if (!Number.isInteger(n) || n < 0) {
			throw streamError("STREAM_CONFIG", { step: "take", expected: "a whole number, 0 or more", got: String(n) });
		}
		if (n === 0) return [];
		const parts = await this.session.runAction(this.draft, { action: "take", params: { limit: n } });
		return parts.flat().slice(0, n) as T[];
	}

	/** Returns the first element; throws STREAM_STATE for an empty RDD. */
	async first(): Promise<T> {
		const found = await this.take(1);
		if (found.length === 0) throw streamError("STREAM_STATE", { step: "first", message: "empty collection" });
		return found[0];
	}

	/** Returns the number of elements. */
	async count(): Promise<number> {
		return (await this.session.runAction(this.draft, { action: "count" }))
			.flat()
			.reduce((a: number, b) => a + (b as number), 0);
	}

	/** Returns the elements merged by `f` (associative and commutative); throws STREAM_STATE for an empty RDD. */
	async reduce(f: (a: T, b: T) => T): Promise<T> {
		const functions = { f: onExecutor("reduce", f) };
		const parts = (await this.session.runAction(this.draft, { action: "reduce", functions })).flat() as T[];
		if (parts.length === 0) throw streamError("STREAM_STATE", { step: "reduce", message: "empty collection" });
		return parts.reduce((a, b) => f(a, b));
	}

	/** Calls `f` in the executors for each element; resolves when all are done. */
	async foreach(f: (element: T) => void): Promise<void> {
		await this.session.runAction(this.draft, { action: "foreach", functions: { f: onExecutor("foreach", f) } });
	}

	/** Calls `f` in the executors once per partition with its elements; resolves when all are done. */
	async foreachPartition(f: (elements: Iterable<T>) => void): Promise<void> {
		const functions = { f: onExecutor("foreachPartition", f) };
		await this.session.runAction(this.draft, { action: "foreachPartition", functions });
	}

	/** Returns true when there is no element. */
	async isEmpty(): Promise<boolean> {
		return (await this.take(1)).length === 0;
	}
}

function sameSession<T>(step: string, left: RDD<T>, right: unknown): Draft {
	if (!(right instanceof RDD)) {
		throw streamError("STREAM_CONFIG", { step, expected: "an RDD", got: right === null ? "null" : typeof right });
	}
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
