// A notebook without a kernel: cells are functions, names live on an object, everything shown is collected.
import type { MessagePort } from "node:worker_threads";
import type { NotebookBindings } from "../../../engine/capture/types.ts";
import { installHost } from "../../../engine/index.ts";
import { RingHost } from "../../../engine/journal/index.ts";
import type { ViewCommand, ViewEvent } from "../../../engine/views/events.ts";
import type { CellRef, EngineHost } from "../../../engine/views/host.ts";

export class FakeHost implements EngineHost {
	readonly exports: { [name: string]: unknown } = {};
	readonly bindings: NotebookBindings;
	readonly events: ViewEvent[] = [];
	readonly written: { cell: string | undefined; text: string }[] = [];
	readonly reported: { cell: string | undefined; error: Error }[] = [];
	readonly barriers: { run: number; seq: number }[] = [];
	readonly #waiting = new Set<() => void>();
	#ports: MessagePort[] = [];
	#rings = new Map<string, RingHost>();
	#cell: CellRef | undefined;
	#executions = 0;
	#known = new Set<string>();
	#ended: (() => void)[] = [];
	#replaced: ((cell: string) => void)[] = [];

	constructor() {
		const { exports } = this;
		this.bindings = {
			exports,
			has: (name) => Object.hasOwn(exports, name),
			get: (name) => exports[name],
			imported: () => undefined,
			locate: () => undefined,
		};
	}

	/** Makes this the host of all contexts made inside `body`. */
	async during<T>(body: () => Promise<T>): Promise<T> {
		installHost(this);
		try {
			return await body();
		} finally {
			installHost(undefined);
			for (const port of this.#ports) port.close();
		}
	}

	/** Runs a cell; one that was run before is replaced. */
	cell<T>(key: string, code: () => T): T {
		if (this.#known.has(key)) for (const listener of this.#replaced) listener(key);
		this.#known.add(key);
		this.#cell = { key, execution: ++this.#executions };
		try {
			return code();
		} finally {
			this.#cell = undefined;
			for (const listener of this.#ended) listener();
		}
	}

	/** Deletes a cell, as the front end tells with the next execution. */
	delete(key: string): void {
		this.#known.delete(key);
		for (const listener of this.#replaced) listener(key);
		for (const listener of this.#ended) listener();
	}

	/** Presses a button of a view. */
	press(command: ViewCommand): void {
		this.#ports.at(-1)?.postMessage(command);
	}

	currentCell(): CellRef | undefined {
		return this.#cell;
	}

	attach({ context, events, ring }: { context: string; events: MessagePort; ring: MessagePort }): void {
		let host = this.#rings.get(context);
		if (host === undefined) {
			host = new RingHost();
			this.#rings.set(context, host);
		}
		host.attach(ring);
		this.#ports.push(events);
		events.on("message", (event: ViewEvent) => {
			this.events.push(event);
			for (const look of [...this.#waiting]) look();
		});
		events.unref();
	}

	/** Resolves when the feed has brought everything up to the last barrier: it comes by another port than answers do. */
	async caughtUp(): Promise<void> {
		const last = this.barriers.at(-1);
		if (last === undefined) return;
		await new Promise<void>((resolve) => {
			const look = () => {
				if (!this.events.some(({ run, seq }) => run === last.run && seq >= last.seq)) return;
				this.#waiting.delete(look);
				resolve();
			};
			this.#waiting.add(look);
			look();
		});
	}

	barrier(run: number, seq: number): void {
		this.barriers.push({ run, seq });
	}

	write(cell: string | undefined, _stream: "stdout" | "stderr", text: string): void {
		this.written.push({ cell, text });
	}

	runAs<T>(_cell: string | undefined, f: () => T): T {
		return f();
	}

	onCellEnd(listener: () => void): void {
		this.#ended.push(listener);
	}

	onCellReplaced(listener: (cell: string) => void): void {
		this.#replaced.push(listener);
	}

	reportError(cell: string | undefined, error: Error): void {
		this.reported.push({ cell, error });
	}
}
