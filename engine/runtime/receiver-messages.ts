// What the driver and the receiver host say to each other.
import type { CapturedFunction } from "../capture/types.ts";
import type { BlockRef } from "../plan/operators.ts";
import type { Plain } from "../plan/types.ts";

/** A receiver to run: its source's operator name and parameters. */
export interface ReceiverSpec {
	readonly stream: string;
	readonly op: string;
	readonly name: string;
	readonly params: { readonly [name: string]: Plain };
	readonly functions: { readonly [role: string]: CapturedFunction };
}

/** Driver → receiver host. */
export type ReceiverCommand =
	| { readonly kind: "start"; readonly receiver: ReceiverSpec }
	| { readonly kind: "stop" }
	/** Close the open blocks: what came before this message belongs to the batch that asks. */
	| { readonly kind: "cut"; readonly id: number }
	/** Too many batches wait: sources wait, too. */
	| { readonly kind: "hold"; readonly on: boolean }
	/** Bytes that have been worked on. */
	| { readonly kind: "credit"; readonly bytes: number };

/** Receiver host → driver. */
export type ReceiverReport =
	| { readonly kind: "block"; readonly stream: string; readonly block: BlockRef }
	| { readonly kind: "cut-done"; readonly id: number }
	| { readonly kind: "started"; readonly stream: string }
	| { readonly kind: "error"; readonly stream: string; readonly message: string; readonly detail: string }
	| { readonly kind: "stopped"; readonly stream: string; readonly message: string; readonly detail: string }
	| { readonly kind: "all-stopped" };

/** Set-up of a receiver host. */
export interface ReceiverOptions {
	readonly blockInterval: number;
	readonly maxInputBytes: number;
	/** Bytes received before and not yet worked on (after a restart of the host). */
	readonly outstanding: number;
	/** Distinguishes the blocks of this host from those of the one before. */
	readonly generation: number;
}
