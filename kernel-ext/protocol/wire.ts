// Framing and signing of Jupyter messages: frames ↔ Message.
import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";

/** Protocol version that this kernel speaks. */
export const PROTOCOL_VERSION = "5.4";

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

/** Signs, checks, packs and unpacks messages of one kernel session. */
export class Wire {
	/** One id per kernel process, in the header of every message it sends. */
	readonly session: string = randomUUID();
	readonly #key: string;
	#seen = new Set<string>();
	#older = new Set<string>();

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
	encode(message: {
		identities: readonly Uint8Array[];
		type: string;
		parent?: Header;
		content: unknown;
		metadata?: unknown;
		buffers?: readonly Uint8Array[];
	}): Uint8Array[] {
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
			message.parent ? Buffer.from(JSON.stringify(message.parent)) : EMPTY,
			message.metadata ? Buffer.from(JSON.stringify(message.metadata)) : EMPTY,
			Buffer.from(JSON.stringify(message.content)),
		];
		return [
			...message.identities,
			Buffer.from(DELIMITER),
			Buffer.from(this.#sign(parts)),
			...parts,
			...(message.buffers ?? []),
		];
	}
}
