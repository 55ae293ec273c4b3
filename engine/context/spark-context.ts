// SparkContext: the entry point for RDDs, and what a StreamingContext stands on.
import { describeValue, streamError } from "../errors/index.ts";
import { encodeSlices } from "../rdd/parallelize.ts";
import { needPartitions, RDD, type Shape } from "../rdd/rdd.ts";
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

	/** Returns the union of RDDs, duplicates kept; throws STREAM_CONFIG for none. */
	union<T>(rdds: readonly RDD<T>[]): RDD<T> {
		if (rdds.length === 0)
			throw streamError("STREAM_CONFIG", { step: "union", expected: "at least one RDD", got: "none" });
		return rdds.slice(1).reduce((all, rdd) => all.union(rdd), rdds[0]);
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
