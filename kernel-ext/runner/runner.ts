// The notebook thread: runs compiled cells one at a time and tells the protocol thread what they show.
import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import { constants, Script } from "node:vm";
import type { MessagePort } from "node:worker_threads";
import { VIEW_MIME } from "../../engine/views/events.ts";
import { installHost } from "../../engine/views/host.ts";
import type { CompiledCell } from "../cells/types.ts";
import { CellTexts, showError } from "../errors.ts";
import type { Execution, ToNotebook, ToProtocol } from "../messages.ts";
import type { SharedWords } from "../section.ts";
import { provideApi } from "./api.ts";
import { Bindings } from "./bindings.ts";
import { NotebookComms } from "./comms.ts";
import { bundleOf, type MimeData, makeDisplay } from "./display.ts";
import { bindEmitters } from "./emitters.ts";
import { KernelHost } from "./host.ts";
import { Input } from "./input.ts";
import { Modules } from "./modules.ts";
import { CellScripts } from "./stacks.ts";

type CellFunction = (exports: object, load: (specifier: unknown) => Promise<unknown>) => unknown;
type RunMessage = Extract<ToNotebook, { kind: "run" }>;

/** What the runner is made of. */
export interface RunnerParts {
	readonly port: MessagePort;
	readonly words: SharedWords;
	readonly folder: string;
	/** Ends the process for good; the sockets are closed. */
	readonly exit: (code: number) => void;
}

/** Characters of stream output per execution; a little more than the protocol thread shows, which says so. */
const MOST_PRINTED = 9 * 1024 * 1024;

/** Runs cells. */
export class Runner {
	readonly #parts: RunnerParts;
	readonly #storage = new AsyncLocalStorage<Execution>();
	readonly #scripts = new CellScripts();
	readonly #texts = new CellTexts();
	readonly #modules: Modules;
	readonly #bindings: Bindings;
	readonly #host: KernelHost;
	readonly #comms: NotebookComms;
	readonly #byKey = new Map<string, Execution>();
	/** Errors that were shown already: one failure, one error. */
	readonly #shown = new WeakSet<object>();
	/** The execution that was started last. */
	#last: Execution | undefined;
	/** What puts back names that the running cell has not reached. */
	#restore: { readonly exec: number; readonly run: () => void } | undefined;
	readonly #abandoned = new Set<number>();
	/** Characters printed by executions. */
	readonly #printed = new WeakMap<Execution, number>();

	constructor(parts: RunnerParts) {
		this.#parts = parts;
		this.#modules = new Modules(parts.folder);
		this.#bindings = new Bindings(this.#modules.from, (url, line, column) => this.#scripts.locate(url, line, column));
		const current = (): Execution | undefined => this.#storage.getStore() ?? this.#last;
		this.#host = new KernelHost({
			bindings: this.#bindings,
			post: (message, transfer) => this.#post(message, transfer),
			current,
			ofKey: (key) => this.#byKey.get(key),
			runAs: (execution, f) => this.#storage.run(execution, f),
			userFrame: (stack) => this.#scripts.userFrame(stack),
			report: (cell, error) => this.#reportLater(cell, error),
			streamSent: () => parts.words.streamSent(),
		});
		this.#comms = new NotebookComms({
			post: (message) => this.#post(message),
			exec: () => current()?.exec ?? 0,
			bind: (listener) => AsyncResource.bind(listener),
		});
		const input = new Input(
			(question) => this.#post({ kind: "input", exec: current()?.exec ?? 0, ...question }, [question.port]),
			parts.words,
		);
		input.install();
		bindEmitters(this.#storage);
		provideApi({
			comms: this.#comms,
			input,
			display: makeDisplay((display, update) =>
				this.#post({ kind: "display", exec: current()?.exec ?? 0, display, update }),
			),
			clearOutput: (wait) => this.#post({ kind: "clear", exec: current()?.exec ?? 0, wait }),
		});
		(globalThis as { require?: unknown }).require = this.#modules.require;
		installHost(this.#host);
		this.#scripts.install();
		process.on("uncaughtException", (error) => this.#stray(error));
		process.on("unhandledRejection", (reason) => this.#stray(reason));
		parts.port.on("message", (message: ToNotebook) => this.#receive(message));
	}

	/** Shows text that was written to a standard stream; false when no cell has run yet. */
	write(name: "stdout" | "stderr", text: string): boolean {
		const execution = this.#storage.getStore() ?? this.#last;
		if (!execution) return false;
		// Nobody sees it: a cell that prints without end costs nothing from here on.
		const before = this.#printed.get(execution) ?? 0;
		if (before > MOST_PRINTED) return true;
		this.#printed.set(execution, before + text.length);
		this.#post({ kind: "stream", exec: execution.exec, name, text: text.slice(0, MOST_PRINTED) });
		// Outside of the kernel section: a cell that waits here can be interrupted.
		this.#parts.words.streamSent();
		return true;
	}

	#post(message: ToProtocol, transfer: readonly MessagePort[] = []): void {
		this.#parts.words.kernel(() => this.#parts.port.postMessage(message, transfer));
	}

	#receive(message: ToNotebook): void {
		switch (message.kind) {
			case "run":
				this.#start(message);
				return;
			case "abandon":
				this.#abandoned.add(message.exec);
				this.#restoreNames(message.exec);
				this.#cellEnded();
				return;
			case "interrupted":
				this.#parts.words.kernel(() => this.#host.interrupted(this.#last?.key, message.stopped));
				return;
			case "cells-gone":
				this.#parts.words.kernel(() => {
					for (const key of message.keys) this.#host.cellReplaced(key);
				});
				return;
			case "ping":
				// Called from the event loop: whatever a terminate has cut is off the stack.
				this.#parts.words.resetSection();
				this.#post({ kind: "pong", id: message.id });
				return;
			case "comm":
				try {
					this.#comms.receive(message);
				} catch (error) {
					this.#stray(error);
				}
				this.#post({ kind: "comm-done", id: message.id });
				this.#cellEnded();
				return;
			case "exit":
				this.#parts.exit(message.code);
				return;
		}
	}

	#start(message: RunMessage): void {
		const { execution, cell } = message;
		this.#post({ kind: "started", exec: execution.exec });
		this.#last = execution;
		this.#byKey.set(execution.key, execution);
		this.#scripts.add(cell.url, cell.map, execution);
		this.#texts.add(cell.url, message.code, execution.count);
		this.#storage.run(execution, () => void this.#run(message));
	}

	async #run(message: RunMessage): Promise<void> {
		const { execution, cell, result } = message;
		try {
			const started = this.#evaluate(cell, execution);
			const value = cell.async || started.loading ? await started.value : started.value;
			if (result === "return") {
				const made = bundleOf(value);
				const { [VIEW_MIME]: _live, ...data } = made instanceof Promise ? await made : made;
				this.#end(execution, { kind: "done", exec: execution.exec, data });
				return;
			}
			if (cell.hasResult && value !== undefined && !this.#abandoned.has(execution.exec)) {
				const bundle = bundleOf(value);
				const data: MimeData = bundle instanceof Promise ? await bundle : bundle;
				this.#post({ kind: "result", exec: execution.exec, display: { data }, live: false });
			}
			this.#end(execution, { kind: "done", exec: execution.exec });
		} catch (error) {
			if (typeof error === "object" && error !== null) this.#shown.add(error);
			this.#restoreNames(execution.exec);
			this.#end(execution, { kind: "done", exec: execution.exec, error: showError(error, this.#texts) });
		}
	}

	/** Runs the cell now when all its modules load at once, else after them. */
	#evaluate(cell: CompiledCell, execution: Execution): { loading: boolean; value: unknown } {
		const loaded = cell.modules.map((specifier) => this.#modules.load(specifier));
		const evaluate = (values: readonly unknown[]): unknown => {
			const restore = this.#bindings.prepare(cell);
			this.#restore = { exec: execution.exec, run: restore };
			const modules = new Map(cell.modules.map((specifier, index) => [specifier, values[index]]));
			this.#bindings.bindImports(cell, modules, (specifier) => this.#modules.portable(specifier));
			const head = cell.async ? "(async function (exports, __import) {" : "(function (exports, __import) {";
			const script = new Script(`${head}\n${cell.body}\n})`, {
				filename: cell.url,
				lineOffset: -1,
				importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
			});
			const f = script.runInThisContext() as CellFunction;
			return f(this.#bindings.exports, (specifier) => this.#modules.import(specifier));
		};
		if (loaded.some((value) => value instanceof Promise))
			return { loading: true, value: Promise.all(loaded).then(evaluate) };
		return { loading: false, value: evaluate(loaded) };
	}

	#cellEnded(): void {
		this.#parts.words.kernel(() => this.#host.cellEnded());
	}

	#restoreNames(exec: number): void {
		if (this.#restore?.exec !== exec) return;
		this.#restore.run();
		this.#restore = undefined;
	}

	#end(execution: Execution, done: Extract<ToProtocol, { kind: "done" }>): void {
		this.#cellEnded();
		// After the ticks and microtasks that the cell has left behind: their output and lost rejections are the cell's.
		setImmediate(() => {
			const abandoned = this.#abandoned.delete(execution.exec);
			this.#post(abandoned ? { kind: "ended", exec: execution.exec } : done);
		});
	}

	/** An error that nobody caught: shown under the cell whose work threw it. */
	#stray(error: unknown): void {
		if (typeof error === "object" && error !== null) {
			if (this.#shown.has(error)) return;
			this.#shown.add(error);
		}
		const exec = (this.#storage.getStore() ?? this.#last)?.exec;
		this.#post({ kind: "error", exec, error: showError(error, this.#texts) });
	}

	/** Shows a failed batch, unless an await of the notebook throws the same error by then. */
	#reportLater(cell: string | undefined, error: Error): void {
		setImmediate(() => {
			if (this.#shown.has(error)) return;
			this.#shown.add(error);
			this.#post({ kind: "error", key: cell ?? this.#last?.key, error: showError(error, this.#texts) });
		});
	}
}
