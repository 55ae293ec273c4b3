// What `millrace/kernel` reaches: the running notebook thread, if this process is a kernel.
import type { NotebookComms } from "./comms.ts";
import type { Display } from "./display.ts";
import type { Input } from "./input.ts";

/** The part of the runner that user code calls. */
export interface KernelApi {
	readonly comms: NotebookComms;
	readonly input: Input;
	readonly display: Display;
	clearOutput(wait: boolean): void;
}

let api: KernelApi | undefined;

/** Called once by the runner. */
export function provideApi(next: KernelApi): void {
	api = next;
}

/** Returns the running kernel; throws outside of one. */
export function kernelApi(): KernelApi {
	if (!api) throw new Error("millrace/kernel works inside a Millrace notebook only: this process is no kernel.");
	return api;
}
