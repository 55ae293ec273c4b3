// The page's half of a view's state: takes the synced snapshot and deltas, notices gaps, acknowledges what was drawn.

import type { EncodedContent } from "../engine/views/delta.ts";
import { decodeDelta, patch } from "../engine/views/delta.ts";
import type { ViewSnapshot } from "../engine/views/model.ts";
import type { AfmModel } from "./afm.ts";

/** Keeps the newest snapshot of one widget model and tells when it changed. */
export class SnapshotFeed {
	readonly #page: string;
	readonly #changed: () => void;
	#model: AfmModel | undefined;
	#snapshot: ViewSnapshot | undefined;
	/** Newest message number that is in the snapshot. */
	#received = 0;
	#acked = 0;
	/** Set while a whole snapshot is on its way: one request for it is enough. */
	#asked = false;
	#heard = false;

	constructor(page: string, changed: () => void) {
		this.#page = page;
		this.#changed = changed;
	}

	/** True once the kernel has said anything: a saved notebook has no kernel behind its widgets. */
	get heard(): boolean {
		return this.#heard;
	}

	get snapshot(): ViewSnapshot | undefined {
		return this.#snapshot;
	}

	/** Follows `model` from now on and says hello to the kernel. */
	connect(model: AfmModel): void {
		this.disconnect();
		this.#model = model;
		model.on("change:snapshot", this.#onState);
		model.on("msg:custom", this.#onMessage);
		this.#take(model.get("snapshot"));
		this.hello();
	}

	/** Stops following. */
	disconnect(): void {
		this.#model?.off("change:snapshot", this.#onState);
		this.#model?.off("msg:custom", this.#onMessage);
		this.#model = undefined;
	}

	/** Tells the kernel that this page is there, or is back, and which version it has. */
	hello(): void {
		this.#send({ kind: "hello", page: this.#page, have: this.#snapshot?.version ?? -1 });
	}

	/** Acknowledges everything received so far: it has been drawn. */
	drawn(): void {
		if (this.#received === this.#acked) return;
		this.#acked = this.#received;
		this.#send({ kind: "ack", page: this.#page, n: this.#received });
	}

	/** Takes this page off the kernel's list. */
	bye(): void {
		this.#send({ kind: "bye", page: this.#page });
	}

	/** Asks for the stream to be stopped. */
	stop(graceful: boolean): void {
		this.#send({ kind: "stop", graceful });
	}

	readonly #onState = (): void => {
		this.#heard = true;
		this.#take(this.#model?.get("snapshot"));
	};

	readonly #onMessage = (content: EncodedContent & { n?: number }, buffers: DataView[]): void => {
		if (content?.kind !== "delta") return;
		this.#heard = true;
		const delta = decodeDelta(content, buffers ?? []);
		if (typeof content.n === "number") this.#received = content.n;
		const have = this.#snapshot?.version ?? -1;
		// Late answers to another page's question, and deltas that the synced state has overtaken.
		if (delta.to <= have && !this.#asked) {
			this.#changed();
			return;
		}
		const next = patch(this.#snapshot, delta);
		if (next === undefined) {
			if (!this.#asked) {
				this.#asked = true;
				this.#send({ kind: "resync", page: this.#page, have });
			}
			return;
		}
		if (delta.from === -1) this.#asked = false;
		this.#snapshot = next;
		this.#changed();
	};

	#take(state: unknown): void {
		const snapshot = state as ViewSnapshot | undefined;
		if (typeof snapshot !== "object" || snapshot === null || snapshot.format !== 1) return;
		if (this.#snapshot !== undefined && snapshot.version <= this.#snapshot.version) return;
		this.#snapshot = snapshot;
		this.#changed();
	}

	#send(content: unknown): void {
		try {
			this.#model?.send(content);
		} catch {
			// No kernel: a saved notebook. The snapshot is shown as it is.
		}
	}
}
