// The driver's side of the journal: appends in bundles, reads once at recovery.
import type { MessagePort } from "node:worker_threads";
import type { JournalContents, JournalEntry, RingCommand, RingReport } from "../journal/index.ts";

/** Writes entries to the ring in the order they come. */
export class Journal {
	readonly #port: MessagePort;
	#entries: JournalEntry[] = [];
	#scheduled = false;

	constructor(port: MessagePort) {
		this.#port = port;
	}

	/** Appends an entry; entries of one turn of the event loop travel in one message. */
	append(entry: JournalEntry): void {
		this.#entries.push(entry);
		if (this.#scheduled) return;
		this.#scheduled = true;
		queueMicrotask(() => this.flush());
	}

	/** Sends what is waiting now. */
	flush(): void {
		this.#scheduled = false;
		if (this.#entries.length === 0) return;
		this.#port.postMessage({ kind: "append", entries: this.#entries } satisfies RingCommand);
		this.#entries = [];
	}

	/** Resolves with everything the ring holds. */
	read(): Promise<JournalContents> {
		return new Promise((resolve) => {
			this.#port.once("message", (report: RingReport) => resolve(report.contents));
			this.#port.postMessage({ kind: "read" } satisfies RingCommand);
		});
	}
}
