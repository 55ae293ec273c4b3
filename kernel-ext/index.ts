// The door `millrace/kernel`: displays, questions and comms for notebook code.
import { kernelApi } from "./runner/api.ts";
import type { Comm, CommData, CommListener, TargetHandler } from "./runner/comms.ts";
import type { Display, Displayed, DisplayOptions, MimeData, UpdateOptions } from "./runner/display.ts";
import type { InputOptions } from "./runner/input.ts";

export { html, Markup, type MarkupTag, md, svg } from "./runner/markup.ts";
export { JUPYTER_DISPLAY } from "./runner/symbol.ts";
export type {
	Comm,
	CommData,
	CommListener,
	Display,
	Displayed,
	DisplayOptions,
	InputOptions,
	MimeData,
	TargetHandler,
	UpdateOptions,
};

/**
 * Shows a value under the running cell and returns a handle to change it later: `await display(x, { id: "a" })`, then
 * `display.update("a", y)`. With `{ raw: true }` the value is a MIME bundle.
 */
export const display: Display = Object.assign(
	(value: unknown, options?: DisplayOptions): Promise<Displayed> => kernelApi().display(value, options),
	{
		update: (id: string, value: unknown, options?: UpdateOptions): Promise<void> =>
			kernelApi().display.update(id, value, options),
	},
);

/**
 * Resolves with a line of text that the user types. Timers and streams of the notebook go on meanwhile; the global
 * `prompt` waits without an await. Rejects where the front end cannot ask, as in nbconvert.
 */
export function input(prompt = "", options?: InputOptions): Promise<string> {
	return kernelApi().input.ask(prompt, options);
}

/** Like `input`, but what is typed is hidden and not kept by front ends. */
export function password(prompt = "Password: "): Promise<string> {
	return kernelApi().input.ask(prompt, { password: true });
}

/** Removes the output of the running cell; with `wait` when the next output comes. */
export function clearOutput(options: { readonly wait?: boolean } = {}): void {
	kernelApi().clearOutput(options.wait === true);
}

/** Comms: messages between notebook code and front ends. Messages that come while a cell spins are handled after it. */
export const comms = {
	/** Opens a comm to a target that the front end has registered. */
	open(target: string, data?: CommData, buffers?: readonly Uint8Array[], metadata?: CommData): Comm {
		return kernelApi().comms.open(target, data, buffers, metadata);
	},
	/** Lets front ends open comms on `target`. */
	registerTarget(target: string, handler: TargetHandler): void {
		kernelApi().comms.registerTarget(target, handler);
	},
	/** Refuses comms on `target` from now on. */
	unregisterTarget(target: string): void {
		kernelApi().comms.unregisterTarget(target);
	},
};
