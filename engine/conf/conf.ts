// Conf: the configuration of a context; known keys are checked when they are set, unknown ones are kept.
import { describeValue, streamError } from "../errors/message.ts";
import { type ConfKey, type ConfValues, confKeys } from "./keys.ts";

/** Settings as a user writes them. Values of known keys may be texts such as `"200ms"` or `"64m"`. */
export interface ConfSettings {
	readonly [key: string]: unknown;
}

/** A configuration. Known keys have types, defaults and checks (`ConfValues`); others are kept as they are, as in Spark. */
export class Conf {
	readonly #values = new Map<string, unknown>();

	constructor(settings: ConfSettings | Conf = {}) {
		if (settings instanceof Conf) {
			for (const [key, value] of settings.#values) this.#values.set(key, value);
			return;
		}
		if (typeof settings !== "object" || settings === null || Array.isArray(settings)) {
			throw streamError("STREAM_CONFIG", {
				step: "conf",
				expected: "an object of keys and values",
				got: describeValue(settings),
				way: 'Write for example { "spark.default.parallelism": 4 }.',
			});
		}
		for (const [key, value] of Object.entries(settings)) this.set(key, value);
	}

	/** Sets a key and returns this; `undefined` takes it back to its default. Throws STREAM_CONFIG for a value that a known key does not accept. */
	set(key: string, value: unknown): this {
		if (value === undefined) this.#values.delete(key);
		else this.#values.set(key, isKnown(key) ? confKeys[key].read(value, key) : value);
		return this;
	}

	/** Like `set`, except that a key that is set already stays. */
	setIfMissing(key: string, value: unknown): this {
		return this.contains(key) ? this : this.set(key, value);
	}

	/** Returns the value of a known key, or its default; of an unknown key what was set, else `fallback`. */
	get<K extends ConfKey>(key: K): ConfValues[K];
	get(key: string, fallback?: unknown): unknown;
	get(key: string, fallback?: unknown): unknown {
		const value = this.#values.get(key);
		if (value !== undefined) return value;
		return isKnown(key) ? (confKeys[key].default ?? fallback) : fallback;
	}

	/** Returns whether the key was set. */
	contains(key: string): boolean {
		return this.#values.has(key);
	}

	remove(key: string): this {
		this.#values.delete(key);
		return this;
	}

	/** Returns the keys that were set, as plain data; `new Conf` of it is equal. */
	toJSON(): { [key: string]: unknown } {
		return Object.fromEntries(this.#values);
	}
}

function isKnown(key: string): key is ConfKey {
	return Object.hasOwn(confKeys, key);
}
