// The threaded spawner: one Worker per part.
import { extname } from "node:path";
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import type { Part, Spawner, Started } from "./spawner.ts";

/** Thread entries stand beside the code they run; tests run sources, the build runs JavaScript. */
const extension = extname(new URL(import.meta.url).pathname);

/** Starts every part in a worker thread. */
export const threads: Spawner = {
	mode: "threads",
	spawn(part: Part, options: unknown, ports: { readonly [name: string]: MessagePort } = {}): Started {
		const { port1, port2 } = new MessageChannel();
		const worker = new Worker(new URL(`../${part}/thread${extension}`, import.meta.url), {
			name: `millrace-${part}`,
			workerData: { port: port2, options, ports },
			transferList: [port2, ...Object.values(ports)],
			// Output of user functions goes over our own port; what Node itself writes must not wait for the main thread.
			stdout: false,
			stderr: false,
		});
		let expected = false;
		let reason = "the thread ended";
		const listeners: ((reason: string) => void)[] = [];
		worker.on("error", (error) => {
			reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
		});
		worker.on("exit", () => {
			port1.close();
			if (!expected) for (const listener of listeners) listener(reason);
		});
		// A part must not keep a finished program alive; open work holds its port instead.
		worker.unref();
		return {
			port: port1,
			terminate() {
				void worker.terminate();
			},
			onExit(listener) {
				listeners.push(listener);
			},
			dismiss() {
				expected = true;
			},
		};
	},
};
