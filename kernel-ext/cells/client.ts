// The cell compiler as a thread: the interface of the in-process compiler, kept alive over crashes of the thread.
import { type ResourceLimits, Worker } from "node:worker_threads";
import type { CompilerOptions } from "./host.ts";
import type { CompilerAnswers, CompilerReply, CompilerRequest } from "./messages.ts";
import type { CellCompiler, CompileRequest, CompileResult, Completions } from "./types.ts";

/** Settings of the compiler thread. */
export interface CompilerThreadSettings {
	/** Heap limits of the thread; by default those of Node. */
	readonly resourceLimits?: ResourceLimits;
	/** @internal Module of the thread; by default the one beside this file. */
	readonly entry?: URL;
}

/** A request without its number. */
type Body = CompilerRequest extends infer R ? (R extends { id: number } ? Omit<R, "id"> : never) : never;

interface Waiting {
	readonly message: CompilerRequest;
	readonly resolve: (value: never) => void;
	readonly reject: (error: Error) => void;
	/** How often the thread died while this request was the oldest. */
	deaths: number;
}

/** Compiled cells that never ran are remembered up to this number. */
const COMPILED = 16;

/**
 * Starts the compiler in a thread and returns at once; requests wait until it is warm. A thread that dies is replaced:
 * the cells that ran are compiled again, and open requests are sent again (one that kills the thread twice is rejected).
 */
export function startCompilerThread(options: CompilerOptions, settings: CompilerThreadSettings = {}): CellCompiler {
	return new CompilerThread(options, settings);
}

class CompilerThread implements CellCompiler {
	readonly #options: CompilerOptions;
	readonly #settings: CompilerThreadSettings;
	readonly #waiting = new Map<number, Waiting>();
	readonly #committed: CompileRequest[] = [];
	readonly #compiled = new Map<string, CompileRequest>();
	#worker: Worker | undefined;
	#ready = false;
	#failedStarts = 0;
	#ids = 0;
	#disposed = false;

	constructor(options: CompilerOptions, settings: CompilerThreadSettings) {
		this.#options = options;
		this.#settings = settings;
		this.#start();
	}

	async compile(request: CompileRequest): Promise<CompileResult> {
		const result = await this.#ask("compile", { kind: "compile", request });
		if (result.ok) {
			this.#compiled.delete(request.url);
			this.#compiled.set(request.url, request);
			const oldest = this.#compiled.keys().next().value;
			if (this.#compiled.size > COMPILED && oldest !== undefined) this.#compiled.delete(oldest);
		}
		return result;
	}

	async commit(url: string): Promise<void> {
		await this.#ask("commit", { kind: "commit", url });
		const request = this.#compiled.get(url);
		this.#compiled.delete(url);
		if (request) this.#committed.push(request);
	}

	complete(code: string, cursor: number, folder: string): Promise<Completions> {
		return this.#ask("complete", { kind: "complete", code, cursor, folder });
	}

	isComplete(code: string): Promise<CompilerAnswers["is-complete"]> {
		return this.#ask("is-complete", { kind: "is-complete", code });
	}

	async dispose(): Promise<void> {
		this.#disposed = true;
		this.#rejectAll(new Error("The cell compiler was closed."));
		await this.#worker?.terminate();
	}

	#ask<K extends Body["kind"]>(_kind: K, body: Body & { kind: K }): Promise<CompilerAnswers[K]> {
		if (this.#disposed) return Promise.reject(new Error("The cell compiler was closed; start another one."));
		return new Promise<CompilerAnswers[K]>((resolve, reject) => {
			const message = { ...body, id: ++this.#ids } as CompilerRequest;
			this.#waiting.set(message.id, { message, resolve, reject, deaths: 0 });
			if (!this.#worker) this.#start();
			else this.#worker.postMessage(message);
			this.#worker?.ref();
		});
	}

	#start(): void {
		// The same file name in the sources and in the build.
		const extension = import.meta.url.endsWith(".ts") ? ".ts" : ".js";
		const worker = new Worker(this.#settings.entry ?? new URL(`./thread${extension}`, import.meta.url), {
			name: "compiler",
			workerData: this.#options,
			resourceLimits: this.#settings.resourceLimits,
		});
		this.#worker = worker;
		this.#ready = false;
		let reason: Error | undefined;
		worker.on("error", (error) => {
			reason = error instanceof Error ? error : new Error(String(error));
		});
		worker.on("exit", (code) => this.#ended(worker, reason ?? new Error(`exit code ${code}`)));
		worker.on("message", (reply: CompilerReply) => this.#receive(reply));
		if (this.#committed.length > 0 || this.#compiled.size > 0) {
			const restore: CompilerRequest = {
				kind: "restore",
				id: 0,
				committed: this.#committed,
				compiled: [...this.#compiled.values()],
			};
			worker.postMessage(restore);
		}
		for (const { message } of this.#waiting.values()) worker.postMessage(message);
		if (this.#waiting.size === 0) worker.unref();
	}

	#receive(reply: CompilerReply): void {
		switch (reply.kind) {
			case "ready":
				this.#ready = true;
				this.#failedStarts = 0;
				return;
			case "done":
			case "failed": {
				const waiting = this.#waiting.get(reply.id);
				if (!waiting) return;
				this.#waiting.delete(reply.id);
				// An idle compiler keeps no process alive.
				if (this.#waiting.size === 0) this.#worker?.unref();
				if (reply.kind === "done") {
					waiting.resolve(reply.value as never);
					return;
				}
				const error = new Error(reply.error.message);
				error.name = reply.error.name;
				error.stack = reply.error.stack;
				waiting.reject(error);
				return;
			}
		}
	}

	#ended(worker: Worker, reason: Error): void {
		if (this.#disposed || worker !== this.#worker) return;
		this.#worker = undefined;
		if (!this.#ready && ++this.#failedStarts >= 2) {
			// It will not come up by itself; the next request tries again.
			this.#rejectAll(new Error(`The cell compiler does not start: ${reason.message}`, { cause: reason }));
			return;
		}
		const oldest = this.#ready ? this.#waiting.values().next().value : undefined;
		if (oldest && ++oldest.deaths >= 2) {
			this.#waiting.delete(oldest.message.id);
			const text = `The cell compiler ended twice while it worked on this cell: ${reason.message}. Split the cell, or simplify its types.`;
			oldest.reject(new Error(text, { cause: reason }));
		}
		this.#start();
	}

	#rejectAll(error: Error): void {
		const all = [...this.#waiting.values()];
		this.#waiting.clear();
		for (const { reject } of all) reject(error);
	}
}
