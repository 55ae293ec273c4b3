// Receivers by the name of their source's operator.
import type { CapturedFunction } from "../capture/types.ts";
import type { BlockRef } from "../plan/operators.ts";
import type { Plain } from "../plan/types.ts";

/** A receiver that runs. All calls come from the receiver host's thread. */
export interface RunningReceiver {
	/** Closes the open block now. */
	cut(): void;
	/** Stops receiving; what was received is handed over first. */
	stop(): void;
	pause(): void;
	resume(): void;
}

/** What a receiver may use. */
export interface Supervisor {
	readonly params: { readonly [name: string]: Plain };
	readonly functions: { readonly [role: string]: CapturedFunction };
	/** True while sources are to wait. */
	paused(): boolean;
	/** The source is connected. */
	started(): void;
	block(block: Omit<BlockRef, "id">): void;
	/** Tells listeners and views of an error; the receiver goes on. */
	reportError(message: string, error?: unknown): void;
	/** Stops the receiver and starts it again after a while that grows with each failure in a row. */
	restart(message: string, error?: unknown): void;
}

/** Starts a receiver. */
export type ReceiverFactory = (supervisor: Supervisor) => RunningReceiver;

const factories = new Map<string, ReceiverFactory>();

/** Makes a receiver known under the operator name of its source. */
export function registerReceiver(op: string, factory: ReceiverFactory): void {
	factories.set(op, factory);
}

/** Returns the receiver of a source; throws when there is none. */
export function receiverOf(op: string): ReceiverFactory {
	const found = factories.get(op);
	if (found === undefined) throw new Error(`the source "${op}" has no receiver`);
	return found;
}

/** Tells whether a source has a receiver. */
export function hasReceiver(op: string): boolean {
	return factories.has(op);
}
