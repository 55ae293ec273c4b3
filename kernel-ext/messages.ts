// What the notebook thread and the protocol thread say to each other: plain data over one MessagePort.
import type { MessagePort } from "node:worker_threads";
import type { CompiledCell } from "./cells/types.ts";

/** An error as the front end shows it. */
export interface ShownError {
	readonly ename: string;
	readonly evalue: string;
	readonly traceback: readonly string[];
}

/** Identity of one execution; `exec` grows by 1 per request that runs code, `key` is the cell's. */
export interface Execution {
	readonly exec: number;
	readonly key: string;
	/** Execution count shown to the user. */
	readonly count: number;
}

/** Data, metadata and id of a display. */
export interface DisplayBundle {
	readonly data: { readonly [mime: string]: unknown };
	readonly metadata?: { readonly [mime: string]: unknown };
	readonly displayId?: string;
}

/** What the protocol thread gives the notebook thread at start. */
export interface RunnerOptions {
	/** Folder that relative imports start at. */
	readonly folder: string;
}

/** Protocol thread → notebook thread. */
export type ToNotebook =
	| {
			readonly kind: "run";
			readonly execution: Execution;
			readonly cell: CompiledCell;
			/** What the user typed, for the excerpts of errors. */
			readonly code: string;
			/** `show`: display the result; `return`: send it back (user_expressions). */
			readonly result: "show" | "return";
	  }
	/** The execution was answered without waiting for it (interrupt): its late output is dropped. */
	| { readonly kind: "abandon"; readonly exec: number }
	/** The user has interrupted: what was on the stack is gone, and nobody waits for what the cell has asked for. */
	| { readonly kind: "interrupted"; readonly stopped: boolean }
	/** Keys of cells that are run again or were deleted. */
	| { readonly kind: "cells-gone"; readonly keys: readonly string[] }
	| { readonly kind: "ping"; readonly id: number }
	| {
			readonly kind: "comm";
			readonly id: number;
			readonly event: "open" | "msg" | "close";
			readonly commId: string;
			readonly target: string;
			readonly data: unknown;
			readonly metadata: unknown;
			readonly buffers: readonly Uint8Array[];
	  }
	| { readonly kind: "exit"; readonly code: number };

/** Notebook thread → protocol thread. `exec` names the execution that output belongs to. */
export type ToProtocol =
	| { readonly kind: "stream"; readonly exec: number; readonly name: "stdout" | "stderr"; readonly text: string }
	| {
			readonly kind: "cell-stream";
			readonly key: string | undefined;
			readonly name: "stdout" | "stderr";
			readonly text: string;
	  }
	| { readonly kind: "display"; readonly exec: number; readonly display: DisplayBundle; readonly update: boolean }
	| { readonly kind: "clear"; readonly exec: number; readonly wait: boolean }
	/** Error outside of a reply: a lost rejection, a timer that threw, a failed batch. */
	| { readonly kind: "error"; readonly exec?: number; readonly key?: string; readonly error: ShownError }
	| { readonly kind: "result"; readonly exec: number; readonly display: DisplayBundle; readonly live: boolean }
	/** The notebook thread has taken the execution up. */
	| { readonly kind: "started"; readonly exec: number }
	/** An abandoned execution has come to its end after all. */
	| { readonly kind: "ended"; readonly exec: number }
	| { readonly kind: "done"; readonly exec: number; readonly error?: ShownError; readonly data?: DisplayBundle["data"] }
	| { readonly kind: "barrier"; readonly run: number; readonly seq: number }
	/** A driver has started; drivers of one context share a ring. */
	| { readonly kind: "attach"; readonly context: string; readonly events: MessagePort; readonly ring: MessagePort }
	| { readonly kind: "pong"; readonly id: number }
	| { readonly kind: "comm-target"; readonly target: string; readonly open: boolean }
	| {
			readonly kind: "comm-send";
			readonly event: "open" | "msg" | "close";
			readonly exec: number;
			readonly commId: string;
			readonly target: string;
			readonly data: unknown;
			readonly metadata: unknown;
			readonly buffers: readonly Uint8Array[];
	  }
	/** The notebook thread has handled comm message `id`. */
	| { readonly kind: "comm-done"; readonly id: number }
	/** The running cell asks the user; `port` takes one `InputAnswer` (protocol/stdin.ts). */
	| {
			readonly kind: "input";
			readonly exec: number;
			readonly prompt: string;
			readonly password: boolean;
			readonly port: MessagePort;
	  }
	/** The process was asked to interrupt (SIGINT). */
	| { readonly kind: "interrupt" }
	/** User code called process.exit: close the sockets, then set the closed word. */
	| { readonly kind: "exiting"; readonly code: number };

/** What the protocol thread is started with. */
export interface ProtocolStart {
	readonly connectionFile: string;
	readonly folder: string;
	readonly notebook: MessagePort;
	/** See `section.ts`. */
	readonly words: SharedArrayBuffer;
	/** `performance.timeOrigin` of the process, for the start-up figures. */
	readonly startedAt: number;
}
