// The contexts of this process: at most one is active, and a cell that is run again replaces what it made.
import type { EngineHost } from "../views/host.ts";

/** What the registry may ask of a context. */
export interface Owned {
	/** Cell that made the context. */
	readonly cell: string | undefined;
	/** Execution of the cell that made it. */
	readonly execution: number | undefined;
	cellReplaced(cell: string): void;
	cellEnded(): void;
	/** Ends the context because the cell that made it runs again. */
	replaced(): void;
}

/** What an interrupt reaches: anything that runs jobs. */
export interface Interruptible {
	interrupted(cell: string | undefined, stopped: boolean): void;
}

const sessions = new Set<Interruptible>();
const interrupting = new WeakSet<EngineHost>();

/** Lets `session` hear of interrupts until it is taken out. */
export function interruptible(session: Interruptible, host: EngineHost | undefined): void {
	if (host?.onInterrupt === undefined) return;
	sessions.add(session);
	if (interrupting.has(host)) return;
	interrupting.add(host);
	host.onInterrupt((cell, stopped) => {
		for (const each of sessions) each.interrupted(cell, stopped);
	});
}

/** Lets a stopped session go. */
export function uninterruptible(session: Interruptible): void {
	sessions.delete(session);
}

const contexts = new Set<Owned>();
const hosts = new WeakSet<EngineHost>();

/** The context that was started and not stopped. */
export const ActiveContext: { current: { readonly startedAt: string } | undefined } = { current: undefined };

/** Takes a context in: its cell replaces the context it made before, and it hears of cells that end or run again. */
export function owning(context: Owned, host: EngineHost | undefined): void {
	if (context.cell !== undefined)
		for (const other of contexts)
			if (other.cell === context.cell && other.execution !== context.execution) other.replaced();
	contexts.add(context);
	if (host === undefined || hosts.has(host)) return;
	hosts.add(host);
	host.onCellEnd(() => {
		for (const each of contexts) each.cellEnded();
	});
	host.onCellReplaced((cell) => {
		for (const each of contexts) each.cellReplaced(cell);
	});
}

/** Lets a stopped context go. */
export function disown(context: Owned): void {
	contexts.delete(context);
}
