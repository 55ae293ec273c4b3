// The door `millrace/kernel`: displays and comms for notebook code.
import { kernelApi } from "./runner/api.ts";
import type { Comm, CommData, CommListener, TargetHandler } from "./runner/comms.ts";
import type { Displayed, DisplayOptions, MimeData } from "./runner/display.ts";

export { JUPYTER_DISPLAY } from "./runner/display.ts";
export type { Comm, CommData, CommListener, Displayed, DisplayOptions, MimeData, TargetHandler };

/**
 * Shows a value under the running cell and returns a handle to change it later. With `{ raw: true }` the value is a
 * MIME bundle: `display({ "text/html": "<b>hi</b>" }, { raw: true })`.
 */
export function display(value: unknown, options?: DisplayOptions): Promise<Displayed> {
	return kernelApi().display(value, options);
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
