// Decoded copies of kept partitions: a convenience, never the only copy, so it may be dropped at any time.
import type { Opened } from "../plan/operators.ts";

/** Least recently used decoded partitions up to a number of encoded bytes. */
export class DecodedCache {
	#entries = new Map<string, { opened: Opened; bytes: number }>();
	#bytes = 0;
	readonly #limit: number;

	constructor(limit: number) {
		this.#limit = limit;
	}

	/** Returns the decoded records of `data`, from the cache where `key` is known. */
	get(key: string | undefined, data: SharedArrayBuffer, decode: (data: SharedArrayBuffer) => Opened): Opened {
		if (key === undefined) return decode(data);
		const hit = this.#entries.get(key);
		if (hit !== undefined) {
			this.#entries.delete(key);
			this.#entries.set(key, hit);
			return hit.opened;
		}
		const opened = decode(data);
		this.put(key, opened, data.byteLength);
		return opened;
	}

	put(key: string, opened: Opened, bytes: number): void {
		this.drop(key);
		this.#entries.set(key, { opened, bytes });
		this.#bytes += bytes;
		for (const oldest of this.#entries.keys()) {
			if (this.#bytes <= this.#limit || oldest === key) break;
			this.drop(oldest);
		}
	}

	drop(key: string): void {
		const entry = this.#entries.get(key);
		if (entry === undefined) return;
		this.#entries.delete(key);
		this.#bytes -= entry.bytes;
	}
}
