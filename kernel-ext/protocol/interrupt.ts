// Stops user code on the notebook thread: a ping tells whether it spins, the inspector ends what spins.
import { Session } from "node:inspector";
import type { SharedWords } from "../section.ts";

/** A thread that answers a ping within this time does not spin. */
const PING_MS = 50;
/** Time between two attempts to terminate. */
const RETRY_MS = 20;

/** The way to the notebook thread. */
export interface Pinger {
	/** Sends a ping; `ponged` is called with its id when the notebook thread answers. */
	ping(id: number): void;
}

/** Interrupts the notebook thread. */
export class Interrupter {
	readonly #words: SharedWords;
	readonly #pinger: Pinger;
	readonly #waiting = new Map<number, () => void>();
	#ids = 0;
	#session: Session | undefined;

	constructor(words: SharedWords, pinger: Pinger) {
		this.#words = words;
		this.#pinger = pinger;
	}

	/** The notebook thread has answered ping `id` (and with it all before it). */
	ponged(id: number): void {
		for (const [waiting, resolve] of this.#waiting) {
			if (waiting > id) break;
			this.#waiting.delete(waiting);
			resolve();
		}
	}

	/**
	 * Ends the code that the notebook thread is stuck in. Resolves with `idle` when it was not stuck, with `ended` once
	 * it is back in its event loop, with `stuck` when it did not come back within `ms`. Stops trying when `moved` says that
	 * the thread has gone on to something else.
	 */
	async interrupt(ms: number, moved: () => boolean = () => false): Promise<"idle" | "ended" | "stuck"> {
		const end = performance.now() + ms;
		let terminated = false;
		// A ping that was sent before a terminate may be what the terminate hits: each attempt sends a new one.
		for (let wait = PING_MS; performance.now() < end; wait = RETRY_MS) {
			if (await this.#answers(wait)) {
				this.disconnect();
				return terminated ? "ended" : "idle";
			}
			if (moved()) break;
			if (!this.#words.inSection) {
				this.#terminate();
				terminated = true;
			}
		}
		this.disconnect();
		return moved() ? "ended" : "stuck";
	}

	/** Ends whatever keeps the notebook thread from `done`, at most for `ms`. */
	async clear(done: () => boolean, ms: number): Promise<void> {
		for (const end = performance.now() + ms; !done() && performance.now() < end; ) {
			if (!this.#words.inSection) this.#terminate();
			await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
		}
		this.disconnect();
	}

	#answers(ms: number): Promise<boolean> {
		const id = ++this.#ids;
		return new Promise((resolve) => {
			const timer = setTimeout(() => {
				resolve(false);
			}, ms);
			this.#waiting.set(id, () => {
				clearTimeout(timer);
				resolve(true);
			});
			this.#pinger.ping(id);
		});
	}

	#terminate(): void {
		if (!this.#session) {
			this.#session = new Session();
			this.#session.connectToMainThread();
		}
		this.#session.post("Runtime.terminateExecution");
	}

	/** Ends the inspector session: a process with one waits for it at exit. */
	disconnect(): void {
		this.#session?.disconnect();
		this.#session = undefined;
	}
}
