// StreamingListener: the user's methods, called in order on the notebook thread.
import type { BatchInfo, ListenerEvent, OutputOperationInfo, ReceiverInfo } from "../views/events.ts";

/** Methods a listener may have, named as in Spark. An error in one is reported and does not stop the others. */
export interface ListenerMethods {
	onStreamingStarted?(event: { readonly time: number }): void;
	onStreamingStopped?(event: { readonly time: number; readonly reason: string }): void;
	onReceiverStarted?(event: { readonly receiver: ReceiverInfo }): void;
	onReceiverError?(event: { readonly receiver: ReceiverInfo }): void;
	onReceiverStopped?(event: { readonly receiver: ReceiverInfo }): void;
	onBatchSubmitted?(event: { readonly batch: BatchInfo }): void;
	onBatchStarted?(event: { readonly batch: BatchInfo }): void;
	onBatchCompleted?(event: { readonly batch: BatchInfo }): void;
	onOutputOperationStarted?(event: { readonly output: OutputOperationInfo }): void;
	onOutputOperationCompleted?(event: { readonly output: OutputOperationInfo }): void;
	onExecutorAdded?(event: { readonly executor: number; readonly reason: string }): void;
	onExecutorLost?(event: { readonly executor: number; readonly reason: string }): void;
}

/** The listeners of a context, and what the last events said. */
export class Listeners {
	readonly #listeners = new Set<ListenerMethods>();
	#last: ListenerEvent | undefined;
	#receiverError = "";
	/** True while a listener method runs. */
	inside = false;

	add(listener: ListenerMethods): void {
		this.#listeners.add(listener);
	}

	remove(listener: ListenerMethods): void {
		this.#listeners.delete(listener);
	}

	/** Calls the method of an event on every listener. */
	deliver(event: ListenerEvent, failed: (error: unknown) => void): void {
		this.#last = event;
		if (event.type === "ReceiverError")
			this.#receiverError = `${event.receiver.name}: ${event.receiver.lastErrorMessage}`;
		if (event.type === "ReceiverStarted") this.#receiverError = "";
		for (const listener of this.#listeners) {
			const method = (listener as { [name: string]: unknown })[`on${event.type}`];
			if (typeof method !== "function") continue;
			this.inside = true;
			try {
				const result: unknown = method.call(listener, event);
				if (result instanceof Promise) result.catch(failed);
			} catch (error) {
				failed(error);
			} finally {
				this.inside = false;
			}
		}
	}

	/** Returns what a stream that does not get on is probably waiting for. */
	summary(): string {
		const last = this.#last === undefined ? "no event yet" : `last event ${this.#last.type}`;
		return this.#receiverError === "" ? last : `${last}; receiver error: ${this.#receiverError}`;
	}
}
