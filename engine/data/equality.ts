// Keys by value: when two keys are the same, and what stands for a key in a Map.
import { types } from "node:util";
import type { StreamError } from "../errors/errors.ts";
import { describeValue, streamError } from "../errors/message.ts";

const MAX_DEPTH = 200;

/**
 * Returns whether two keys are the same by value: primitives as a Map compares them (0 and -0 same, NaN same), dates by
 * time, arrays by elements (a hole counts as undefined), plain objects by own properties in any order. What is no such
 * value (functions, symbols, instances of classes) is equal to itself only.
 */
export function valueEquals(a: unknown, b: unknown): boolean {
	return equals(a, b, 0);
}

function equals(a: unknown, b: unknown, depth: number): boolean {
	if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
	if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
	if (depth > MAX_DEPTH) throw unsupportedKey(a, "nested too deeply, or cyclic");
	if (Array.isArray(a)) {
		if (!Array.isArray(b) || a.length !== b.length) return false;
		for (let i = 0; i < a.length; i++) if (!equals(a[i], b[i], depth + 1)) return false;
		return true;
	}
	if (Array.isArray(b)) return false;
	if (isDate(a)) return isDate(b) && equals(a.getTime(), b.getTime(), depth);
	if (isDate(b) || !isPlainObject(a) || !isPlainObject(b)) return false;
	const names = Object.keys(a);
	if (names.length !== Object.keys(b).length) return false;
	for (const name of names) {
		if (!Object.hasOwn(b, name)) return false;
		if (!equals((a as Properties)[name], (b as Properties)[name], depth + 1)) return false;
	}
	return true;
}

interface Properties {
	readonly [name: string]: unknown;
}

/** Returns whether this is an object whose value is its own enumerable properties with text names. */
export function isPlainObject(x: object): boolean {
	const proto = Object.getPrototypeOf(x);
	if (proto !== null && proto !== Object.prototype) {
		// Object.prototype of another realm (a vm context): the end of a chain, and with its constructor's name.
		if (Object.getPrototypeOf(proto) !== null || proto.constructor?.name !== "Object") return false;
	}
	return Object.getOwnPropertySymbols(x).length === 0 && !types.isProxy(x);
}

/** Returns whether this is a Date, of any realm. */
export function isDate(x: object): x is Date {
	return x instanceof Date || types.isDate(x);
}

/** Returns whether a key stands for itself in a Map. */
export function isPrimitiveKey(key: unknown): boolean {
	switch (typeof key) {
		case "string":
		case "number":
		case "boolean":
		case "undefined":
		case "bigint":
			return true;
		default:
			return key === null;
	}
}

// Strings that begin with NUL are escaped ("\0s" + text), so no text of a user can look like a canonical one ("\0v" + text).
// Holding the canonical texts in a Map of our own instead would keep every key ever seen.

/**
 * Returns what stands for the key in a Map or Set: `keyOf(a)` and `keyOf(b)` are the same Map key exactly when
 * `valueEquals(a, b)`. Primitives stand for themselves (but for strings that begin with NUL); dates, arrays and plain
 * objects become a canonical text. Throws STREAM_TASK for keys that have no value.
 */
export function keyOf(key: unknown): unknown {
	if (typeof key === "string") return key.charCodeAt(0) === 0 ? `\0s${key}` : key;
	return isPrimitiveKey(key) ? key : `\0v${canonicalKey(key)}`;
}

/** Returns the canonical text of a key: equal for two keys exactly when `valueEquals`. */
export function canonicalKey(key: unknown): string {
	return canonical(key, 0);
}

function canonical(key: unknown, depth: number): string {
	switch (typeof key) {
		case "string":
			// The length in front makes the text readable in one way only.
			return `s${key.length}:${key}`;
		case "number":
			return `n${key};`;
		case "boolean":
			return key ? "t" : "f";
		case "undefined":
			return "u";
		case "bigint":
			return `b${key};`;
		case "object":
			return key === null ? "z" : canonicalObject(key, depth);
		default:
			throw unsupportedKey(key);
	}
}

function canonicalObject(key: object, depth: number): string {
	if (depth > MAX_DEPTH) throw unsupportedKey(key, "nested too deeply, or cyclic");
	if (Array.isArray(key)) {
		let text = `a${key.length}:`;
		for (let i = 0; i < key.length; i++) text += canonical(key[i], depth + 1);
		return text;
	}
	if (isDate(key)) return `d${key.getTime()};`;
	if (!isPlainObject(key)) throw unsupportedKey(key);
	const names = Object.keys(key).sort();
	let text = `o${names.length}:`;
	for (const name of names) text += `${name.length}:${name}${canonical((key as Properties)[name], depth + 1)}`;
	return text;
}

/** Returns the error for a key that has no value to compare. */
export function unsupportedKey(key: unknown, why?: string): StreamError {
	return streamError("STREAM_TASK", {
		expected:
			"a key that compares by value (string, number, boolean, bigint, null, undefined, Date, array, plain object)",
		got: why === undefined ? describeValue(key) : `${describeValue(key)}, ${why}`,
		way: "Make the key from the fields that identify it, for example an id or an array of them.",
	});
}
