// An executor: takes tasks from its port one after another. Never blocks on I/O.
import type { MessagePort } from "node:worker_threads";
import { userError } from "../capture/user-error.ts";
import { encodeError } from "../errors/index.ts";
import type { ExecutorCommand, ExecutorReport, Task, TaskResult } from "../plan/stage.ts";
import { DecodedCache } from "./cache.ts";
import { TaskConsole } from "./console.ts";
import { withDeterminism } from "./determinism.ts";
import { type Evaluation, evaluate, mustWait, settle } from "./evaluate.ts";
import { FunctionTable } from "./functions.ts";
import { describe, LoopCache, RecordFailure, takeSkipped } from "./loops.ts";
import { MissingState, StateStore } from "./store.ts";

/** Limits of one executor. */
export interface ExecutorOptions {
	readonly index: number;
	/** Encoded bytes of partitions that may also be held decoded. */
	readonly cacheBytes: number;
	/** True in a thread of its own: `console` of user functions is then sent to the driver. */
	readonly ownThread: boolean;
}

/** Serves `port` until it is told to shut down. */
export class Executor {
	readonly #port: MessagePort;
	readonly #evaluation: Evaluation;
	#cell: string | undefined;
	#console: TaskConsole | undefined;

	constructor(port: MessagePort, options: ExecutorOptions) {
		this.#port = port;
		const functions = new FunctionTable();
		this.#evaluation = {
			functions,
			loops: new LoopCache(functions),
			cache: new DecodedCache(options.cacheBytes),
			store: new StateStore(),
		};
		// In-process the console is the program's own.
		if (options.ownThread) {
			this.#console = new TaskConsole((stream, text) =>
				this.#post({ kind: "console", stream, text, cell: this.#cell }),
			);
			this.#console.install();
		}
		port.on("message", (command: ExecutorCommand) => this.#receive(command));
		this.#post({ kind: "ready" });
	}

	#post(report: ExecutorReport): void {
		this.#port.postMessage(report);
	}

	#take(command: ExecutorCommand): void {
		switch (command.kind) {
			case "define":
				for (const { fn, step, ...ref } of command.functions) this.#evaluation.functions.define(ref, fn, step);
				return;
			case "run":
				if (mustWait(command.task.pipes)) void this.#await(command.task);
				else this.#run(command.task);
				return;
			case "forget":
				for (const key of command.keys) this.#evaluation.cache.drop(key);
				this.#evaluation.functions.forget(command.functions);
				this.#evaluation.store.forget(command.stores);
				return;
			case "shut-down":
				this.#port.close();
				return;
		}
	}

	/** Commands that came while a task waits: they follow it in their order. */
	#waiting: ExecutorCommand[] | undefined;

	#receive(command: ExecutorCommand): void {
		if (this.#waiting === undefined || command.kind === "shut-down") this.#take(command);
		else this.#waiting.push(command);
	}

	async #await(task: Task): Promise<void> {
		this.#waiting = [];
		this.#cell = task.cell;
		const settled = await settle(this.#evaluation, task);
		const waiting = this.#waiting;
		this.#waiting = undefined;
		this.#run(settled);
		for (const command of waiting) this.#receive(command);
	}

	#run(task: Task): void {
		this.#cell = task.cell;
		takeSkipped();
		try {
			const made = withDeterminism(task, () => evaluate(this.#evaluation, task));
			const accumulators = this.#evaluation.functions.handles.take();
			const result = accumulators.length === 0 ? made : { ...made, accumulators };
			// What a task printed comes before its end: a notebook that waits for the batch then has it all.
			this.#console?.taskEnded();
			this.#post({
				kind: "task-done",
				task: task.id,
				attempt: task.attempt,
				result: withSkipped(result, takeSkipped()),
			});
		} catch (error) {
			this.#evaluation.functions.handles.drop();
			this.#console?.taskEnded();
			this.#post({
				kind: "task-failed",
				task: task.id,
				attempt: task.attempt,
				error: encodeError(this.#explain(error)),
				missingState: error instanceof MissingState,
			});
		} finally {
			this.#cell = undefined;
		}
	}

	#explain(thrown: unknown): unknown {
		if (!(thrown instanceof RecordFailure)) return thrown;
		const { error, record, step } = thrown;
		return userError(error, { step, ...(record !== undefined && { record: describe(record.value) }) });
	}
}

function withSkipped(result: TaskResult, skipped: number): TaskResult {
	return skipped === 0 ? result : { ...result, skipped };
}
