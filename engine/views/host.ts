// What surrounds the engine: a Jupyter kernel, a web page, or plain Node.
import type { MessagePort } from "node:worker_threads";
import type { NotebookBindings } from "../capture/types.ts";

/** Identity of the code that is running on the notebook thread. */
export interface CellRef {
	/** Key for replacement: `metadata.cellId`, else one per execution. */
	readonly key: string;
	/** Execution count shown to the user. */
	readonly execution: number;
}

/**
 * The surroundings of the engine on the notebook thread. A kernel installs one with `installHost`;
 * without one the engine prints to the console and keeps the ring itself.
 */
export interface EngineHost {
	/** The cell that runs now (also in its timers and promises), if any. */
	currentCell(): CellRef | undefined;
	/** The names of the notebook, for capture and live variables. */
	readonly bindings?: NotebookBindings;
	/** Source-maps the user frames of a stack: the first frame that is the user's, as an origin. */
	locate?(stack: string): { line: number; column: number; file?: string } | undefined;
	/**
	 * Called for every driver that starts, also after a restart. `events` delivers `ViewEvent`s and takes
	 * `ViewCommand`s; `ring` is served by the one `RingHost` (`engine/journal`) of `context`, in a thread that user code
	 * cannot block.
	 */
	attach(ports: { readonly context: string; readonly events: MessagePort; readonly ring: MessagePort }): void;
	/** An await of the notebook has seen events up to `seq` of `run`: publish them before the cell's idle. */
	barrier(run: number, seq: number): void;
	/** Output of engine code on the notebook thread that belongs to a cell. */
	write(cell: string | undefined, stream: "stdout" | "stderr", text: string): void;
	/** Shows `text` in the running cell under a display id, for an output that will rewrite it batch by batch. */
	openDisplay?(displayId: string, text: string): void;
	/** Runs `f` as if it were part of `cell`: its output and errors go there. */
	runAs<T>(cell: string | undefined, f: () => T): T;
	/** Registers what to do at the end of every cell and callback: compare live variables. */
	onCellEnd(listener: () => void): void;
	/** Registers what to do when a cell is run again or deleted: replace what it declared. */
	onCellReplaced(listener: (cell: string) => void): void;
	/**
	 * Registers what to do when the user interrupts: end the jobs that nobody waits for any more. `cell` ran last;
	 * `stopped`: code on the notebook thread was ended by force, it neither returned nor threw.
	 */
	onInterrupt?(listener: (cell: string | undefined, stopped: boolean) => void): void;
	/** A batch of an output owned by `cell` failed or an expectation did not hold; shown under the cell. */
	reportError(cell: string | undefined, error: Error): void;
}

let host: EngineHost | undefined;

/** Makes `next` the surroundings of every context made from now on (kernel: once at start). */
export function installHost(next: EngineHost | undefined): void {
	host = next;
}

/** Returns the installed surroundings, or undefined in plain Node. */
export function installedHost(): EngineHost | undefined {
	return host;
}
