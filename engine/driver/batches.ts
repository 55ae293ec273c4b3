// JobScheduler: runs the jobs of one batch after another and tells listeners of every transition.
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
	/** All outputs of a batch have ended. */
	completed(time: number, failed: boolean): Promise<void>;
	/** The part of a batch that executors work on has ended. */
	computed(time: number): void;
}

interface Running {
	readonly set: JobSet;
	info: BatchInfo;
	readonly outputs: Map<number, OutputOperationInfo>;
	readonly jobs: Set<number>;
	failed: boolean;
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

	/** Job ids of a batch that run now. */
	jobsOf(time: number): number[] {
		return [...this.#open].filter(({ set }) => set.time === time).flatMap(({ jobs }) => [...jobs]);
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
		const running: Running = { set, info, outputs: new Map(), jobs: new Set(), failed: false };
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
		for (let running = this.#queue.shift(); running !== undefined; running = this.#queue.shift()) await this.#run(running);
		this.#busy = false;
	}

	async #run(running: Running): Promise<void> {
		const { set } = running;
		running.info = { ...running.info, processingStartTime: Date.now() };
		running.info = { ...running.info, schedulingDelay: (running.info.processingStartTime as number) - running.info.submissionTime };
		this.#events.listener({ type: "BatchStarted", batch: running.info });
		const later: Promise<void>[] = [];
		for (const { output, rdd } of set.jobs) {
			const done = this.#output(running, output, rdd);
			if (this.#outputs.isNotebook(output)) later.push(done);
			else await done;
		}
		this.#owner.computed(set.time);
		const complete = Promise.all(later).then(() => this.#complete(running));
		if (later.length === 0) await complete;
	}

	async #output(running: Running, output: OutputSpec, rdd: Rdd): Promise<void> {
		const { set } = running;
		const begun = { ...describe(output, set.time), startTime: Date.now() };
		running.outputs.set(output.id, begun);
		this.#events.listener({ type: "OutputOperationStarted", output: begun });
		const context = this.#outputs.job(output, set.time);
		running.jobs.add(context.job);
		let failureReason: string | undefined;
		try {
			const numbered = output.op === "view" ? { ...output, params: { ...output.params, batch: set.number } } : output;
			await this.#outputs.run(numbered, rdd, set.time, context);
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
		};
		await this.#owner.completed(set.time, running.failed);
		this.#events.listener({ type: "BatchCompleted", batch: running.info });
		this.#open.delete(running);
		this.#settleIdle();
	}

	#settleIdle(): void {
		if (this.#open.size > 0) return;
		for (const resolve of this.#idle.splice(0)) resolve();
	}
}

function describe(output: OutputSpec, time: number): OutputOperationInfo {
	const { origin } = output;
	const place = origin.execution !== undefined ? `cell [${origin.execution}], line ${origin.line}` : `${origin.file ?? "?"}:${origin.line}`;
	return { batchTime: time, id: output.id, name: output.op, description: `${output.op} at ${place}` };
}
