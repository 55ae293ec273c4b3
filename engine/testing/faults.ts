// Faults on purpose: ends threads of a running context as crashes would. Internal: for the engine's own tests.
import type { StreamingContext } from "../context/streaming-context.ts";
import type { Ring } from "../journal/index.ts";

/** Ends executor `index`; resolves when the driver has been told to. What it was doing is done again by another. */
export async function killExecutor(ssc: StreamingContext, index: number): Promise<void> {
	await ssc.sparkContext.session.client.request({ kind: "kill", part: "executor", index });
}

/** Ends the receiver host; resolves when the driver has been told to. */
export async function killReceiverHost(ssc: StreamingContext): Promise<void> {
	await ssc.sparkContext.session.client.request({ kind: "kill", part: "receiver", index: 0 });
}

/** Ends the driver, with all executors and receivers; resolves when a new one has read the ring and goes on. */
export async function killDriver(ssc: StreamingContext): Promise<void> {
	await ssc.sparkContext.session.client.kill();
}

/** Returns the ring of a context outside a notebook; undefined before its driver has started. */
export function ringOf(ssc: StreamingContext): Ring | undefined {
	return ssc.sparkContext.session.startedClient?.ring;
}
