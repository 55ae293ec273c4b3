// What code in the protocol thread may publish: displays, comms, widget models. Parent rules live behind it.
import type { MessagePort } from "node:worker_threads";
import type { EncodedError } from "../../engine/errors/codec.ts";
import type { ViewDescription } from "../../engine/views/events.ts";
import type { Header } from "./wire.ts";

/** Plain JSON data. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** A MIME bundle: type → text, or an object for `…+json` types. */
export type MimeBundle = { readonly [mime: string]: unknown };

/** A comm message from a front end. `data` is the comm's own payload, `buffers` the binary frames. */
export interface CommMessage {
	readonly kind: "open" | "msg" | "close";
	readonly commId: string;
	readonly target: string;
	readonly data: { readonly [name: string]: unknown };
	readonly metadata: { readonly [name: string]: unknown };
	readonly buffers: readonly Uint8Array[];
	/** Header of the front end's message: the parent of direct answers. */
	readonly header: Header;
}

/** Called for every message of a comm, in order. The request's `idle` waits for a returned promise. */
export type CommHandler = (message: CommMessage) => void | Promise<void>;

/**
 * How a message finds its parent. Absent: the request executing now, else the request that opened the comm or
 * made the display. A header: that request (direct answers to a front end's message).
 */
export type Parent = Header | undefined;

/** Description of a comm that the kernel opens. */
export interface CommOpening {
	/** Unique id; a new uuid when absent. */
	readonly id?: string;
	readonly target: string;
	readonly data: { readonly [name: string]: unknown };
	readonly metadata?: { readonly [name: string]: unknown };
	readonly buffers?: readonly Uint8Array[];
	/** Cell that owns the comm: the opener when nothing executes. */
	readonly cellKey?: string;
}

/** State of a widget model; `Uint8Array`, other typed arrays and `DataView` values travel as binary buffers. */
export type ModelState = { readonly [name: string]: unknown };

/**
 * A widget model (AFM or any other) that lives in the protocol thread. Registered models answer `request_state`
 * and the widget control comm by themselves, so pages can be reloaded at any time.
 */
export interface WidgetModel {
	readonly id: string;
	/** The whole state as the front end would get it now. */
	readonly state: ModelState;
	/** Changes keys and sends an `update` with them; `{ publish: false }` only changes what a reload would see. */
	set(state: ModelState, options?: { readonly publish?: boolean }): void;
	/** Sends a custom message. */
	send(content: unknown, buffers?: readonly Uint8Array[], parent?: Parent): void;
	/** Custom messages of the front ends. */
	onCustom(handler: (content: unknown, buffers: readonly Uint8Array[], header: Header) => void | Promise<void>): void;
	/** Keys a front end has changed (already part of `state`, already echoed to the other pages). */
	onUpdate(handler: (changed: ModelState, header: Header) => void | Promise<void>): void;
	/** A page (re)loaded: it has asked for the state of this model. */
	onStateRequest(handler: (header: Header) => void): void;
	/** The front end or the kernel closed the comm. */
	onClose(handler: () => void): void;
	close(): void;
}

/** An error to publish. */
export interface OutputError {
	readonly ename: string;
	readonly evalue: string;
	readonly traceback: readonly string[];
	readonly encoded?: EncodedError;
}

/** The publishing side of the protocol thread. All calls return at once; messages leave in the order of the calls. */
export interface Outputs {
	/** Header of the execute_request that runs now, if any. */
	readonly currentRequest: Header | undefined;
	/** Key of the cell that runs now, if any. */
	readonly currentCell: string | undefined;
	/** True once an execute_request carried `metadata.cellId` (a JupyterLab-like front end). */
	readonly sawCellId: boolean;
	/** Header of the newest execute_request of a cell. */
	requestOf(cellKey: string): Header | undefined;

	/** Opens a comm and returns its id. Target `jupyter.widget` also registers the model (see `openModel`). */
	commOpen(comm: CommOpening): string;
	commMsg(
		id: string,
		data: { readonly [name: string]: unknown },
		buffers?: readonly Uint8Array[],
		metadata?: { readonly [name: string]: unknown },
		parent?: Parent,
	): void;
	commClose(id: string, data?: { readonly [name: string]: unknown }, parent?: Parent): void;
	/** Handles the messages (also `close`) of one comm in the protocol thread. */
	onCommMessage(id: string, handler: CommHandler): void;
	/** Handles front-end-opened comms of a target in the protocol thread (messages `open`, `msg`, `close`). */
	registerTarget(target: string, handler: CommHandler): void;

	/** Opens a widget model on target `jupyter.widget`. Widget state without `_view_count` etc. is completed by nobody: give all keys. */
	openModel(state: ModelState, cellKey?: string): WidgetModel;

	/** Publishes `display_data` under the cell (parent: the cell's newest request). */
	displayData(
		cellKey: string,
		bundle: MimeBundle,
		metadata?: { readonly [mime: string]: unknown },
		displayId?: string,
	): void;
	/** Publishes `update_display_data` (parent: the request executing now, else the display's own). */
	updateDisplayData(displayId: string, bundle: MimeBundle, metadata?: { readonly [mime: string]: unknown }): void;
	/** Publishes text under a cell (parent: the cell's newest request); coalesced, flushed before idle. */
	stream(cellKey: string | undefined, name: "stdout" | "stderr", text: string): void;
	/**
	 * Publishes an `error` output under a cell, outside of its reply. `traceback` is the lines of the stack in the user's
	 * positions: frames of kernel and engine are taken out, the line of the cell is shown. With `encoded` the whole
	 * error is shown instead, with its causes: the place in the cell is often in the cause.
	 */
	error(cellKey: string | undefined, error: OutputError): void;
}

/** A point of the event feed that must be on the screen before a cell's idle. */
export interface Barrier {
	readonly run: number;
	readonly seq: number;
}

/**
 * What draws live views; made by `createViewHost(outputs)` of `kernel-ext/views/host.ts` in the protocol thread,
 * on the first attached driver or opened view.
 */
export interface ViewHost {
	/** A driver has started: `port` delivers `ViewEvent`s and takes `ViewCommand`s. */
	attachEvents(port: MessagePort): void;
	/** A cell displayed a live view: publish its first display_data (before the cell's reply). */
	open(description: ViewDescription, cellKey: string): void | Promise<void>;
	/** Resolves when every view is published up to the barriers; a request's idle waits for it (at most 10 s). */
	beforeIdle(barriers: readonly Barrier[]): Promise<void>;
	/** A cell is run again or was deleted: its views are gone. */
	cellReplaced(cellKey: string): void;
	/** The kernel shuts down: publish last states. At most 300 ms are waited for. */
	dispose(): void | Promise<void>;
}

/** Signature of `createViewHost` in `kernel-ext/views/host.ts`. */
export type CreateViewHost = (outputs: Outputs) => ViewHost;
