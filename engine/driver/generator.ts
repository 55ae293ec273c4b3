// JobGenerator: at every tick cuts the input, writes the batch down, and makes the RDDs of all outputs.
import { decodeError, encodeError } from "../errors/index.ts";
import type { QueueEntry } from "../plan/operators.ts";
import type { OutputSpec } from "../runtime/messages.ts";
import type { Clock } from "../time/index.ts";
import type { BatchInfo } from "../views/events.ts";
import type { JobSet } from "./batches.ts";
import type { Journal } from "./journal.ts";
import type { ReceiverTracker } from "./receivers.ts";
import type { StreamGraph } from "./stream-graph.ts";

/** What the generator needs of the driver. */
export interface GeneratorServices {
	readonly clock: Clock;
	readonly graph: StreamGraph;
	readonly tracker: ReceiverTracker;
	readonly journal: Journal;
	batchMs(): number;
	/** Outputs in order of registration, as of this batch. */
	outputs(): readonly OutputSpec[];
	/** Plan changes that waited for a batch boundary take effect. */
	atBoundary(): void;
	/** Names and counts of the inputs of a batch. */
	inputs(time: number): BatchInfo["inputs"];
	submit(set: JobSet): void;
	/** A batch without jobs. */
	idle(time: number): Promise<void>;
	/** Making the RDDs of a batch failed. */
	failed(time: number, output: OutputSpec | undefined, error: Error): void;
}

/** Makes batches, one after another and none left out, from the first tick until it is stopped. */
export class JobGenerator {
	readonly #with: GeneratorServices;
	#cancel: (() => void) | undefined;
	#chain: Promise<void> = Promise.resolve();
	#next = 0;
	#zeroTime = 0;
	/** What each batch took from queue sources, so that a recomputation takes the same. */
	#dequeued = new Map<number, Map<string, readonly QueueEntry[]>>();
	#queues = new Map<string, QueueEntry[]>();
	#onDequeue: (node: string, count: number) => void;

	constructor(services: GeneratorServices, onDequeue: (node: string, count: number) => void) {
		this.#with = services;
		this.#onDequeue = onDequeue;
	}

	/** Begins at the first multiple of the batch duration after now. Returns the zero time. */
	start(): number {
		const { clock } = this.#with;
		const batchMs = this.#with.batchMs();
		this.begin(Math.floor(clock.now() / batchMs) * batchMs, undefined);
		return this.#zeroTime;
	}

	/** Begins with a zero time; `next` is the first batch to make (recovery). */
	begin(zeroTime: number, next: number | undefined): void {
		this.#zeroTime = zeroTime;
		this.#with.graph.zeroTime = zeroTime;
		this.#next = next ?? zeroTime + this.#with.batchMs();
		this.#arm();
	}

	#arm(): void {
		this.#cancel = this.#with.clock.setTimer(this.#next, () => {
			const time = this.#next;
			this.#next += this.#with.batchMs();
			this.#arm();
			this.enqueue(time);
		});
	}

	/** No more ticks; resolves when the batches of those that came are generated. */
	async stop(): Promise<void> {
		this.#cancel?.();
		await this.#chain;
	}

	/** Makes one more batch now, for input that no tick will take (graceful stop). */
	async drain(): Promise<void> {
		const time = this.#next;
		this.#next += this.#with.batchMs();
		this.enqueue(time);
		await this.#chain;
	}

	/** Resolves when all batches asked for so far are generated. */
	whenGenerated(): Promise<void> {
		return this.#chain;
	}

	/** Generates a batch after those before it. */
	enqueue(time: number): void {
		this.#chain = this.#chain.then(() => this.#generate(time));
	}

	/** Adds entries to a queue source. */
	push(node: string, entries: readonly QueueEntry[]): void {
		const queue = this.#queues.get(node);
		if (queue === undefined) this.#queues.set(node, [...entries]);
		else queue.push(...entries);
	}

	/** Takes over what a batch of the driver before had taken (recovery). */
	restoreDequeued(time: number, node: string, entries: readonly QueueEntry[]): void {
		let taken = this.#dequeued.get(time);
		if (taken === undefined) {
			taken = new Map();
			this.#dequeued.set(time, taken);
		}
		taken.set(node, entries);
	}

	/** Entries of a queue source for a batch: one, or all that wait. */
	dequeue(node: string, all: boolean, time: number): readonly QueueEntry[] {
		let taken = this.#dequeued.get(time);
		if (taken === undefined) {
			taken = new Map();
			this.#dequeued.set(time, taken);
		}
		let entries = taken.get(node);
		if (entries === undefined) {
			const queue = this.#queues.get(node) ?? [];
			entries = queue.splice(0, all ? queue.length : 1);
			taken.set(node, entries);
			if (entries.length > 0) this.#onDequeue(node, entries.length);
		}
		return entries;
	}

	/** Files of a file source for a batch, chosen once; `choose` is told which files other batches have. */
	async chooseFiles(
		node: string,
		time: number,
		choose: (before: ReadonlySet<string>) => Promise<readonly string[]>,
	): Promise<readonly string[]> {
		const before = new Set<string>();
		for (const [at, taken] of this.#dequeued) {
			for (const entry of taken.get(node) ?? []) {
				if (entry.kind !== "files") continue;
				if (at === time) return entry.files;
				for (const file of entry.files) before.add(file);
			}
		}
		const files = await choose(before);
		this.restoreDequeued(time, node, [{ kind: "files", files }]);
		return files;
	}

	/** Forgets what batches up to `time` took. */
	clear(time: number): void {
		for (const at of this.#dequeued.keys()) if (at <= time) this.#dequeued.delete(at);
	}

	async #generate(time: number): Promise<void> {
		const services = this.#with;
		await services.tracker.cut();
		const blocks = services.tracker.allocate(time);
		services.atBoundary();
		const jobs: JobSet["jobs"][number][] = [];
		let failed = false;
		for (const output of services.outputs()) {
			try {
				const rdd = await services.graph.getOrCompute(output.node, time);
				if (rdd !== undefined) jobs.push({ output, rdd });
			} catch (error) {
				failed = true;
				services.failed(time, output, error instanceof Error ? error : decodeError(encodeError(error)));
			}
		}
		services.graph.generated(time);
		services.journal.append({
			kind: "batch",
			time,
			blocks: [...blocks.values()].flatMap((list) => list.map((block) => block.id)),
			dequeued: [...(this.#dequeued.get(time) ?? [])].map(([node, entries]) => ({ node, entries })),
		});
		// As in Spark: when making one RDD failed, no job of the batch runs.
		if (failed || jobs.length === 0) {
			await services.idle(time);
			return;
		}
		services.submit({
			time,
			number: (time - this.#zeroTime) / services.batchMs(),
			inputs: services.inputs(time),
			jobs,
		});
	}
}
