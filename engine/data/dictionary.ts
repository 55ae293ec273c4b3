// Dictionary: key → dense id, the one structure of map-side combine, shuffle, state and windows.
import { streamError } from "../errors/message.ts";
import { compact } from "./compact.ts";
import { canonicalKey, isPrimitiveKey } from "./equality.ts";

/**
 * Gives every key, compared by value, the next whole number. Ids stay: there is no removal but of the newest keys.
 * Values stand in columns of the owner, indexed by id.
 */
export class Dictionary {
	/** Key of each id, in the order of first appearance. Not to be changed from outside. */
	readonly keys: unknown[] = [];
	readonly #primitives = new Map<unknown, number>();
	/** Canonical text → id, for dates, arrays and objects; apart from the primitives, so no string of a user can meet one. */
	#composites: Map<string, number> | undefined;
	readonly #compact: boolean;

	/** @param options.compact copy strings that are cut from longer ones (default: no); for dictionaries that live long. */
	constructor(options: { readonly compact?: boolean } = {}) {
		this.#compact = options.compact ?? false;
	}

	get size(): number {
		return this.keys.length;
	}

	/** Returns the id of the key, a new one if it was not there. Throws STREAM_TASK for keys without a value. */
	idOf(key: unknown): number {
		const id = this.#primitives.get(key);
		return id !== undefined ? id : this.#add(key);
	}

	/** Returns the id of the key, or -1. */
	find(key: unknown): number {
		const id = this.#primitives.get(key);
		if (id !== undefined) return id;
		if (isPrimitiveKey(key)) return -1;
		const text = canonicalKey(key); // refuses keys without a value, also in an empty dictionary
		return this.#composites?.get(text) ?? -1;
	}

	/** Forgets all keys with ids of `n` and above: the way back for a batch that failed. */
	truncate(n: number): void {
		const { keys } = this;
		if (n <= 0) {
			this.#primitives.clear();
			this.#composites = undefined;
			keys.length = 0;
			return;
		}
		for (let id = keys.length - 1; id >= n; id--) if (isPrimitiveKey(keys[id])) this.#primitives.delete(keys[id]);
		// By id, not by the key's text: user functions hold these objects and may have changed them.
		for (const [text, id] of this.#composites ?? []) if (id >= n) this.#composites?.delete(text);
		if (n < keys.length) keys.length = n;
	}

	#add(key: unknown): number {
		const id = this.keys.length;
		if (isPrimitiveKey(key)) {
			const own = typeof key === "string" && this.#compact ? compact(key) : key === 0 ? 0 : key;
			insert(this.#primitives, own, id);
			this.keys.push(own);
			return id;
		}
		const text = canonicalKey(key);
		this.#composites ??= new Map();
		const found = this.#composites.get(text);
		if (found !== undefined) return found;
		insert(this.#composites, text, id);
		this.keys.push(key);
		return id;
	}
}

function insert<K>(map: Map<K, number>, key: K, id: number): void {
	try {
		map.set(key, id);
	} catch (cause) {
		throw streamError("STREAM_MEMORY", {
			expected: "at most 16.7 million keys in one partition",
			got: `${id + 1}`,
			way: "Use more partitions.",
			keys: id + 1,
			cause,
		});
	}
}
