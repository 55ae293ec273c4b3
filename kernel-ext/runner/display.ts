// Values as MIME bundles: the `Jupyter.display` symbol, else text.
import { randomUUID } from "node:crypto";
import { inspect, types } from "node:util";
import { VIEW_MIME } from "../../engine/views/events.ts";
import type { DisplayBundle } from "../messages.ts";
import { canvasBundle, chartBundle, elementBundle, imageBundle, isSvg } from "./media.ts";
import { JUPYTER_DISPLAY } from "./symbol.ts";
import { tableBundle } from "./tables.ts";
import { textOf } from "./text.ts";

/** MIME type → text, or plain JSON for `…+json` types. */
export interface MimeData {
	readonly [mime: string]: unknown;
}

/** Returns the bundle of a value: what its own `Jupyter.display` gives, else what it is known to be, else text. */
export function bundleOf(value: unknown): MimeData | Promise<MimeData> {
	if (typeof value === "string" && isSvg(value)) return { "image/svg+xml": value, "text/plain": textOf(value) };
	if (value === null || (typeof value !== "object" && typeof value !== "function"))
		return { "text/plain": textOf(value) };
	const method = (value as { [JUPYTER_DISPLAY]?: unknown })[JUPYTER_DISPLAY];
	if (typeof method === "function") {
		const made: unknown = method.call(value);
		if (isThenable(made)) return Promise.resolve(made).then(checked);
		return checked(made);
	}
	return known(value) ?? { "text/plain": textOf(value) };
}

/** What other libraries make. A getter that throws, or a value that only looks like one of them: shown as text. */
function known(value: object): MimeData | Promise<MimeData> | undefined {
	try {
		if (value instanceof Uint8Array) return imageBundle(value);
		if (value instanceof Blob && value.type.startsWith("image/"))
			return value.arrayBuffer().then((bytes) => imageBundle(new Uint8Array(bytes)) ?? { "text/plain": textOf(value) });
		if (types.isProxy(value)) return undefined;
		return elementBundle(value) ?? canvasBundle(value) ?? tableBundle(value) ?? chartBundle(value);
	} catch {
		return undefined;
	}
}

/** Returns a bundle with everything that cannot be JSON taken out. */
export function checked(made: unknown): MimeData {
	if (made === null || typeof made !== "object" || Array.isArray(made))
		throw new TypeError(
			`Jupyter.display must return an object of MIME types such as { "text/html": "…" }, not ${inspect(made)}`,
		);
	return Object.fromEntries(Object.entries(made).map(([mime, data]) => [mime, plain(mime, data)]));
}

function plain(mime: string, data: unknown): unknown {
	// A view is handed to the view host as it is; text is ready.
	if (mime === VIEW_MIME || typeof data === "string") return data;
	// Bytes are text in Jupyter: base64.
	if (data instanceof Uint8Array) return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64");
	try {
		return JSON.parse(JSON.stringify(data));
	} catch (cause) {
		const what = data === undefined || typeof data === "function" ? typeof data : (cause as Error).message;
		throw new TypeError(`The ${mime} of a display must be text, bytes or JSON: ${what}`, { cause });
	}
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
	return typeof (value as { then?: unknown } | null)?.then === "function";
}

/** How `display` shows a value. */
export interface DisplayOptions {
	/** True when `value` is a MIME bundle itself. */
	readonly raw?: boolean;
	readonly metadata?: { readonly [mime: string]: unknown };
	/** Id for later updates; a new one when absent. */
	readonly id?: string;
	/** The same as `id`. */
	readonly displayId?: string;
}

/** How a display is changed. */
export type UpdateOptions = Pick<DisplayOptions, "raw" | "metadata">;

/** A display that can be changed later. */
export interface Displayed {
	readonly id: string;
	/** Shows another value in its place. */
	update(value: unknown, options?: UpdateOptions): Promise<void>;
}

/** Shows values under the running cell, and changes what is shown. */
export interface Display {
	/**
	 * Shows a value under the running cell and returns a handle to change it later. With `{ raw: true }` the value is a
	 * MIME bundle: `display({ "text/html": "<b>hi</b>" }, { raw: true })`.
	 */
	(value: unknown, options?: DisplayOptions): Promise<Displayed>;
	/** Shows another value in every place where `display(…, { id })` has shown one. */
	update(id: string, value: unknown, options?: UpdateOptions): Promise<void>;
}

/** Shows values through `send`; synchronous for values that need no await. */
export function makeDisplay(send: (display: DisplayBundle, update: boolean) => void): Display {
	const show = (value: unknown, options: DisplayOptions, id: string, update: boolean): void | Promise<void> => {
		const data = options.raw ? checked(value) : bundleOf(value);
		const post = (ready: MimeData): void => send({ data: ready, metadata: options.metadata, displayId: id }, update);
		return isThenable(data) ? data.then(post) : post(data);
	};
	const update = async (id: string, value: unknown, options: UpdateOptions = {}): Promise<void> => {
		await show(value, options, String(id), true);
	};
	const display = async (value: unknown, options: DisplayOptions = {}): Promise<Displayed> => {
		const id = options.id ?? options.displayId ?? randomUUID();
		await show(value, options, id, false);
		return { id, update: (next, more) => update(id, next, more) };
	};
	return Object.assign(display, { update });
}
