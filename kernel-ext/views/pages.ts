// Credits: which pages show a view, and whether one of them can take another message.

/** Messages that a page may have outstanding. */
export const WINDOW = 4;

/** Ledger of the pages of one view. The fastest page drives; slower ones notice the gap and ask for the whole state. */
export class PageLedger {
	#sent = 0;
	readonly #acked = new Map<string, number>();
	#everSeen = false;

	/** True once any page has said hello: a front end that understands our messages is there. */
	get everSeen(): boolean {
		return this.#everSeen;
	}

	/** True while some page has taken enough of what was sent. Without pages nothing is sent. */
	get open(): boolean {
		for (const acked of this.#acked.values()) if (this.#sent - acked < WINDOW) return true;
		return false;
	}

	/** Number of the newest message. */
	get sent(): number {
		return this.#sent;
	}

	/** Counts a message that leaves now and returns its number. */
	next(): number {
		this.#sent += 1;
		return this.#sent;
	}

	/** A page is there, or is back: it gets its full window from here. */
	hello(page: string): void {
		this.#everSeen = true;
		this.#acked.set(page, this.#sent);
		// Pages close without a word. One that has fallen far behind all others is one of those.
		if (this.#acked.size > 64) {
			const oldest = [...this.#acked].sort((a, b) => a[1] - b[1])[0][0];
			if (oldest !== page) this.#acked.delete(oldest);
		}
	}

	/** A page has drawn message `number`. Numbers that were never sent count as the newest one. */
	ack(page: string, number: number): void {
		this.#everSeen = true;
		this.#acked.set(page, Math.max(this.#acked.get(page) ?? 0, Math.min(number, this.#sent)));
	}

	/** A page is closed. */
	bye(page: string): void {
		this.#acked.delete(page);
	}
}
