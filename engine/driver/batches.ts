// JobScheduler: runs the jobs of one batch after another and tells listeners of every transition.
import { streamError } from "../errors/index.ts";
import type { Rdd } from "../plan/operators.ts";
import type { OutputSpec } from "../runtime/messages.ts";
import type { BatchInfo, OutputOperationInfo } from "../views/events.ts";
import type { EventBus } from "./events.ts";
import type { Outputs } from "./outputs.ts";

/** A batch with the RDDs its outputs are to work on. */
export interface JobSet {
	readonly time: number;
	readonly number: number;
	readonly inputs: BatchInfo["inputs"];
	readonly jobs: readonly { readonly output: OutputSpec; readonly rdd: Rdd }[];
}

/** What the scheduler tells its owner. */
export interface BatchEvents {
	/** A batch is not open any more. */
	closed(): void;
	/** All outputs of a batch have ended. */
	completed(time: number, failed: boolean): Promise<void>;
	/** The part of a batch that executors work on has ended; the next batch has not begun. */
	computed(set: JobSet, failed: boolean): void;
}

interface Running {
	readonly set: JobSet;
	info: BatchInfo;
	readonly outputs: Map<number, OutputOperationInfo>;
	readonly jobs: Set<number>;
	failed: boolean;
	skipped: number;
	/** Why outputs that have not begun are not to begin. */
	cancelled: Error | undefined;
}

/** Runs job sets in order; outputs that wait for the notebook do not hold up the next batch. */
export class JobScheduler {
	readonly #outputs: Outputs;
	readonly #events: EventBus;
	readonly #owner: BatchEvents;
	readonly #queue: Running[] = [];
	readonly #open = new Set<Running>();
	#busy = false;
	#idle: (() => void)[] = [];

	constructor(outputs: Outputs, events: EventBus, owner: BatchEvents) {
		this.#outputs = outputs;
		this.#events = events;
		this.#owner = owner;
	}

	/** Batches that are not completed. */
	get unfinished(): number {
		return this.#open.size;
	}

	/** Time of the oldest batch that is not completed. */
	get oldest(): number | undefined {
		let oldest: number | undefined;
		for (const { set } of this.#open) if (oldest === undefined || set.time < oldest) oldest = set.time;
		return oldest;
	}

	/** Batches with input that are not completed. */
	get unfinishedWithInput(): number {
		let count = 0;
		for (const { info } of this.#open) if (info.numRecords > 0) count++;
		return count;
	}

	/** Ends a batch: returns the ids of jobs that run now, which the caller ends, and the number of all that are left. */
	cancel(time: number, reason: string): { jobs: number[]; left: number } {
		const jobs: number[] = [];
		let left = 0;
		for (const running of this.#open) {
			if (running.set.time !== time) continue;
			running.cancelled = streamError("STREAM_CANCELLED", {
				message: `the batch of ${time} ms was cancelled: ${reason}`,
			});
			jobs.push(...running.jobs);
			left += [...running.outputs.values()].filter((output) => output.endTime === undefined).length;
			this.#outputs.cancelWaiting(time, running.cancelled);
		}
		return { jobs, left };
	}

	/** A task of a batch has left out elements whose functions threw. */
	skipped(time: number, count: number): void {
		for (const running of this.#open) if (running.set.time === time) running.skipped += count;
	}

	/** Takes a batch; it runs when those before it have been computed. */
	submit(set: JobSet): void {
		const info: BatchInfo = {
			batchTime: set.time,
			number: set.number,
			numRecords: set.inputs.reduce((sum, input) => sum + input.numRecords, 0),
			inputs: set.inputs,
			submissionTime: Date.now(),
			outputs: set.jobs.map(({ output }) => describe(output, set.time)),
			failed: false,
		};
		const running: Running = {
			set,
			info,
			outputs: new Map(),
			jobs: new Set(),
			failed: false,
			skipped: 0,
			cancelled: undefined,
		};
		for (const output of info.outputs) running.outputs.set(output.id, output);
		for (const { output, rdd } of set.jobs) this.#outputs.prepare(output, rdd);
		this.#open.add(running);
		this.#events.listener({ type: "BatchSubmitted", batch: info });
		this.#queue.push(running);
		if (!this.#busy) void this.#work();
	}

	/** Resolves when no batch is open. */
	whenIdle(): Promise<void> {
		if (this.#open.size === 0) return Promise.resolve();
		return new Promise((resolve) => this.#idle.push(resolve));
	}

	/** Drops batches that have not begun; returns how many. */
	dropWaiting(): number {
		const dropped = this.#queue.splice(0);
		for (const running of dropped) this.#open.delete(running);
		this.#settleIdle();
		return dropped.length;
	}

	async #work(): Promise<void> {
		this.#busy = true;
		for (let running = this.#queue.shift(); running !== undefined; running = this.#queue.shift())
			await this.#run(running);
		this.#busy = false;
	}

	async #run(running: Running): Promise<void> {
		const { set } = running;
		running.info = { ...running.info, processingStartTime: Date.now() };
		running.info = {
			...running.info,
			schedulingDelay: (running.info.processingStartTime as number) - running.info.submissionTime,
		};
		this.#events.listener({ type: "BatchStarted", batch: running.info });
		const later: Promise<void>[] = [];
		for (const { output, rdd } of set.jobs) {
			if (!this.#outputs.isNotebook(output)) {
				await this.#output(running, output, rdd);
				continue;
			}
			// Only the notebook's answer may lag behind: state must be made batch after batch.
			await new Promise<void>((computed) => {
				const done = this.#output(running, output, rdd, computed);
				later.push(done);
				void done.then(computed);
			});
		}
		this.#owner.computed(set, running.failed);
		const complete = Promise.all(later).then(() => this.#complete(running));
		if (later.length === 0) await complete;
	}

	async #output(running: Running, output: OutputSpec, rdd: Rdd, computed?: () => void): Promise<void> {
		const { set } = running;
		const begun = { ...describe(output, set.time), startTime: Date.now() };
		running.outputs.set(output.id, begun);
		this.#events.listener({ type: "OutputOperationStarted", output: begun });
		const context = this.#outputs.job(output, set.time);
		running.jobs.add(context.job);
		let failureReason: string | undefined;
		try {
			if (running.cancelled !== undefined) throw running.cancelled;
			const numbered = output.op === "view" ? { ...output, params: { ...output.params, batch: set.number } } : output;
			await this.#outputs.run(numbered, rdd, set.time, context, computed);
		} catch (error) {
			running.failed = true;
			failureReason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
			this.#outputs.failed(output, set.time, error);
		}
		running.jobs.delete(context.job);
		const ended = { ...begun, endTime: Date.now(), failureReason };
		running.outputs.set(output.id, ended);
		this.#events.listener({ type: "OutputOperationCompleted", output: ended });
	}

	async #complete(running: Running): Promise<void> {
		const { set } = running;
		const processingEndTime = Date.now();
		const { processingStartTime, submissionTime } = running.info;
		running.info = {
			...running.info,
			processingEndTime,
			processingDelay: processingEndTime - (processingStartTime as number),
			totalDelay: processingEndTime - submissionTime,
			outputs: [...running.outputs.values()],
			failed: running.failed,
			...(running.skipped > 0 && { skippedRecords: running.skipped }),
		};
		await this.#owner.completed(set.time, running.failed);
		this.#events.listener({ type: "BatchCompleted", batch: running.info });
		this.#open.delete(running);
		this.#owner.closed();
		this.#settleIdle();
	}

	#settleIdle(): void {
		if (this.#open.size > 0) return;
		for (const resolve of this.#idle.splice(0)) resolve();
	}
}

function describe(output: OutputSpec, time: number): OutputOperationInfo {
	const { origin } = output;
	const place =
		origin.execution !== undefined
			? `cell [${origin.execution}], line ${origin.line}`
			: `${origin.file ?? "?"}:${origin.line}`;
	return { batchTime: time, id: output.id, name: output.op, description: `${output.op} at ${place}` };
}
