// SparkContext: the entry point for RDDs, and what a StreamingContext stands on.

import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describeValue, streamError } from "../errors/index.ts";
import type { Plain } from "../plan/types.ts";
import { need, needText } from "../rdd/check.ts";
import { filesOf, splitsOf } from "../rdd/files.ts";
import { encodeSlices } from "../rdd/parallelize.ts";
import { needPartitions, RDD, type Shape } from "../rdd/rdd.ts";
import { type AccumulatorV2, CollectionAccumulator, DoubleAccumulator, LongAccumulator } from "./accumulators.ts";
import { Broadcast } from "./broadcast.ts";
import { type ContextOptions, settingsOf } from "./options.ts";
import { ContextSession, registerHandle } from "./session.ts";

/**
 * The connection to a local cluster of threads. Runs on the notebook thread; its RDDs are computed by executors.
 * The threads start with the first action and end with `stop()`; idle ones do not keep a program alive.
 *
 * Source: Spark's RDD programming guide, "Initializing Spark".
 *
 * @example
 * ```ts
 * const sc = new SparkContext("local[2]", "sums");
 * await sc.parallelize([1, 2, 3]).map(x => x * x).reduce((a, b) => a + b); // 14
 * await sc.stop();
 * ```
 */
export class SparkContext {
	/** @internal */
	readonly session: ContextSession;

	/** Makes a context from a master and a name, or from options. Throws STREAM_CONFIG for bad ones. */
	constructor(master?: string, appName?: string, conf?: ContextOptions["conf"]);
	constructor(options: ContextOptions);
	constructor(first?: string | ContextOptions, appName?: string, conf?: ContextOptions["conf"]) {
		const options = typeof first === "object" && first !== null ? first : { master: first, appName, conf };
		this.session = new ContextSession(settingsOf(options));
	}

	get appName(): string {
		return this.session.settings.appName;
	}

	get master(): string {
		return this.session.settings.master;
	}

	/** Partitions of shuffles and `parallelize` where nothing else says. */
	get defaultParallelism(): number {
		return this.session.defaultParallelism;
	}

	/**
	 * Returns an RDD of the elements of a collection, in `numSlices` partitions (default: the default parallelism).
	 * The elements are copied now. An array literal of two becomes a pair.
	 */
	parallelize<T extends Shape>(elements: Iterable<T>, numSlices?: number): RDD<T> {
		needPartitions("parallelize", numSlices);
		if (typeof elements !== "object" || elements === null || typeof elements[Symbol.iterator] !== "function") {
			throw streamError("STREAM_CONFIG", {
				step: "parallelize",
				expected: "an array or another iterable",
				got: describeValue(elements),
			});
		}
		const items = Array.isArray(elements) ? elements : [...elements];
		const slices = encodeSlices(items, numSlices ?? this.defaultParallelism);
		const draft = this.session.node({
			kind: "rdd",
			op: "parallelize",
			parents: [],
			params: { numSlices: slices.length },
			payload: { slices: slices as never },
		});
		return new RDD<T>(this.session, draft);
	}

	/** Returns an RDD without elements and without partitions. */
	emptyRDD<T>(): RDD<T> {
		return new RDD<T>(
			this.session,
			this.session.node({
				kind: "rdd",
				op: "parallelize",
				parents: [],
				params: { numSlices: 0 },
				payload: { slices: [] },
			}),
		);
	}

	/**
	 * Returns an RDD of the numbers from `start` up to, but without, `end`, `step` apart. The tasks make them: nothing is
	 * sent. Throws STREAM_CONFIG for a step of 0.
	 */
	range(start: number, end: number, step = 1, numSlices?: number): RDD<number> {
		needPartitions("range", numSlices);
		for (const bound of [start, end, step]) need("range", Number.isSafeInteger(bound), "whole numbers", bound);
		need("range", step !== 0, "a step other than 0", step, "step cannot be 0");
		const params = { start, end, step, numSlices: numSlices ?? this.defaultParallelism };
		return this.#source("range", params);
	}

	#source<T>(
		op: string,
		params: { readonly [name: string]: Plain },
		payload?: { readonly [name: string]: Plain },
	): RDD<T> {
		return new RDD<T>(this.session, this.session.node({ kind: "rdd", op, parents: [], params, payload }));
	}

	/** Like `parallelize`, by Spark's other name. */
	makeRDD<T extends Shape>(elements: Iterable<T>, numSlices?: number): RDD<T> {
		return this.parallelize(elements, numSlices);
	}

	/** Partitions that files are read into at least, where nothing else is said. */
	get defaultMinPartitions(): number {
		return Math.min(this.defaultParallelism, 2);
	}

	/**
	 * Returns an RDD of the lines of a text file (UTF-8), of the files of a folder, or of those that a pattern matches; several
	 * paths are separated by commas, `.gz` files are unpacked. Executors read them. Throws STREAM_CONFIG when nothing is there.
	 */
	textFile(path: string, minPartitions?: number): RDD<string> {
		const files = this.#files("textFile", path, minPartitions);
		const parts = splitsOf(files, minPartitions ?? this.defaultMinPartitions);
		return this.#source("textFile", { path }, { parts: parts as never });
	}

	/** Returns an RDD of pairs [path, content] for the text files of a path; see `textFile`. */
	wholeTextFiles(path: string, minPartitions?: number): RDD<[string, string]> {
		return this.#source("wholeTextFiles", { path }, { parts: this.#groups("wholeTextFiles", path, minPartitions) });
	}

	/** Like `wholeTextFiles`, except that contents are bytes. */
	binaryFiles(path: string, minPartitions?: number): RDD<[string, Uint8Array]> {
		return this.#source("binaryFiles", { path }, { parts: this.#groups("binaryFiles", path, minPartitions) });
	}

	/** Returns an RDD of what `rdd.saveAsObjectFile(path)` has written; one partition per file. */
	objectFile<T>(path: string): RDD<T> {
		return this.#source("objectFile", { path }, { parts: this.#files("objectFile", path, undefined) });
	}

	#files(step: string, path: string, minPartitions: number | undefined): string[] {
		needText(step, "a path", path);
		needPartitions(step, minPartitions);
		return filesOf(step, path);
	}

	/** Files shared out to partitions, neighbours together. */
	#groups(step: string, path: string, minPartitions: number | undefined): string[][] {
		const files = this.#files(step, path, minPartitions);
		const n = Math.min(files.length, minPartitions ?? this.defaultMinPartitions);
		return Array.from({ length: n }, (_, i) =>
			files.slice(Math.floor((i * files.length) / n), Math.floor(((i + 1) * files.length) / n)),
		);
	}

	/** Sets the folder below which checkpoints of RDDs are written: a new one in it for each call. */
	setCheckpointDir(path: string): void {
		needText("setCheckpointDir", "a path", path);
		const folder = join(path, randomUUID());
		mkdirSync(folder, { recursive: true });
		this.session.checkpointDir = folder;
	}

	/** Returns the folder for checkpoints, undefined when none was set. */
	getCheckpointDir(): string | undefined {
		return this.session.checkpointDir;
	}

	/**
	 * Runs `f` in executors on each partition of an RDD, or on those of the given numbers; resolves with what it returned,
	 * in their order.
	 */
	async runJob<T, U extends Shape>(
		rdd: RDD<T>,
		f: (elements: IterableIterator<T>) => U,
		partitions?: readonly number[],
	): Promise<U[]> {
		need("runJob", rdd instanceof RDD, "an RDD", rdd);
		const n = rdd.getNumPartitions();
		for (const index of partitions ?? []) {
			const message = `Attempting to access a non-existent partition: ${String(index)}. Total number of partitions: ${n}`;
			need("runJob", Number.isInteger(index) && index >= 0 && index < n, "numbers of partitions", index, message);
		}
		return rdd.runOn(f, partitions);
	}

	/** Returns the union of RDDs, duplicates kept; throws STREAM_CONFIG for none. */
	union<T>(rdds: readonly RDD<T>[]): RDD<T> {
		if (rdds.length === 0)
			throw streamError("STREAM_CONFIG", { step: "union", expected: "at least one RDD", got: "none" });
		return rdds.slice(1).reduce((all, rdd) => all.union(rdd), rdds[0]);
	}

	/**
	 * Returns a handle on a value for functions of tasks: the bytes are in shared memory once, each executor decodes them
	 * once. Throws STREAM_CONFIG for what is no data.
	 */
	broadcast<T>(value: T): Broadcast<T> {
		this.session.needRunning("broadcast");
		return new Broadcast(value);
	}

	/**
	 * Returns an accumulator of whole numbers, 0 at first.
	 *
	 * @example
	 * ```ts
	 * const total = sc.longAccumulator("total");
	 * await sc.parallelize([1, 2, 3]).foreach(x => total.add(x));
	 * total.value; // 6
	 * ```
	 */
	longAccumulator(name?: string): LongAccumulator {
		return this.register(new LongAccumulator(), name);
	}

	/** Returns an accumulator of numbers, 0 at first. */
	doubleAccumulator(name?: string): DoubleAccumulator {
		return this.register(new DoubleAccumulator(), name);
	}

	/** Returns an accumulator that keeps all that is added to it. */
	collectionAccumulator<T>(name?: string): CollectionAccumulator<T> {
		return this.register(new CollectionAccumulator<T>(), name);
	}

	/** Makes an accumulator known, so that functions of tasks may add to it; returns it. Throws STREAM_STATE the second time. */
	register<A extends AccumulatorV2<never, unknown>>(accumulator: A, name?: string): A {
		need("register", name === undefined || typeof name === "string", "a name", name);
		this.session.accumulators.register(accumulator, name);
		return accumulator;
	}

	/** What runs the jobs of this context. */
	get runtime(): { readonly mode: "threads" | "in-process"; cancel: SparkContext["cancel"] } {
		return { mode: this.session.settings.mode, cancel: (what, reason) => this.cancel(what, reason) };
	}

	/**
	 * Ends a job, or all jobs of a batch; resolves with the number of jobs that were running. Executors that work on them
	 * are replaced; the batch is marked failed with STREAM_CANCELLED and the stream goes on.
	 */
	async cancel(
		what: { readonly job: number } | { readonly batchTime: number },
		reason = "cancelled by the user",
	): Promise<number> {
		this.session.needRunning("cancel");
		return (await this.session.client.request({ kind: "cancel", ...what, reason })) as number;
	}

	/** Ends the threads of this context; its RDDs cannot be used any more. */
	async stop(): Promise<void> {
		this.session.close();
	}
}

registerHandle(SparkContext);
