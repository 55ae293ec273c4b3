// StreamingContext: makes streams, starts and stops them, reports what happens. Long: Spark's one public class of streams.
import { randomUUID } from "node:crypto";
import { onLiveChange } from "../capture/index.ts";
import { DStream, MapWithStateDStream, type StreamSession, sameContext } from "../dstream/dstream.ts";
import { decodeError, describeValue, streamError } from "../errors/index.ts";
import type { QueueEntry } from "../plan/operators.ts";
import type { ActionSpec, Draft, NodeSpec, UserFunction } from "../plan/session.ts";
import { nodeLabel, planView } from "../plan/view.ts";
import { need, needFlag, needFunction, needText, needWhole } from "../rdd/check.ts";
import type { RDD, Shape } from "../rdd/rdd.ts";
import type { DriverReport } from "../runtime/messages.ts";
import { Duration, type Time } from "../time/index.ts";
import { type ListenerEvent, VIEW_MIME, type ViewDescription } from "../views/events.ts";
import { BatchWaiters } from "./batch-waiters.ts";
import type { Recovered } from "./driver-client.ts";
import { ForeachRunner } from "./foreach.ts";
import { type ListenerMethods, Listeners } from "./listeners.ts";
import { LiveFunctions } from "./live-functions.ts";
import { batchOf, type ContextOptions, type StreamingOptions } from "./options.ts";
import { keyOf, type Output, OutputTable, specOf } from "./output-table.ts";
import { type QueueItem, queueEntry, watchQueue } from "./queue.ts";
import { ActiveContext, disown, type Owned, owning } from "./registry.ts";
import { type ContextSession, INTERRUPTED, registerHandle } from "./session.ts";
import { SparkContext } from "./spark-context.ts";
import { type ContextState, StreamPlan } from "./stream-plan.ts";

/** What a queue source was sent and no batch has taken yet, to be sent again when it is lost with a driver. */
interface SentQueue {
	readonly stream: Draft;
	/** Entries that batches have taken so far. */
	taken: number;
	readonly waiting: QueueEntry[];
	/** The user's array, where there is one: taken entries disappear from it. */
	watched?: { taken(count: number): void };
}

/** How to stop: `graceful` works off everything received; `stopSparkContext` (default true) also ends the threads. */
export interface StopOptions {
	readonly graceful?: boolean;
	readonly stopSparkContext?: boolean;
}

/** Which files a file stream reads. */
export interface FileStreamOptions {
	/** Called in the driver with each path; default: the name does not begin with a dot. */
	readonly filter?: (path: string) => boolean;
	/** False: also files from before, as far back as files are remembered. Default true. */
	readonly newFilesOnly?: boolean;
}

let views = 0;

/** What an interrupt leaves a running batch to complete: one interval, but not less and not more than this. */
const LEAST_GRACE_MS = 300;
const MOST_GRACE_MS = 2_000;

/**
 * The entry point of streams. Runs on the notebook thread; batches are made by the driver thread and computed by
 * executor threads, whatever the notebook is doing. One context may be active per process; running the cell that made
 * one again stops the old one first.
 *
 * Source: Spark Streaming programming guide, "Initializing StreamingContext".
 *
 * @example
 * ```ts
 * const ssc = new StreamingContext("local[2]", "wordcount", seconds(1));
 * const lines = ssc.socketTextStream("localhost", 9999);
 * lines.flatMap(l => l.split(" ")).map(w => [w, 1]).reduceByKey((a, b) => a + b).print();
 * ssc.start();
 * await ssc.awaitBatches(10);
 * await ssc.stop({ graceful: true });
 * ```
 */
export class StreamingContext implements Owned {
	/** The context of RDDs behind this one. */
	readonly sparkContext: SparkContext;
	/** @internal */
	readonly cell: string | undefined;
	/** @internal */
	readonly execution: number | undefined;
	readonly #session: ContextSession;
	readonly #batchMs: number;
	readonly #plan: StreamPlan;
	readonly #outputs = new OutputTable();
	readonly #waiters = new BatchWaiters();
	readonly #listeners = new Listeners();
	readonly #foreach: ForeachRunner;
	readonly #live: LiveFunctions;
	readonly #streams: StreamSession;
	readonly #queues = new Map<string, SentQueue>();
	/** Times of the batches that run now. */
	readonly #running = new Set<number>();
	readonly #stopLive: () => void;
	#state: ContextState = "INITIALIZED";
	#started: Promise<void> = Promise.resolve();
	#stopping: Promise<void> | undefined;
	#seq = 0;
	#rememberMs = 0;
	#zeroTime: number | undefined;
	readonly #begun: string;
	readonly #startedAt = { startedAt: "" };

	/**
	 * Makes a context from master, name and batch duration, from a SparkContext and a batch duration, or from options.
	 * Durations are `Duration`s or ms. Throws STREAM_CONFIG for bad values.
	 */
	constructor(options: StreamingOptions);
	constructor(sparkContext: SparkContext, batch: Duration | number);
	constructor(
		master: string,
		appName: string,
		batch: Duration | number,
		options?: Omit<ContextOptions, "master" | "appName">,
	);
	constructor(
		first: StreamingOptions | SparkContext | string,
		second?: unknown,
		third?: unknown,
		rest?: ContextOptions,
	) {
		if (first instanceof SparkContext) {
			this.#batchMs = batchOf(second);
			this.sparkContext = first;
		} else if (typeof first === "object" && first !== null) {
			this.#batchMs = batchOf(first.batch);
			this.sparkContext = new SparkContext(first);
		} else {
			this.#batchMs = batchOf(third);
			this.sparkContext = new SparkContext({ ...rest, master: first, appName: second as string });
		}
		this.#session = this.sparkContext.session;
		const { graph, host } = this.#session;
		const origin = graph.host.origin();
		this.cell = origin.cell;
		this.execution = origin.execution;
		this.#begun =
			origin.execution !== undefined
				? `cell [${origin.execution}], line ${origin.line}`
				: `${origin.file ?? "?"}:${origin.line}`;
		this.#plan = new StreamPlan(graph, () => this.#state, this.#session.settings.conf.get("compat") === "spark");
		this.#foreach = new ForeachRunner(this.#session);
		this.#live = new LiveFunctions(this.#session, () => this.#plan.released);
		this.#stopLive = onLiveChange(() => this.#checkLive());
		this.#streams = this.#streamSession();
		this.#session.hooks = {
			declaring: (spec) => this.#plan.check(spec),
			report: (report) => this.#report(report),
			restarted: (recovered) => this.#restarted(recovered),
			lost: (error) => this.#lost(error),
			interrupted: (stopped) => this.#interrupted(stopped),
		};
		this.#session.callbackEnded = () => this.#checkLive();
		owning(this, host);
	}

	#streamSession(): StreamSession {
		const session = this.#session;
		const context = this;
		return {
			get batchMs() {
				return context.#batchMs;
			},
			get defaultParallelism() {
				return session.defaultParallelism;
			},
			node: (spec: NodeSpec) => context.#plan.declare(spec),
			runAction: (draft: Draft, action: ActionSpec) => session.runAction(draft, action),
			rdd: (draft) => session.rdd(draft),
			persist: (draft, on) => session.persist(draft, on),
			seed: () => session.seed(),
			slideOf: (draft: Draft) => context.#slideOf(draft),
			shipRdd: (step, rdd) => session.shipRdd(step, rdd),
			get fixed() {
				return context.#state !== "INITIALIZED";
			},
			output: (op, draft, params, fn) => context.#output(op, draft, params ?? {}, fn),
			display: (draft, kind) => context.#display(draft, kind),
		};
	}

	#slideOf(draft: Draft): number {
		const own = draft.spec.params?.slide;
		if (typeof own === "number") return own;
		return draft.spec.parents.length === 0 ? this.#batchMs : this.#slideOf(draft.spec.parents[0]);
	}

	/** What runs the jobs: `runtime.cancel({ job } | { batchTime })` ends them. */
	get runtime(): SparkContext["runtime"] {
		return this.sparkContext.runtime;
	}

	/** Returns INITIALIZED, ACTIVE or STOPPED. */
	getState(): ContextState {
		return this.#state;
	}

	/** Batch duration. */
	get batchDuration(): Duration {
		return new Duration(this.#batchMs);
	}

	/** Spark's zero time in ms, once the context has started: the first batch time minus the batch duration. */
	get zeroTime(): number | undefined {
		return this.#zeroTime;
	}

	/**
	 * Returns the stream of lines that a TCP server sends (UTF-8, broken bytes become U+FFFD). The receiver connects when
	 * the context starts; a refused or closed connection is tried again after 0.2 s, doubling up to 2 s, and the last
	 * error is shown by views and listeners. Lines received but not yet in a batch are lost with their receiver.
	 */
	socketTextStream(host: string, port: number): DStream<string> {
		if (typeof host !== "string" || host === "") {
			throw streamError("STREAM_CONFIG", {
				step: "socketTextStream",
				expected: "a host name",
				got: describeValue(host),
				way: 'write for example "localhost"',
			});
		}
		if (!Number.isInteger(port) || port < 1 || port > 65535) {
			throw streamError("STREAM_CONFIG", {
				step: "socketTextStream",
				expected: "a port from 1 to 65535",
				got: describeValue(port),
			});
		}
		return this.#source({ op: "socketTextStream", parents: [], params: { host, port, receiver: true } });
	}

	/**
	 * Returns the stream of the RDDs that stand in `queue`: one per batch, or with `oneAtATime` false all that wait. An
	 * entry is an RDD or an array of elements; `queue.push(…)` reaches the stream also while it runs, and entries that a
	 * batch took disappear from the array. Without an entry a batch is `defaultRDD`, by default empty (with `null` also without a partition).
	 *
	 * @example
	 * ```ts
	 * const queue = [[1, 2, 3]];
	 * ssc.queueStream(queue).map(x => x * 2).print();
	 * queue.push([4, 5]);
	 * ```
	 */
	queueStream<T>(queue: QueueItem<T>[], oneAtATime = true, defaultRDD?: RDD<T> | null): DStream<T> {
		if (!Array.isArray(queue)) {
			throw streamError("STREAM_CONFIG", {
				step: "queueStream",
				expected: "an array of RDDs or of arrays",
				got: describeValue(queue),
			});
		}
		const ship = (draft: Draft) => this.#session.ship(draft).id;
		// Checked now, so that a bad entry is told to the cell that made the queue.
		const entry = (item: unknown) => queueEntry(item, this.#session.defaultParallelism, ship);
		const first = queue.map(entry);
		const params = {
			oneAtATime,
			...(defaultRDD === null && { noDefault: true }),
			defaultRDD:
				defaultRDD === undefined || defaultRDD === null ? undefined : this.#session.shipRdd("queueStream", defaultRDD),
		};
		const stream = this.#source<T>({ op: "queueStream", parents: [], params });
		this.#sentQueue(stream.draft).watched = watchQueue(queue, (items) => this.#feed(stream, items.map(entry)));
		this.#feed(stream, first);
		return stream;
	}

	/**
	 * Returns the stream of the lines of new files in a directory (or in all that a pattern like `logs/day-*` matches). A
	 * file belongs to the batch in which its modification time falls, is read once, and must not change: move files into
	 * the directory. Files from before this call, hidden ones, and sub-directories are not read.
	 *
	 * @example
	 * ```ts
	 * const logs = ssc.textFileStream("/tmp/logs"); // DStream<string>
	 * ```
	 */
	textFileStream(directory: string): DStream<string> {
		return this.#files("textFileStream", "text", directory, {});
	}

	/**
	 * Like `textFileStream`, with a filter of paths in place of the one that leaves out hidden files, with files from before
	 * (`newFilesOnly: false`), and with whole files: `text` gives lines, `whole` pairs [path, text], `binary` pairs [path,
	 * bytes].
	 */
	fileStream(directory: string, options?: FileStreamOptions & { readonly format?: "text" }): DStream<string>;
	fileStream(directory: string, options: FileStreamOptions & { readonly format: "whole" }): DStream<[string, string]>;
	fileStream(
		directory: string,
		options: FileStreamOptions & { readonly format: "binary" },
	): DStream<[string, Uint8Array]>;
	fileStream(
		directory: string,
		options: FileStreamOptions & { readonly format?: "text" | "whole" | "binary" } = {},
	): unknown {
		const { format = "text" } = options;
		need("fileStream", ["text", "whole", "binary"].includes(format), 'format "text", "whole" or "binary"', format);
		return this.#files("fileStream", format, directory, options);
	}

	/** Returns the stream of the records of `recordLength` bytes that new files in a directory consist of. */
	binaryRecordsStream(directory: string, recordLength: number): DStream<Uint8Array> {
		needWhole("binaryRecordsStream", recordLength, 1);
		const files: DStream<[string, Uint8Array]> = this.#files("binaryRecordsStream", "binary", directory, {});
		return files.flatMap(([path, bytes]) => {
			const rest = bytes.length % recordLength;
			if (rest !== 0)
				throw new RangeError(
					`Byte array does not have correct length. ${rest} did not equal recordLength: ${recordLength} (${path})`,
				);
			return Array.from({ length: bytes.length / recordLength }, (_, i) =>
				bytes.slice(i * recordLength, (i + 1) * recordLength),
			);
		});
	}

	#files<T>(
		step: string,
		format: string,
		directory: string,
		{ filter, newFilesOnly = true }: FileStreamOptions,
	): DStream<T> {
		needText(step, "a directory", directory);
		needFlag(step, "newFilesOnly", newFilesOnly);
		if (filter !== undefined) needFunction(step, filter);
		const { conf, clock } = this.#session.settings;
		const minRemember =
			conf.get("spark.streaming.fileStream.minRememberDuration") ??
			conf.get("spark.streaming.minRememberDuration") ??
			60_000;
		return this.#source({
			op: "fileStream",
			...(step !== "fileStream" && { step }),
			parents: [],
			params: { directory: directory.replace(/^file:(\/\/)?/, ""), format, newFilesOnly, minRemember },
			// When it was made is no part of what it is.
			payload: { since: newFilesOnly ? (clock?.now() ?? Date.now()) : 0 },
			...(filter !== undefined && {
				functions: { filter: { fn: filter as UserFunction["fn"], place: "driver" as const } },
			}),
		});
	}

	#sentQueue(stream: Draft): SentQueue {
		const { id } = stream.freeze();
		let queue = this.#queues.get(id);
		if (queue === undefined) {
			queue = { stream, taken: 0, waiting: [] };
			this.#queues.set(id, queue);
		}
		return queue;
	}

	#feed(stream: DStream<unknown>, entries: readonly QueueEntry[]): void {
		if (entries.length === 0 || this.#state === "STOPPED") return;
		this.#sentQueue(stream.draft).waiting.push(...entries);
		this.#session.client.send({ kind: "enqueue", node: this.#session.ship(stream.draft).id, entries });
	}

	#taken(node: string, count: number): void {
		const queue = this.#queues.get(node);
		if (queue === undefined) return;
		queue.taken += count;
		queue.waiting.splice(0, count);
		queue.watched?.taken(count);
	}

	/** @internal Test sources feed a stream batch by batch. */
	feedStream<T>(name: string): {
		stream: DStream<T>;
		push(entries: Parameters<StreamingContext["pushEntries"]>[1]): void;
	} {
		const stream = this.#source<T>({ op: "queueStream", parents: [], params: { oneAtATime: true, name } });
		return { stream, push: (entries) => this.pushEntries(stream as DStream<unknown>, entries) };
	}

	/** @internal */
	pushEntries(stream: DStream<unknown>, entries: readonly ReturnType<typeof queueEntry>[]): void {
		this.#feed(stream, entries);
	}

	#source<T>(spec: Omit<NodeSpec, "kind">): DStream<T> {
		return new DStream<T>(this.#streams, this.#streams.node({ kind: "dstream", ...spec }));
	}

	/** Returns the union of several streams; throws STREAM_CONFIG for none. */
	union<T>(streams: readonly DStream<T>[]): DStream<T> {
		if (streams.length === 0)
			throw streamError("STREAM_CONFIG", {
				step: "union",
				expected: "at least one stream",
				got: "List of DStreams to union is empty",
			});
		return streams.slice(1).reduce((all, stream) => all.union(stream), streams[0]);
	}

	/**
	 * Returns the stream of the RDDs that `f(rdds, time)` returns; `rdds` are the streams' RDDs of the batch, in the order
	 * of `streams`. `f` runs in the driver, as in `DStream.transform`.
	 */
	transform<T, U extends Shape>(
		streams: readonly DStream<T>[],
		f: (rdds: RDD<T>[], time: Time) => RDD<U> | Promise<RDD<U>>,
	): DStream<U> {
		needFunction("transform", f);
		const parents = this.#sameStreams("transform", streams);
		return this.#source({
			op: "transform",
			parents,
			params: { list: true },
			functions: { f: { fn: f as UserFunction["fn"], place: "driver" } },
		});
	}

	#sameStreams(step: string, streams: unknown): Draft[] {
		if (!Array.isArray(streams) || streams.length === 0) {
			throw streamError("STREAM_CONFIG", {
				step,
				expected: "an array of at least one stream",
				got: Array.isArray(streams) ? "List of DStreams is empty" : describeValue(streams),
			});
		}
		return streams.map((stream) =>
			sameContext(step, { session: this.#streams, draft: (streams[0] as DStream<unknown>).draft }, stream),
		);
	}

	/** Keeps every stream's RDDs at least this long; may be called once. */
	remember(duration: Duration | number): void {
		const { milliseconds } = Duration.of(duration, "remember");
		if (this.#rememberMs > 0) {
			throw streamError("STREAM_CONFIG", {
				step: "remember",
				message: `Remember duration already set as ${this.#rememberMs} ms. Cannot set it again.`,
			});
		}
		this.#rememberMs = milliseconds;
	}

	/** Adds an object with Spark's listener methods (`onBatchCompleted` …). They run on the notebook thread, in order. */
	addStreamingListener(listener: ListenerMethods): void {
		this.#listeners.add(listener);
	}

	/** Removes a listener. */
	removeStreamingListener(listener: ListenerMethods): void {
		this.#listeners.remove(listener);
	}

	/**
	 * Starts the streams: checks first and throws synchronously, is ACTIVE when it returns. The promise resolves when the
	 * threads are up. A second call only warns; after `stop` it is STREAM_STATE.
	 */
	start(): Promise<void> {
		if (this.#state === "ACTIVE") {
			this.#session.warn(undefined, "StreamingContext has already been started\n");
			return this.#started;
		}
		if (this.#state === "STOPPED") {
			throw streamError("STREAM_STATE", {
				step: "start",
				message: "StreamingContext has already been stopped",
				way: "make a new StreamingContext",
			});
		}
		if (ActiveContext.current !== undefined) {
			throw streamError("STREAM_STATE", {
				step: "start",
				message: `Only one StreamingContext may be started in this JVM. Currently running StreamingContext was started at ${ActiveContext.current.startedAt}`,
				way: "stop the other one first: await ssc.stop()",
			});
		}
		this.#session.needRunning("start");
		this.#dropReleased();
		if (!this.#outputs.any) {
			this.#finish();
			this.#session.dropDriver();
			throw streamError("STREAM_STATE", {
				step: "start",
				message: "No output operations registered, so nothing to execute",
				way: "call print() or foreachRDD(…) on a stream, or show one as the last expression of a cell; then make a new context",
			});
		}
		this.#checkIntervals();
		this.#state = "ACTIVE";
		this.#startedAt.startedAt = this.#begun;
		ActiveContext.current = this.#startedAt;
		const { clock } = this.#session.settings;
		const { client } = this.#session;
		clock?.follow({ advance: (to) => this.#advance(to) });
		client.keepAlive(true);
		try {
			for (const draft of this.#session.graph.drafts) if (draft.spec.kind === "dstream") this.#session.ship(draft);
			for (const output of this.#outputs.all) this.#send(output);
			this.#live.begin();
			client.send({ kind: "plan-view", plan: this.#planView() });
		} catch (error) {
			this.#finish();
			this.#session.dropDriver();
			throw error;
		}
		const request = { kind: "start" as const, batchMs: this.#batchMs, remember: this.#rememberMs, now: clock?.now() };
		this.#started = client.request(request).then((value) => {
			this.#zeroTime = (value as { zeroTime: number }).zeroTime;
		});
		this.#started.catch((error) => {
			if (this.#state !== "ACTIVE") return;
			this.#waiters.failed(error as Error);
			this.#finish();
			this.#session.dropDriver();
		});
		// As the last expression of a cell it says what happened, not that a promise is pending.
		Object.defineProperty(this.#started, Symbol.for("Jupyter.display"), {
			value: () => ({ "text/plain": `${this.#session.settings.appName}: started, a batch every ${this.#batchMs} ms` }),
		});
		return this.#started;
	}

	/** Throws Spark's messages for checkpoint intervals that do not fit; the context is stopped then. */
	#checkIntervals(): void {
		for (const draft of this.#session.graph.drafts) {
			const interval = draft.notes.checkpointMs as number | undefined;
			if (interval === undefined) continue;
			const slide = this.#slideOf(draft);
			if (interval >= slide && interval % slide === 0) continue;
			this.#finish();
			this.#session.dropDriver();
			const [why, way] =
				interval < slide
					? ["is lower than", `at least ${slide} ms`]
					: ["not a multiple of", `a multiple of ${slide} ms`];
			throw streamError("STREAM_CONFIG", {
				step: "checkpoint",
				message: `The checkpoint interval for ${draft.spec.step ?? draft.spec.op} has been set to ${interval} ms which ${why} its slide time (${slide} ms). Please set it to ${way}.`,
			});
		}
	}

	async #advance(to: number): Promise<void> {
		await this.#started;
		await this.#session.client.request({ kind: "advance", to });
		this.#barrier();
	}

	#planView(): ViewDescription["plan"] {
		return planView(this.#outputs.all.map((output) => output.stream));
	}

	/**
	 * Resolves when `n` more batches have completed (batches without a job count). Throws the first error of a batch, or
	 * STREAM_TIMEOUT after `timeout` (default 60 s) saying what the stream was waiting for.
	 */
	async awaitBatches(n: number, options: { readonly timeout?: Duration | number } = {}): Promise<void> {
		if (!Number.isInteger(n) || n < 0) {
			throw streamError("STREAM_CONFIG", {
				step: "awaitBatches",
				expected: "a whole number, 0 or more",
				got: describeValue(n),
			});
		}
		const timeout =
			options.timeout === undefined ? 60_000 : Duration.of(options.timeout, "awaitBatches, timeout").milliseconds;
		if (this.#state !== "ACTIVE") {
			throw streamError("STREAM_STATE", {
				step: "awaitBatches",
				expected: "a running context",
				got: this.#state,
				way: "call ssc.start() first",
			});
		}
		if (n > 0) await this.#waiters.wait(n, timeout, () => this.#waitingFor());
		else {
			const error = this.#waiters.takeError();
			if (error !== undefined) throw error;
		}
		this.#barrier();
	}

	#waitingFor(): string {
		return this.#listeners.summary();
	}

	#barrier(): void {
		const client = this.#session.startedClient;
		if (client !== undefined) this.#session.host?.barrier(client.run, this.#seq);
	}

	/** Resolves when the context has stopped; throws the first error a batch reported (which does not stop the context). */
	async awaitTermination(): Promise<void> {
		await this.#waiters.termination();
		this.#barrier();
	}

	/** Like `awaitTermination`, but gives up after `timeout` and then returns false. */
	async awaitTerminationOrTimeout(timeout: Duration | number): Promise<boolean> {
		const { milliseconds } = Duration.of(timeout, "awaitTerminationOrTimeout");
		let timer: ReturnType<typeof setTimeout> | undefined;
		const late = new Promise<boolean>((resolve) => {
			timer = setTimeout(() => resolve(false), milliseconds);
		});
		try {
			return await Promise.race([this.#waiters.termination().then(() => true), late]);
		} finally {
			clearTimeout(timer);
			this.#barrier();
		}
	}

	/**
	 * Stops the context; resolves when its threads have ended. `graceful` first works off everything received (within
	 * `spark.streaming.gracefulStopTimeout`, default 10 batches). Throws the first batch error that nobody was told of.
	 * May be called again; Spark's form `stop(stopSparkContext, stopGracefully)` works, too.
	 */
	async stop(options: StopOptions | boolean = {}, stopGracefully = false): Promise<void> {
		const { graceful = false, stopSparkContext = true } =
			typeof options === "boolean" ? { graceful: stopGracefully, stopSparkContext: options } : options;
		if (this.#listeners.inside) {
			throw streamError("STREAM_STATE", {
				step: "stop",
				message: "Cannot stop StreamingContext within listener bus thread.",
				way: "call it from a cell or from foreachRDD",
			});
		}
		if (this.#state === "INITIALIZED") {
			this.#state = "STOPPED";
			this.#session.warn(undefined, "StreamingContext has not been started yet\n");
			this.#finish();
		} else if (this.#stopping === undefined) {
			if (this.#state === "STOPPED") this.#session.warn(undefined, "StreamingContext has already been stopped\n");
			else {
				// The batch whose function calls this would wait for its own end.
				this.#foreach.answerEarly((error) => this.#waiters.failed(error));
				this.#stopping = this.#end(graceful);
			}
		}
		await this.#stopping;
		if (stopSparkContext) await this.sparkContext.stop();
		this.#barrier();
		const error = this.#waiters.takeError();
		if (error !== undefined) throw error;
	}

	async #end(graceful: boolean): Promise<void> {
		this.#state = "STOPPED";
		try {
			// Without one its SparkContext was stopped before: nothing runs any more.
			await this.#session.startedClient?.request({ kind: "stop", graceful });
		} finally {
			this.#finish();
			this.#barrier();
			// Executors ended with the stream; a SparkContext that lives on starts new ones when it needs them.
			this.#session.dropDriver();
		}
	}

	#finish(): void {
		this.#state = "STOPPED";
		this.#stopLive();
		this.#session.settings.clock?.follow(undefined);
		this.#session.startedClient?.keepAlive(false);
		if (ActiveContext.current === this.#startedAt) ActiveContext.current = undefined;
		this.#waiters.stopped();
		disown(this);
	}

	/** @internal */
	replaced(): void {
		if (this.#state === "ACTIVE") {
			// The new context may start at once: the old one gives way now and ends in the background.
			if (ActiveContext.current === this.#startedAt) ActiveContext.current = undefined;
			this.#stopping ??= this.#end(false);
			this.#stopping.then(() => this.sparkContext.stop()).catch(() => undefined);
		} else if (this.#state === "INITIALIZED") {
			this.#finish();
			void this.sparkContext.stop();
		}
	}

	/** @internal */
	cellReplaced(cell: string): void {
		this.#foreach.resume();
		if (this.#state === "STOPPED") return;
		this.#outputs.release(cell);
		this.#plan.release(cell);
	}

	/** @internal */
	cellEnded(): void {
		// Ids are fixed in the order of the cells' first execution, whatever is run again before the start.
		if (this.#state === "INITIALIZED") for (const draft of this.#session.graph.drafts) draft.freeze();
		if (this.#state !== "ACTIVE") return;
		this.#dropReleased();
		this.#live.check();
	}

	#checkLive(): void {
		if (this.#state === "ACTIVE") this.#live.check();
	}

	#dropReleased(): void {
		for (const output of this.#outputs.takeReleased()) {
			if (!output.sent) continue;
			// A changed function under the same id has taken its place already.
			const key = keyOf(output);
			if (!this.#outputs.all.some((other) => keyOf(other) === key))
				this.#session.client.send({ kind: "remove-output", key });
		}
	}

	#output(
		op: "print" | "foreachRDD" | "saveAsTextFiles" | "saveAsObjectFiles",
		stream: Draft,
		params: NodeSpec["params"],
		fn: { readonly on: "driver" | "notebook"; readonly f: UserFunction["fn"] } | undefined,
	): void {
		const onDriver = fn?.on === "driver" || (fn !== undefined && this.#session.settings.conf.get("compat") === "spark");
		const functions: NodeSpec["functions"] = fn !== undefined && onDriver ? { f: { fn: fn.f, place: "driver" } } : {};
		this.#plan.check({ kind: "output", op, parents: [stream] });
		const draft = this.#session.graph.add({ kind: "output", op, parents: [stream], params, functions });
		const on = fn === undefined || onDriver ? "driver" : "notebook";
		const display = op === "print" ? this.#openPrint() : undefined;
		const { output, again } = this.#outputs.add({ op, stream, draft, params: params ?? {}, on, f: fn?.f, display });
		if ((!again || display !== undefined) && this.#state === "ACTIVE") this.#send(output);
	}

	/** Takes a place for the batches of `print` in the cell that calls it. */
	#openPrint(): string | undefined {
		const { host } = this.#session;
		if (host?.openDisplay === undefined || host.currentCell() === undefined) return undefined;
		const id = `print-${randomUUID()}`;
		host.openDisplay(id, "print(): no batch yet");
		return id;
	}

	#send(output: Output): void {
		this.#session.ship(output.stream);
		for (const fn of Object.values(output.draft.functions)) this.#session.shipHandles(fn);
		output.sent = true;
		this.#session.client.send({ kind: "add-output", output: specOf(output) });
	}

	#display(stream: Draft, kind: ViewDescription["kind"]): unknown {
		if (this.#session.host === undefined || this.#state === "STOPPED")
			return { "text/plain": `DStream (${this.#state})` };
		const draft = this.#session.graph.add({ kind: "output", op: "view", parents: [stream], params: { kind } });
		const node = stream.freeze();
		const view = `${node.id}-${kind}-${++views}`;
		const { output } = this.#outputs.add({ op: "view", stream, draft, params: {}, on: "driver", f: undefined, view });
		if (this.#state === "ACTIVE") this.#send(output);
		const description: ViewDescription = {
			view,
			title: node.binding ?? nodeLabel(node),
			node: node.id,
			kind,
			appName: this.#session.settings.appName,
			batchMs: this.#batchMs,
			state: this.#state,
			plan: planView([stream]),
			origin: { cell: draft.origin.cell, execution: draft.origin.execution },
		};
		return { [VIEW_MIME]: description, "text/plain": `live view of ${description.title}` };
	}

	#report(report: Exclude<DriverReport, { kind: "reply" | "recovered" | "accumulated" }>): void {
		switch (report.kind) {
			case "event":
				this.#event(report.event);
				return;
			case "idle-batch":
				this.#seq = Math.max(this.#seq, report.seq);
				this.#waiters.batch(`the batch of ${report.time} ms had nothing to do`);
				return;
			case "foreach": {
				const output = this.#outputs.find(report.output);
				if (output?.f !== undefined) this.#foreach.run(report, output.f, output.draft.cell);
				return;
			}
			case "dequeued":
				this.#taken(report.node, report.count);
				return;
			case "stop-asked":
				if (this.#state === "ACTIVE") this.#stopping ??= this.#end(report.graceful);
				this.#stopping?.catch(() => undefined);
				return;
		}
	}

	#event(event: Extract<DriverReport, { kind: "event" }>["event"]): void {
		this.#seq = event.seq;
		const hosted = this.#session.host !== undefined;
		if (event.kind === "output-error") {
			const original = this.#foreach.original(event.output, event.batchTime);
			const error = original ?? decodeError(event.error);
			this.#waiters.failed(error);
			// A kernel shows it under the cell from the same event.
			if (!hosted) process.stderr.write(`millrace: batch ${event.batchTime} ms failed: ${error.message}\n`);
		} else if (event.kind === "listener") {
			this.#listeners.deliver(event.event as ListenerEvent, (error) =>
				this.#session.warn(undefined, `listener: ${error}\n`),
			);
			if (event.event.type === "BatchStarted") this.#running.add(event.event.batch.batchTime);
			if (event.event.type === "BatchCompleted") {
				this.#running.delete(event.event.batch.batchTime);
				const { number, failed } = event.event.batch;
				this.#waiters.batch(`batch ${number} ${failed ? "failed" : "completed"}`);
			}
		} else if (!hosted && event.kind === "print") process.stdout.write(event.text);
		else if (!hosted && event.kind === "console") process[event.stream].write(event.text);
	}

	#restarted({ queues }: Recovered): void {
		const { client } = this.#session;
		for (const draft of this.#session.graph.drafts)
			if (draft.node !== undefined && draft.spec.kind === "dstream") this.#session.ship(draft);
		for (const output of this.#outputs.all) if (output.sent) this.#send(output);
		// Changes that waited for a batch boundary went with the driver before.
		client.send({ kind: "keep-outputs", keys: this.#outputs.all.filter((output) => output.sent).map(keyOf) });
		this.#live.sendAgain();
		for (const [node, queue] of this.#queues) {
			const { enqueued, taken } = queues.find((known) => known.node === node) ?? { enqueued: 0, taken: 0 };
			if (taken > queue.taken) this.#taken(node, taken - queue.taken);
			this.#session.ship(queue.stream);
			const entries = queue.waiting.slice(Math.max(0, enqueued - queue.taken));
			if (entries.length > 0) client.send({ kind: "enqueue", node, entries });
		}
		if (this.#state !== "ACTIVE") return;
		client.send({ kind: "plan-view", plan: this.#planView() });
		client.keepAlive(true);
	}

	/**
	 * The user has given up a cell that waited for batches: what held them up is ended. A batch that is about to complete
	 * gets the time for it, so that an interrupt does no harm to a stream that is well.
	 */
	#interrupted(stopped: boolean): void {
		const grace = Math.min(MOST_GRACE_MS, Math.max(LEAST_GRACE_MS, this.#batchMs));
		if (stopped) this.#foreach.interrupted(grace);
		if (this.#state !== "ACTIVE" || !this.#waiters.waiting) return;
		const running = [...this.#running];
		const timer = setTimeout(() => {
			if (this.#state !== "ACTIVE") return;
			for (const batchTime of running) {
				if (!this.#running.has(batchTime)) continue;
				this.sparkContext.cancel({ batchTime }, INTERRUPTED).catch(() => undefined);
				this.#foreach.giveUp(batchTime);
			}
		}, grace);
		timer.unref();
	}

	/** There is no driver any more, and there will be none. */
	#lost(error: Error): void {
		if (this.#state === "STOPPED") return;
		this.#waiters.failed(error);
		this.#finish();
		this.#session.dropDriver();
	}
}

registerHandle(StreamingContext);
registerHandle(DStream);
registerHandle(MapWithStateDStream);
