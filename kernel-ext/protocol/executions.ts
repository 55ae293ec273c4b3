// Runs execute_requests one after another: compile, run on the notebook thread, reply, idle.
import type { CellCompiler, CellDiagnostic, CompiledCell } from "../cells/types.ts";
import type { ShownError, ToNotebook, ToProtocol } from "../messages.ts";
import { helpName, helpPayload } from "./help.ts";
import type { History } from "./history.ts";
import type { Iopub } from "./iopub.ts";
import type { Requests, Started } from "./requests.ts";
import type { Message } from "./wire.ts";

/** Time for requests already sent to arrive before a failure aborts them. */
const ABORT_DRAIN_MS = 10;
/** Longest wait for views before a cell's idle. */
const BARRIER_MS = 10_000;

/** A cell that is not taken up for this long is kept waiting by the rest of an interrupted one. */
const ZOMBIE_MS = 500;

/** What an execution needs of the kernel. */
export interface ExecutionContext {
	readonly compiler: () => Promise<CellCompiler>;
	readonly folder: string;
	readonly post: (message: ToNotebook) => void;
	readonly iopub: Iopub;
	readonly requests: Requests;
	readonly history: History;
	readonly busy: (message: Message) => void;
	readonly idle: (message: Message) => void;
	readonly reply: (message: Message, content: object) => void;
	readonly cellsGone: (keys: readonly string[]) => void;
	readonly beforeIdle: () => Promise<void>;
	/** Ends whatever code keeps the notebook thread from taking up an execution. */
	readonly clearWay: (started: () => boolean) => Promise<void>;
	/** The cell has ended, with `error` or without. */
	readonly settleErrors: (error: ShownError | undefined) => void;
	/** The execution is over or was given up: what it asked for is not waited for any more. */
	readonly over: (exec: number) => void;
}

type Done = Extract<ToProtocol, { kind: "done" }>;

interface Outcome {
	readonly error?: ShownError;
	readonly expressions: { readonly [name: string]: object };
	readonly payload?: readonly object[];
}

/** What an interrupted cell reports. */
export const INTERRUPTED: ShownError = {
	ename: "KeyboardInterrupt",
	evalue: "Interrupted",
	traceback: ["\u001b[31mInterrupted\u001b[39m: the cell was stopped; the kernel and its variables are still there."],
};

/** The queue of execute_requests. */
export class Executions {
	readonly #context: ExecutionContext;
	#queue: Message[] = [];
	#running = false;
	#count = 0;
	#scripts = 0;
	/** Highest count that a script is named after. */
	#named = 0;
	#committed: Promise<void> = Promise.resolve();
	#abandon: (() => (awaiting: boolean) => void) | undefined;
	/** Ends the wait for views of a cell that has ended. */
	#hurry: (() => void) | undefined;
	/** The execution that the notebook thread took up last. */
	#started = 0;
	/** Abandoned executions whose rest may still run. */
	readonly #zombies = new Set<number>();
	#dones = new Map<number, (done: Done) => void>();

	constructor(context: ExecutionContext) {
		this.#context = context;
	}

	/** Queues an execute_request. */
	add(message: Message): void {
		this.#queue.push(message);
		if (!this.#running) void this.#drain();
	}

	/** The execution that the notebook thread took up last. */
	get taken(): number {
		return this.#started;
	}

	/** The notebook thread reports the end of a cell. */
	done(message: Done): void {
		this.#dones.get(message.exec)?.(message);
	}

	/** The notebook thread has taken an execution up. */
	started(exec: number): void {
		this.#started = exec;
	}

	/** An abandoned execution has come to its end. */
	ended(exec: number): void {
		this.#zombies.delete(exec);
	}

	/**
	 * Gives up the running request: its cell is not started any more and its later output is dropped. Returns what
	 * answers the request as interrupted; to be called when the notebook thread is free again. `awaiting`: nothing was
	 * stopped, the rest of the cell may still run when what it awaits comes.
	 */
	abandon(): (awaiting: boolean) => void {
		this.#hurry?.();
		return this.#abandon?.() ?? (() => {});
	}

	async #drain(): Promise<void> {
		this.#running = true;
		for (let message = this.#queue.shift(); message; message = this.#queue.shift()) {
			const failed = await this.#execute(message).catch((error) => this.#broken(message, error));
			if (failed && message.content.stop_on_error !== false) this.#abort(failed);
		}
		this.#running = false;
	}

	/** The kernel itself failed: the request is answered all the same. */
	#broken(message: Message, error: unknown): undefined {
		const { idle, reply, requests } = this.#context;
		process.emitWarning(`A cell was not executed: ${(error as Error)?.stack ?? error}`);
		reply(message, { status: "error", execution_count: this.#count, ...compilerError(error) });
		requests.current = undefined;
		idle(message);
	}

	#abort(queued: readonly Message[]): void {
		const { busy, idle, reply } = this.#context;
		for (const message of queued) {
			busy(message);
			reply(message, { status: "aborted" });
			idle(message);
		}
	}

	/** Resolves with the requests to abort when the execution failed. */
	async #execute(message: Message): Promise<readonly Message[] | undefined> {
		const { busy, idle, reply, requests, iopub, history, cellsGone, beforeIdle } = this.#context;
		const code = String(message.content.code ?? "");
		const silent = message.content.silent === true;
		const stored = !silent && message.content.store_history !== false;
		if (stored) {
			this.#count++;
			history.add(this.#count, code);
		}
		const count = this.#count;
		const deleted = message.metadata.deletedCells;
		if (Array.isArray(deleted) && deleted.length > 0) cellsGone(deleted.map(String));
		const started = requests.start(message, count, silent, stored);
		busy(message);
		if (!silent) iopub.publish("execute_input", { code, execution_count: count }, message.header);
		const outcome = await this.#outcome(message, code, started);
		const { error, payload = [] } = outcome;
		this.#context.over(started.exec);
		let failed: readonly Message[] | undefined;
		this.#context.settleErrors(error);
		if (error) {
			if (!silent) iopub.publish("error", error, message.header);
			if (message.content.stop_on_error !== false) await new Promise((resolve) => setTimeout(resolve, ABORT_DRAIN_MS));
			failed = this.#queue;
			if (message.content.stop_on_error !== false) this.#queue = [];
		}
		// Views and late stream output belong before the reply: clients stop listening soon after it.
		let timer: NodeJS.Timeout | undefined;
		const limit = new Promise<void>((resolve) => {
			timer = setTimeout(resolve, BARRIER_MS);
			this.#hurry = resolve;
		});
		if (!started.abandoned) await Promise.race([beforeIdle(), limit]);
		this.#hurry = undefined;
		clearTimeout(timer);
		// Events that came with the barrier.
		this.#context.settleErrors(error);
		iopub.flush();
		reply(
			message,
			error
				? { status: "error", execution_count: count, ...error, user_expressions: {} }
				: { status: "ok", execution_count: count, payload, user_expressions: outcome.expressions },
		);
		requests.current = undefined;
		idle(message);
		return failed;
	}

	async #outcome(message: Message, code: string, started: Started & { again: boolean }): Promise<Outcome> {
		const interrupted = new Promise<undefined>((resolve) => {
			this.#abandon = () => {
				started.abandoned = true;
				this.#context.post({ kind: "abandon", exec: started.exec });
				return (awaiting) => {
					if (awaiting && this.#dones.has(started.exec)) this.#zombies.add(started.exec);
					resolve(undefined);
				};
			};
		});
		try {
			const help = helpName(code);
			if (help) {
				const asked = this.#context.compiler().then((compiler) => helpPayload(compiler, help, this.#context.folder));
				const payload = await Promise.race([asked, interrupted]);
				return payload ? { expressions: {}, payload: [payload] } : { error: INTERRUPTED, expressions: {} };
			}
			const ran = await this.#runCode(code, started, interrupted, "show", () => {
				if (started.again) this.#context.cellsGone([started.key]);
			});
			if (ran.error) return { error: ran.error, expressions: {} };
			const expressions: { [name: string]: object } = {};
			const asked = message.content.user_expressions;
			for (const [name, expression] of Object.entries(asked && typeof asked === "object" ? asked : {})) {
				const value = await this.#runCode(String(expression), started, interrupted, "return");
				expressions[name] = value.error
					? { status: "error", ...value.error }
					: { status: "ok", data: value.data ?? { "text/plain": "undefined" }, metadata: {} };
			}
			if (started.abandoned) return { error: INTERRUPTED, expressions: {} };
			return { expressions };
		} finally {
			this.#abandon = undefined;
			this.#dones.delete(started.exec);
		}
	}

	async #runCode(
		code: string,
		started: Started,
		interrupted: Promise<undefined>,
		result: "show" | "return",
		beforeRun?: () => void,
	): Promise<{ error?: ShownError; data?: object }> {
		// The number of the cell as the user sees it, unless it was not counted.
		const counted = result === "show" && started.count > this.#named;
		if (counted) this.#named = started.count;
		const name = counted ? `cell-${started.count}.ts` : `cell-${started.count}-${++this.#scripts}.ts`;
		const compiler = await Promise.race([this.#context.compiler(), interrupted]).catch(compilerError);
		if (!compiler) return { error: INTERRUPTED };
		if ("ename" in compiler) return { error: compiler };
		await this.#committed;
		const compiling = compiler.compile({ url: name, code, folder: this.#context.folder });
		const compiled = await Promise.race([compiling, interrupted]).catch(compilerError);
		if (!compiled) return { error: INTERRUPTED };
		if ("ename" in compiled) return { error: compiled };
		if (!compiled.ok) return { error: diagnosticsError(compiled.diagnostics) };
		if (started.abandoned) {
			await interrupted;
			return { error: INTERRUPTED };
		}
		beforeRun?.();
		this.#context.requests.texts.add(name, code, started.count);
		const done = await Promise.race([this.#runCell(compiled.cell, code, started, result), interrupted]);
		if (result === "show")
			this.#committed = compiler.commit(name).catch((error) => {
				process.emitWarning(`The names of ${name} were not remembered: ${(error as Error).message}`);
			});
		if (!done) return { error: INTERRUPTED };
		return { error: done.error, data: done.data };
	}

	/** The rest of an interrupted cell may spin when this one is to start, and nobody would see why it does not. */
	#watch(execution: Started): void {
		const begun = (): boolean => this.#started >= execution.exec || execution.abandoned;
		setTimeout(() => {
			if (!begun()) void this.#context.clearWay(begun);
		}, ZOMBIE_MS);
	}

	#runCell(cell: CompiledCell, code: string, started: Started, result: "show" | "return"): Promise<Done> {
		return new Promise((resolve) => {
			this.#dones.set(started.exec, resolve);
			const { exec, key, count } = started;
			this.#context.post({ kind: "run", execution: { exec, key, count }, cell, code, result });
			if (this.#zombies.size > 0) this.#watch(started);
		});
	}
}

function compilerError(error: unknown): ShownError {
	const text = error instanceof Error ? error.message : String(error);
	return {
		ename: "CompilerError",
		evalue: text,
		traceback: [`\u001b[31mThe cell could not be compiled\u001b[39m: ${text}`],
	};
}

/** Returns type errors in the form of a run-time error. */
export function diagnosticsError(diagnostics: readonly CellDiagnostic[]): ShownError {
	const first = diagnostics[0];
	const more = diagnostics.length > 1 ? ` (and ${diagnostics.length - 1} more)` : "";
	return {
		ename: "TypeScriptError",
		evalue: first ? `TS${first.code}: ${first.message} (${first.line}:${first.column})${more}` : "unknown",
		traceback: diagnostics.flatMap((diagnostic) => [
			`\u001b[31mTS${diagnostic.code}\u001b[39m at line ${diagnostic.line}, column ${diagnostic.column}: ${diagnostic.message}`,
			...(diagnostic.frame ? diagnostic.frame.split("\n") : []),
		]),
	};
}
