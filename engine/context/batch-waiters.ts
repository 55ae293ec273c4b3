// Waiting for batches: counts completed ones and hands stream errors to whoever waits next.
import { streamError } from "../errors/index.ts";

interface Waiter {
	left: number;
	resolve(): void;
	reject(error: Error): void;
}

/** What happened to a stream, for those who wait for it. */
export class BatchWaiters {
	readonly #waiters = new Set<Waiter>();
	#unthrown: Error[] = [];
	#first: Error | undefined;
	#last = "no batch has completed";
	readonly #terminated: { resolve(): void; reject(error: Error): void }[] = [];
	#over = false;

	/** True while anybody waits for batches or for the end of the stream. */
	get waiting(): boolean {
		return this.#waiters.size > 0 || this.#terminated.length > 0;
	}

	/** A batch is over, with or without jobs. */
	batch(description: string): void {
		this.#last = description;
		for (const waiter of [...this.#waiters]) {
			if (--waiter.left > 0) continue;
			this.#waiters.delete(waiter);
			// One error is thrown; those that came with it are told with the batches they belong to.
			const error = this.takeError();
			if (error === undefined) waiter.resolve();
			else waiter.reject(error);
		}
	}

	/** A job or a generation failed: the next await throws it. */
	failed(error: Error): void {
		this.#first ??= error;
		const waiting = this.#terminated.splice(0);
		if (waiting.length === 0) this.#unthrown.push(error);
		for (const waiter of waiting) waiter.reject(error);
	}

	/** Returns the oldest error that nobody has been told of, and forgets all of them. */
	takeError(): Error | undefined {
		const [error] = this.#unthrown;
		this.#unthrown = [];
		return error;
	}

	/** Resolves after `n` more batches; rejects with the first error, or after `timeout` ms. */
	wait(n: number, timeout: number, waitingFor: () => string): Promise<void> {
		return new Promise((resolve, reject) => {
			const finish = (end: () => void) => {
				clearTimeout(timer);
				end();
			};
			const waiter: Waiter = {
				left: n,
				resolve: () => finish(resolve),
				reject: (error) => finish(() => reject(error)),
			};
			const timer = setTimeout(() => {
				this.#waiters.delete(waiter);
				reject(
					streamError("STREAM_TIMEOUT", {
						step: "awaitBatches",
						expected: `${n} batches within ${timeout / 1000} s`,
						got: `${n - waiter.left}; ${this.#last}; ${waitingFor()}`,
						way: "look at the view for what holds it up, or pass a longer { timeout }",
					}),
				);
			}, timeout);
			this.#waiters.add(waiter);
		});
	}

	/** Resolves when the context has stopped; rejects with the first error reported, then or earlier. */
	termination(): Promise<void> {
		if (this.#first !== undefined) {
			this.#unthrown = this.#unthrown.filter((error) => error !== this.#first);
			return Promise.reject(this.#first);
		}
		if (this.#over) return Promise.resolve();
		return new Promise((resolve, reject) => this.#terminated.push({ resolve, reject }));
	}

	/** The context has stopped: nobody waits any longer. */
	stopped(): void {
		this.#over = true;
		for (const waiter of this.#terminated.splice(0)) waiter.resolve();
		for (const waiter of this.#waiters) {
			waiter.reject(
				streamError("STREAM_STATE", {
					step: "awaitBatches",
					message: `the context was stopped while ${waiter.left} more batches were waited for`,
				}),
			);
		}
		this.#waiters.clear();
	}
}
