// A notebook for the engine without a kernel: cells are functions that may be run again.
import type { CellRef, EngineHost } from "../../../engine/index.ts";
import { RingHost } from "../../../engine/journal/index.ts";
import type { ViewEvent } from "../../../engine/views/events.ts";

/** Runs cells as the kernel does: replaced listeners before a second run, end listeners after each. */
export class FakeHost implements EngineHost {
	readonly exports: { [name: string]: unknown } = {};
	readonly events: ViewEvent[] = [];
	readonly errors: Error[] = [];
	readonly written: string[] = [];
	readonly bindings = {
		exports: this.exports,
		has: (name: string) => name in this.exports,
		get: (name: string) => this.exports[name],
		imported: () => undefined,
		locate: () => undefined,
	};
	#cell: CellRef | undefined;
	#executions = 0;
	readonly #ran = new Set<string>();
	readonly #rings = new Map<string, RingHost>();
	readonly #ends: (() => void)[] = [];
	readonly #replaced: ((cell: string) => void)[] = [];

	/** Runs a cell; a key that ran before replaces what it declared. */
	cell<T>(key: string, code: () => T): T {
		if (this.#ran.has(key)) for (const listener of this.#replaced) listener(key);
		this.#ran.add(key);
		this.#cell = { key, execution: ++this.#executions };
		try {
			return code();
		} finally {
			for (const listener of this.#ends) listener();
			this.#cell = undefined;
		}
	}

	currentCell(): CellRef | undefined {
		return this.#cell;
	}

	attach({ context, events, ring }: Parameters<EngineHost["attach"]>[0]): void {
		let host = this.#rings.get(context);
		if (host === undefined) {
			host = new RingHost();
			this.#rings.set(context, host);
		}
		host.attach(ring);
		events.on("message", (event: ViewEvent) => this.events.push(event));
		events.unref();
	}

	barrier(): void {}

	write(_cell: string | undefined, _stream: "stdout" | "stderr", text: string): void {
		this.written.push(text);
	}

	runAs<T>(_cell: string | undefined, f: () => T): T {
		return f();
	}

	onCellEnd(listener: () => void): void {
		this.#ends.push(listener);
	}

	onCellReplaced(listener: (cell: string) => void): void {
		this.#replaced.push(listener);
	}

	reportError(_cell: string | undefined, error: Error): void {
		this.errors.push(error);
	}
}
