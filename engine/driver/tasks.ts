// TaskScheduler: gives tasks to executors, retries them, replaces executors that die.
import { countShared } from "../data/index.ts";
import { decodeError, type EncodedError, streamError } from "../errors/index.ts";
import type { AccumulatorUpdate } from "../plan/handles.ts";
import type { DataRef, ExecutorReport, FnRef, Input, Pipe, StateUse, Task, TaskResult } from "../plan/stage.ts";
import type { Spawner, Started } from "../runtime/index.ts";
import type { FunctionRegistry } from "./rdds.ts";
import type { StateTracker } from "./state-tracker.ts";

/** Tasks an executor is given before it has finished the last one: hides the time a message takes. */
const TASKS_PER_EXECUTOR = 2;

/** A set of tasks that succeed or fail together. */
export interface TaskSet {
	readonly job: number;
	readonly tasks: readonly Omit<Task, "id" | "attempt">[];
}

/** A set that runs; once one of its tasks has failed for good, no other is begun again. */
interface RunningSet {
	failed: Error | undefined;
}

interface Pending {
	readonly set: RunningSet;
	task: Task;
	readonly uses: readonly StateUse[];
	readonly fns: readonly FnRef[];
	failures: number;
	avoid: number;
	done: boolean;
	readonly settle: (result: TaskResult | undefined, error?: Error) => void;
}

interface Slot {
	readonly index: number;
	started: Started;
	readonly known: Set<string>;
	/** In the order they were sent, which is the order they run in. */
	readonly running: Map<number, Pending>;
	/** Told to end: what it still says does not count. */
	ended: boolean;
}

/** What the scheduler tells its owner. */
export interface TaskEvents {
	/** A task ended well: its state versions and kept partitions exist now, even if its job has failed meanwhile. */
	finished(result: TaskResult, executor: number, batchTime: number): void;
	/** Returns a partition that is kept by now. */
	kept(key: string): DataRef | undefined;
	/** A task has added to accumulators, and counts. */
	accumulated(updates: readonly AccumulatorUpdate[]): void;
	executorAdded(executor: number): void;
	executorLost(executor: number, reason: string): void;
	console(stream: "stdout" | "stderr", text: string, cell: string | undefined): void;
}

/** Runs task sets on a fixed number of executors. */
export class TaskScheduler {
	readonly #slots: Slot[] = [];
	readonly #queue: Pending[] = [];
	readonly #spawner: Spawner;
	readonly #functions: FunctionRegistry;
	readonly #states: StateTracker;
	readonly #events: TaskEvents;
	readonly #maxFailures: number;
	readonly #options: { readonly cacheBytes: number };
	#nextTask = 1;
	#stopped = false;
	/** Jobs that were cancelled: their further stages do not begin. */
	#cancelled = new Map<number, Error>();

	constructor(
		spawner: Spawner,
		count: number,
		functions: FunctionRegistry,
		states: StateTracker,
		events: TaskEvents,
		options: { readonly maxFailures: number; readonly cacheBytes: number },
	) {
		this.#spawner = spawner;
		this.#functions = functions;
		this.#states = states;
		this.#events = events;
		this.#maxFailures = options.maxFailures;
		this.#options = options;
		for (let index = 0; index < count; index++) this.#slots.push(this.#start(index));
	}

	#start(index: number): Slot {
		const started = this.#spawner.spawn("executor", {
			index,
			cacheBytes: this.#options.cacheBytes,
			ownThread: this.#spawner.mode === "threads",
		});
		const slot: Slot = { index, started, known: new Set(), running: new Map(), ended: false };
		started.port.on("message", (report: ExecutorReport) => this.#take(slot, report));
		started.onExit((reason) => this.#lost(slot, reason));
		this.#events.executorAdded(index);
		return slot;
	}

	/**
	 * Runs all tasks of a set; resolves with their results in order, or rejects with the first failure for good, when
	 * nobody works on the set any more: a task that ended later would change state behind the next batch's back.
	 */
	run(set: TaskSet): Promise<TaskResult[]> {
		return new Promise((resolve, reject) => {
			const cancelled = this.#cancelled.get(set.job);
			if (cancelled !== undefined) {
				reject(cancelled);
				return;
			}
			const results: TaskResult[] = [];
			const running: RunningSet = { failed: undefined };
			let open = set.tasks.length;
			if (open === 0) resolve([]);
			set.tasks.forEach((spec, index) => {
				const task: Task = { ...spec, id: this.#nextTask++, attempt: 0 };
				const { uses, fns } = needs(task);
				const settle = (result: TaskResult | undefined, error?: Error) => {
					open--;
					if (error === undefined) results[index] = result as TaskResult;
					else if (running.failed === undefined) {
						running.failed = error;
						for (let i = this.#queue.length - 1; i >= 0; i--) {
							if (this.#queue[i].set !== running) continue;
							this.#queue[i].done = true;
							this.#queue.splice(i, 1);
							open--;
						}
					}
					if (open > 0) return;
					if (running.failed === undefined) resolve(results);
					else reject(running.failed);
				};
				this.#queue.push({ set: running, task, uses, fns, failures: 0, avoid: -1, done: false, settle });
			});
			this.#dispatch();
		});
	}

	/**
	 * Ends the tasks of a job: queued ones are dropped, running ones end with their executor, which is replaced. Returns
	 * whether there were any.
	 */
	cancel(job: number, reason: string): boolean {
		const error = streamError("STREAM_CANCELLED", { message: `job ${job} was cancelled: ${reason}` });
		this.#cancelled.set(job, error);
		for (const old of this.#cancelled.keys()) if (this.#cancelled.size > 1000) this.#cancelled.delete(old);
		const mine = this.#queue.filter((pending) => pending.task.job === job);
		for (const slot of this.#slots) {
			const running = [...slot.running.values()].filter((pending) => pending.task.job === job);
			if (running.length === 0) continue;
			for (const pending of running) slot.running.delete(pending.task.id);
			mine.push(...running);
			slot.ended = true;
			slot.started.terminate();
		}
		for (const pending of mine) {
			if (pending.done) continue;
			pending.done = true;
			const at = this.#queue.indexOf(pending);
			if (at >= 0) this.#queue.splice(at, 1);
			pending.settle(undefined, error);
		}
		return mine.length > 0;
	}

	/** Ends an executor as a crash would. */
	kill(index: number): void {
		this.#slots[index]?.started.terminate();
	}

	/** Tells executors what they no longer need. */
	forget(what: {
		readonly keys?: readonly string[];
		readonly functions?: readonly FnRef[];
		readonly stores?: readonly string[];
	}): void {
		const message = {
			kind: "forget",
			keys: what.keys ?? [],
			functions: what.functions ?? [],
			stores: what.stores ?? [],
		};
		for (const slot of this.#slots) {
			for (const ref of message.functions) slot.known.delete(`${ref.key}@${ref.version}`);
			slot.started.port.postMessage(message);
		}
	}

	stop(): void {
		this.#stopped = true;
		for (const slot of this.#slots) {
			slot.started.dismiss();
			slot.started.terminate();
		}
	}

	#dispatch(): void {
		for (let i = 0; i < this.#queue.length; ) {
			const slot = this.#choose(this.#queue[i]);
			if (slot === undefined) i++;
			else this.#send(slot, this.#queue.splice(i, 1)[0]);
		}
	}

	#choose(pending: Pending): Slot | undefined {
		for (const use of pending.uses) {
			const owner = this.#states.owner(use.store, use.partition);
			if (owner === undefined) continue;
			const slot = this.#slots[owner];
			return hasRoom(slot) ? slot : undefined;
		}
		// Partitions with state or kept data of their own start out evenly spread and stay where they are.
		if (pending.uses.length > 0 || pending.task.sink.kind === "action") {
			const home = this.#slots[pending.task.partition % this.#slots.length];
			if (home.index !== pending.avoid && hasRoom(home)) return home;
		}
		let best: Slot | undefined;
		for (const slot of this.#slots) {
			if (!hasRoom(slot)) continue;
			if (slot.index === pending.avoid && this.#slots.length > 1) continue;
			if (best === undefined || slot.running.size < best.running.size) best = slot;
		}
		return best;
	}

	#send(slot: Slot, pending: Pending): void {
		const define = [];
		for (const ref of pending.fns) {
			const name = `${ref.key}@${ref.version}`;
			if (slot.known.has(name)) continue;
			slot.known.add(name);
			define.push({ ...ref, ...this.#functions.get(ref) });
		}
		for (const use of pending.uses) {
			const owned = this.#states.owner(use.store, use.partition) === slot.index;
			// Another job of the batch may have made the version meanwhile: made twice, the batch would count twice.
			if (this.#states.version(use.store, use.partition) === use.to) use.from = use.to;
			use.restore = owned && pending.failures === 0 ? undefined : this.#states.image(use.store, use.partition);
		}
		// With the state, its results may have been kept meanwhile.
		if (pending.uses.length > 0) pending.task = { ...pending.task, pipes: this.#withKept(pending.task.pipes) };
		slot.running.set(pending.task.id, pending);
		try {
			if (define.length > 0) slot.started.port.postMessage({ kind: "define", functions: define });
			slot.started.port.postMessage({ kind: "run", task: pending.task });
		} catch (error) {
			slot.running.delete(pending.task.id);
			pending.done = true;
			pending.settle(undefined, error as Error);
		}
	}

	#withKept(pipes: readonly Pipe[]): Pipe[] {
		return pipes.map((pipe) => {
			const { input } = pipe;
			if (input.kind === "op")
				return { ...pipe, input: { ...input, inputs: input.inputs.map((of) => this.#withKept(of)) } };
			if (input.kind !== "materialize") return pipe;
			const ref = this.#events.kept(input.key);
			if (ref !== undefined) return { ...pipe, input: { kind: "data", data: ref.data, key: input.key } };
			return { ...pipe, input: { ...input, pipes: this.#withKept(input.pipes) } };
		});
	}

	#take(slot: Slot, report: ExecutorReport): void {
		if (slot.ended) return;
		switch (report.kind) {
			case "ready":
				return;
			case "console":
				this.#events.console(report.stream, report.text, report.cell);
				return;
			case "task-done": {
				const pending = slot.running.get(report.task);
				slot.running.delete(report.task);
				countShared(bytesOf(report.result));
				// Versions first: the executor holds them now, whatever has become of the job.
				this.#events.finished(report.result, slot.index, pending?.task.batchTime ?? 0);
				if (pending !== undefined && !pending.done && pending.task.attempt === report.attempt) {
					for (const use of pending.uses) this.#states.moved(use.store, use.partition, slot.index);
					pending.done = true;
					// Once per partition of a job: what a second attempt has added is not taken.
					if (report.result.accumulators !== undefined) this.#events.accumulated(report.result.accumulators);
					pending.settle(report.result);
				}
				this.#dispatch();
				return;
			}
			case "task-failed": {
				const pending = slot.running.get(report.task);
				slot.running.delete(report.task);
				if (pending !== undefined && !pending.done) this.#retry(pending, slot.index, report.error, report.missingState);
				this.#dispatch();
				return;
			}
		}
	}

	#retry(pending: Pending, executor: number, error: EncodedError, missingState: boolean): void {
		for (const use of pending.uses) {
			if (this.#states.owner(use.store, use.partition) === executor) this.#states.disown(use.store, use.partition);
		}
		pending.failures++;
		pending.avoid = missingState ? -1 : executor;
		pending.task.attempt++;
		if (pending.set.failed !== undefined || (!missingState && pending.failures >= this.#maxFailures)) {
			pending.done = true;
			pending.settle(undefined, decodeError(error));
			return;
		}
		this.#queue.unshift(pending);
	}

	#lost(slot: Slot, reason: string): void {
		if (this.#stopped) return;
		this.#states.lost(slot.index);
		this.#events.executorLost(slot.index, reason);
		const orphans = [...slot.running.values()].filter((pending) => !pending.done);
		this.#slots[slot.index] = this.#start(slot.index);
		orphans.forEach((pending, index) => {
			// Only the first was running; and an executor that was told to end did not die of its task.
			if (index === 0 && !slot.ended) pending.failures++;
			pending.task.attempt++;
			if (pending.set.failed === undefined && pending.failures < this.#maxFailures) {
				this.#queue.unshift(pending);
				return;
			}
			pending.done = true;
			pending.settle(
				undefined,
				streamError("STREAM_TASK", {
					step: pending.task.stage,
					message: `the executor ended ${pending.failures} times while it ran this task: ${reason}`,
					way: "look for a record or function that ends the thread (memory, process.exit)",
				}),
			);
		});
		this.#dispatch();
	}
}

function hasRoom(slot: Slot): boolean {
	return !slot.ended && slot.running.size < TASKS_PER_EXECUTOR;
}

/** Collects the state partitions and functions a task needs. */
function needs(task: Task): { uses: StateUse[]; fns: FnRef[] } {
	const uses: StateUse[] = [];
	const fns = new Map<string, FnRef>();
	const take = (refs: { readonly [role: string]: FnRef }) => {
		for (const role in refs) {
			const ref = refs[role];
			if (!ref.key.startsWith("builtin:")) fns.set(`${ref.key}@${ref.version}`, ref);
		}
	};
	const walk = (pipes: readonly Pipe[]) => {
		for (const pipe of pipes) {
			for (const step of pipe.steps) take(step.fns);
			walkInput(pipe.input);
		}
	};
	const walkInput = (input: Input) => {
		if (input.kind === "shuffle") {
			if (input.combine !== undefined) take({ combine: input.combine });
		} else if (input.kind === "materialize") walk(input.pipes);
		else if (input.kind === "op") {
			take(input.fns);
			if (input.state !== undefined) uses.push(input.state);
			for (const pipes of input.inputs) walk(pipes);
		}
	};
	walk(task.pipes);
	if (task.sink.kind === "action") take(task.sink.fns);
	else if (task.sink.combine !== undefined) take({ combine: task.sink.combine });
	return { uses, fns: [...fns.values()] };
}

function bytesOf({ segments, materialized, states }: TaskResult): number {
	let bytes = 0;
	for (const segment of segments) bytes += segment.byteLength;
	for (const { ref } of materialized) bytes += ref.data.byteLength;
	for (const { base, delta } of states) bytes += (base?.byteLength ?? 0) + (delta?.byteLength ?? 0);
	return bytes;
}
