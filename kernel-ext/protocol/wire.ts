// Framing and signing of Jupyter messages: frames ↔ Message.
import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";

/** Protocol version that this kernel speaks. */
export const PROTOCOL_VERSION = "5.5";

const DELIMITER = "<IDS|MSG>";
const EMPTY = Buffer.from("{}");
/** Signatures remembered to drop repeated messages, as many as jupyter_client keeps. */
const REMEMBERED = 65_536;

/** Header of a Jupyter message; unknown fields are kept. */
export interface Header {
	readonly msg_id: string;
	readonly session: string;
	readonly username: string;
	readonly date: string;
	readonly msg_type: string;
	readonly version: string;
	readonly [name: string]: unknown;
}

/** A Jupyter message as received or to be sent. */
export interface Message {
	readonly identities: readonly Buffer[];
	readonly header: Header;
	readonly parent: Header | Record<string, never>;
	readonly metadata: { readonly [name: string]: unknown };
	// biome-ignore lint/suspicious/noExplicitAny: contents of all message types; each handler checks what it reads.
	readonly content: any;
	readonly buffers: readonly Uint8Array[];
}

/** A message to send. */
export interface Outgoing {
	readonly identities: readonly Uint8Array[];
	readonly type: string;
	readonly parent?: Header;
	readonly content: unknown;
	readonly metadata?: unknown;
	readonly buffers?: readonly Uint8Array[];
}

/** Signs, checks, packs and unpacks messages of one kernel session. */
export class Wire {
	/** One id per kernel process, in the header of every message it sends. */
	readonly session: string = randomUUID();
	readonly #key: string;
	#seen = new Set<string>();
	#older = new Set<string>();
	/** Headers of requests as they go out again as parents: written once, and known to be writable. */
	readonly #written = new WeakMap<object, Buffer>();

	constructor(key: string) {
		if (key === "")
			throw new Error(
				"The connection file has an empty key: messages could not be trusted. Start the kernel with a key.",
			);
		this.#key = key;
	}

	#sign(parts: readonly Uint8Array[]): string {
		const hmac = createHmac("sha256", this.#key);
		for (const part of parts) hmac.update(part);
		return hmac.digest("hex");
	}

	/** Returns the message of `frames`, or undefined when it is not signed by the key, repeated or no message. */
	decode(frames: readonly Buffer[]): Message | undefined {
		let at = 0;
		while (at < frames.length && frames[at].toString("latin1") !== DELIMITER) at++;
		if (frames.length < at + 6) return undefined;
		const parts = frames.slice(at + 2, at + 6);
		const given = frames[at + 1];
		const wanted = Buffer.from(this.#sign(parts), "latin1");
		if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined;
		const signature = given.toString("latin1");
		if (this.#seen.has(signature) || this.#older.has(signature)) return undefined;
		this.#seen.add(signature);
		if (this.#seen.size >= REMEMBERED) {
			this.#older = this.#seen;
			this.#seen = new Set();
		}
		try {
			const [header, parent, metadata, content] = parts.map((part) => JSON.parse(part.toString("utf8")));
			if (typeof header?.msg_type !== "string" || typeof header?.msg_id !== "string") return undefined;
			if (![parent, metadata, content].every((part) => part === null || isObject(part))) return undefined;
			// Nested too deeply to be written is too deep to be answered.
			this.#written.set(header, Buffer.from(JSON.stringify(header)));
			return {
				identities: frames.slice(0, at),
				header,
				parent: parent ?? {},
				metadata: metadata ?? {},
				content: content ?? {},
				buffers: frames.slice(at + 6),
			};
		} catch {
			return undefined;
		}
	}

	/** Returns the frames of a new message of this session. */
	encode(message: Outgoing): Uint8Array[] {
		return this.pack(message).frames;
	}

	/** Like `encode`, with the id of the message. */
	pack(message: Outgoing): { readonly id: string; readonly frames: Uint8Array[] } {
		const { parent } = message;
		const header: Header = {
			msg_id: randomUUID(),
			session: this.session,
			username: "kernel",
			date: new Date().toISOString(),
			msg_type: message.type,
			version: PROTOCOL_VERSION,
		};
		const parts = [
			Buffer.from(JSON.stringify(header)),
			parent ? (this.#written.get(parent) ?? Buffer.from(JSON.stringify(parent))) : EMPTY,
			message.metadata ? Buffer.from(JSON.stringify(message.metadata)) : EMPTY,
			Buffer.from(JSON.stringify(message.content)),
		];
		const frames = [
			...message.identities,
			Buffer.from(DELIMITER),
			Buffer.from(this.#sign(parts)),
			...parts,
			...(message.buffers ?? []),
		];
		return { id: header.msg_id, frames };
	}
}

function isObject(value: unknown): boolean {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}
