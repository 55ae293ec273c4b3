// The in-process spawner: the same parts over real message channels in one thread, so that tests can step through them.
import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { Part, Spawner, Started } from "./spawner.ts";

/** Makes a part that serves `port`; returns how to cut it off. */
export type PartFactory = (
	port: MessagePort,
	options: unknown,
	ports: { readonly [name: string]: MessagePort },
) => { close(): void };

/** Returns a spawner that runs parts in this thread. The factories are injected by the door of the engine. */
export function inProcess(factories: { readonly [part in Part]: PartFactory }): Spawner {
	return {
		mode: "in-process",
		spawn(part, options, ports = {}): Started {
			const { port1, port2 } = new MessageChannel();
			const made = factories[part](port2, options, ports);
			const listeners: ((reason: string) => void)[] = [];
			let expected = false;
			let ended = false;
			return {
				port: port1,
				dismiss() {
					expected = true;
				},
				terminate() {
					if (ended) return;
					ended = true;
					made.close();
					port2.close();
					port1.close();
					if (!expected) {
						queueMicrotask(() => {
							for (const listener of listeners) listener("the part was ended");
						});
					}
				},
				onExit(listener) {
					listeners.push(listener);
				},
			};
		},
	};
}
