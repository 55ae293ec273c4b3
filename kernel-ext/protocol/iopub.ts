// The iopub channel: publishes messages in order, joins pieces of stream output, limits floods.
import type { SendQueue } from "./sockets.ts";
import type { Header, Wire } from "./wire.ts";

/** Stream output is joined for this long; Jupyter servers limit messages per second. */
const JOIN_MS = 20;
/** Longest text of one stream message. */
const LONGEST = 128 * 1024;
/** Characters of stream output shown per request. */
const MOST = 8 * 1024 * 1024;

/** Publishes on iopub. */
export class Iopub {
	readonly #wire: Wire;
	readonly #queue: SendQueue;
	#pending: { parent: Header | undefined; name: string; parts: string[] } | undefined;
	#length = 0;
	#timer: NodeJS.Timeout | undefined;
	/** Characters per request; only requests that print much stay here. */
	readonly #printed = new Map<string, number>();

	constructor(wire: Wire, queue: SendQueue) {
		this.#wire = wire;
		this.#queue = queue;
	}

	/** Publishes a message after the stream output that came before it. */
	publish(
		type: string,
		content: unknown,
		parent: Header | undefined,
		metadata?: unknown,
		buffers?: readonly Uint8Array[],
	): void {
		this.flush();
		this.#queue.push(this.#wire.encode({ identities: [Buffer.from(type)], type, parent, content, metadata, buffers }));
	}

	/** Tells a new subscriber that its subscription holds: what is published from here on reaches it. */
	welcome(topic: Uint8Array): void {
		const subscription = Buffer.from(topic).toString("utf8");
		this.#queue.push(this.#wire.encode({ identities: [topic], type: "iopub_welcome", content: { subscription } }));
	}

	/** Adds text to a stream of a request; it leaves within 20 ms and before any other message. */
	stream(parent: Header | undefined, name: "stdout" | "stderr", text: string): void {
		if (text === "") return;
		const id = parent?.msg_id ?? "";
		const before = this.#printed.get(id) ?? 0;
		if (before >= MOST) return;
		this.#printed.set(id, before + text.length);
		if (before + text.length >= MOST) {
			const shown = text.slice(0, MOST - before);
			this.#add(parent, name, shown);
			this.#add(parent, "stderr", `\n[output above ${MOST / 1024 / 1024} M characters per cell is not shown]\n`);
			return;
		}
		this.#add(parent, name, text);
	}

	#add(parent: Header | undefined, name: string, text: string): void {
		const pending = this.#pending;
		if (pending && (pending.parent?.msg_id !== parent?.msg_id || pending.name !== name)) this.flush();
		if (this.#pending) this.#pending.parts.push(text);
		else this.#pending = { parent, name, parts: [text] };
		this.#length += text.length;
		if (this.#length >= LONGEST) this.flush();
		else this.#timer ??= setTimeout(() => this.flush(), JOIN_MS);
	}

	/** Publishes the stream output that waits. */
	flush(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		const pending = this.#pending;
		if (!pending) return;
		this.#pending = undefined;
		this.#length = 0;
		const content = { name: pending.name, text: pending.parts.join("") };
		this.#queue.push(
			this.#wire.encode({ identities: [Buffer.from("stream")], type: "stream", parent: pending.parent, content }),
		);
	}
}
