// Values as MIME bundles: the `Jupyter.display` symbol, else text.
import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import { VIEW_MIME } from "../../engine/views/events.ts";
import type { DisplayBundle } from "../messages.ts";

/** Objects with a method of this name tell a notebook how they look: it returns a MIME bundle, or a promise of one. */
export const JUPYTER_DISPLAY: unique symbol = Symbol.for("Jupyter.display") as never;

/** MIME type → text, or plain JSON for `…+json` types. */
export interface MimeData {
	readonly [mime: string]: unknown;
}

/** Returns the bundle of a value. */
export function bundleOf(value: unknown): MimeData | Promise<MimeData> {
	if (value !== null && (typeof value === "object" || typeof value === "function")) {
		const method = (value as { [JUPYTER_DISPLAY]?: unknown })[JUPYTER_DISPLAY];
		if (typeof method === "function") {
			const made: unknown = method.call(value);
			if (isThenable(made)) return Promise.resolve(made).then(checked);
			return checked(made);
		}
	}
	return { "text/plain": textOf(value) };
}

/** Returns the text that stands for a value. */
export function textOf(value: unknown): string {
	return inspect(value, { depth: 4, maxArrayLength: 100, maxStringLength: 10_000, breakLength: 100 });
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
	readonly displayId?: string;
}

/** A display that can be changed later. */
export interface Displayed {
	readonly id: string;
	/** Shows another value in its place. */
	update(value: unknown, options?: Omit<DisplayOptions, "displayId">): Promise<void>;
}

/** Shows values through `send`; synchronous for values that need no await. */
export function makeDisplay(send: (display: DisplayBundle, update: boolean) => void) {
	const show = (value: unknown, options: DisplayOptions, id: string, update: boolean): void | Promise<void> => {
		const data = options.raw ? checked(value) : bundleOf(value);
		const post = (ready: MimeData): void => send({ data: ready, metadata: options.metadata, displayId: id }, update);
		return isThenable(data) ? data.then(post) : post(data);
	};
	return async (value: unknown, options: DisplayOptions = {}): Promise<Displayed> => {
		const id = options.displayId ?? randomUUID();
		await show(value, options, id, false);
		return { id, update: async (next, more = {}) => show(next, more, id, true) };
	};
}
