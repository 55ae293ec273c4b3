// The engine's surroundings in a kernel: cells, bindings, view feed, output.
import type { MessagePort } from "node:worker_threads";
import type { NotebookBindings } from "../../engine/capture/types.ts";
import type { CellRef, EngineHost } from "../../engine/views/host.ts";
import type { Execution, ToProtocol } from "../messages.ts";

/** What the host needs of the runner. */
export interface HostParts {
	readonly bindings: NotebookBindings;
	readonly post: (message: ToProtocol, transfer?: readonly MessagePort[]) => void;
	readonly current: () => Execution | undefined;
	readonly ofKey: (key: string) => Execution | undefined;
	readonly runAs: <T>(execution: Execution, f: () => T) => T;
	readonly userFrame: (stack: string) => { line: number; column: number; file?: string } | undefined;
	readonly report: (cell: string | undefined, error: Error) => void;
	readonly streamSent: () => void;
}

/** Implements `EngineHost` on the notebook thread. */
export class KernelHost implements EngineHost {
	readonly bindings: NotebookBindings;
	readonly #parts: HostParts;
	readonly #cellEnd = new Set<() => void>();
	readonly #cellReplaced = new Set<(cell: string) => void>();
	readonly #interrupt = new Set<(cell: string | undefined, stopped: boolean) => void>();

	constructor(parts: HostParts) {
		this.bindings = parts.bindings;
		this.#parts = parts;
	}

	currentCell(): CellRef | undefined {
		const execution = this.#parts.current();
		return execution && { key: execution.key, execution: execution.count };
	}

	locate(stack: string): { line: number; column: number; file?: string } | undefined {
		return this.#parts.userFrame(stack);
	}

	attach(ports: { readonly context: string; readonly events: MessagePort; readonly ring: MessagePort }): void {
		this.#parts.post({ kind: "attach", ...ports }, [ports.events, ports.ring]);
	}

	barrier(run: number, seq: number): void {
		this.#parts.post({ kind: "barrier", run, seq });
	}

	write(cell: string | undefined, stream: "stdout" | "stderr", text: string): void {
		this.#parts.post({ kind: "cell-stream", key: cell ?? this.#parts.current()?.key, name: stream, text });
		this.#parts.streamSent();
	}

	openDisplay(displayId: string, text: string): void {
		this.#parts.post({
			kind: "display",
			exec: this.#parts.current()?.exec ?? 0,
			display: { data: { "text/plain": text }, displayId },
			update: false,
		});
	}

	runAs<T>(cell: string | undefined, f: () => T): T {
		const execution = cell === undefined ? undefined : this.#parts.ofKey(cell);
		return execution ? this.#parts.runAs(execution, f) : f();
	}

	onCellEnd(listener: () => void): void {
		this.#cellEnd.add(listener);
	}

	onCellReplaced(listener: (cell: string) => void): void {
		this.#cellReplaced.add(listener);
	}

	onInterrupt(listener: (cell: string | undefined, stopped: boolean) => void): void {
		this.#interrupt.add(listener);
	}

	reportError(cell: string | undefined, error: Error): void {
		this.#parts.report(cell, error);
	}

	/** Tells the engine that a cell or a callback has ended. */
	cellEnded(): void {
		for (const listener of this.#cellEnd) this.#guard(listener);
	}

	/** Tells the engine that the running cell was given up: nobody waits for what it has asked for. */
	interrupted(cell: string | undefined, stopped: boolean): void {
		for (const listener of this.#interrupt) this.#guard(() => listener(cell, stopped));
	}

	/** Tells the engine that a cell is run again or was deleted. */
	cellReplaced(key: string): void {
		for (const listener of this.#cellReplaced) this.#guard(() => listener(key));
	}

	#guard(f: () => void): void {
		try {
			f();
		} catch (error) {
			this.#parts.report(this.#parts.current()?.key, error as Error);
		}
	}
}
