// The event bus: every transition once, numbered, to the notebook and to the view host.
import type { MessagePort } from "node:worker_threads";
import type { DriverReport } from "../runtime/messages.ts";
import type { ListenerEvent, ViewEvent } from "../views/events.ts";

type WithoutNumber<T> = T extends unknown ? Omit<T, "seq" | "run"> : never;

/** An event before it gets its number. */
export type UnnumberedEvent = WithoutNumber<ViewEvent>;

/** Sends events in order. */
export class EventBus {
	#seq = 0;
	#stopped = false;
	readonly #run: number;
	readonly #notebook: MessagePort;
	readonly #views: MessagePort | undefined;

	constructor(run: number, notebook: MessagePort, views: MessagePort | undefined) {
		this.#run = run;
		this.#notebook = notebook;
		this.#views = views;
	}

	/** Number of the last event. */
	get seq(): number {
		return this.#seq;
	}

	/** Sends an event to everyone who wants it; after `stop` nothing is delivered. */
	send(event: UnnumberedEvent): void {
		if (this.#stopped) return;
		const numbered = { ...event, seq: ++this.#seq, run: this.#run } as ViewEvent;
		this.#views?.postMessage(numbered);
		// Rows of views are for the view host only: the notebook thread may be busy, and would hold them.
		if (numbered.kind !== "view-batch" || this.#views === undefined) {
			this.#notebook.postMessage({ kind: "event", event: numbered } satisfies DriverReport);
		}
	}

	listener(event: ListenerEvent): void {
		this.send({ kind: "listener", event });
	}

	stop(): void {
		this.#stopped = true;
	}
}
