// The key hash: 32 bits over UTF-8 bytes for text, over IEEE bits for numbers, over the parts for values.
import { isDate, isPlainObject, unsupportedKey } from "./equality.ts";

// Not `h * 31 + c`: sets of colliding keys are written down in every textbook. An odd random factor per run has none.

const MAX_DEPTH = 200;
const TAG = {
	undefined: 0x3c6ef372,
	null: 0x1b873593,
	true: 0x2545f491,
	false: 0x7feb352d,
	number: 0x27d4eb2f,
	bigint: 0x165667b1,
} as const;
const COMPOSITE = { date: 0x5bd1e995, array: 0x61c88647, object: 0x4cf5ad43 } as const;

const bits64 = new Float64Array(1);
const bits32 = new Uint32Array(bits64.buffer);

/**
 * Returns a uint32 over the UTF-8 bytes of the string, lone surrogates taken as U+FFFD; equal to `hashBytes` of these
 * bytes. Per byte `h = imul(h ^ c, seed | 1); h ^= h >>> 15`, beginning with `h = seed`.
 */
export function hashString(s: string, seed: number): number {
	const m = seed | 1;
	const n = s.length;
	let h = seed | 0;
	for (let i = 0; i < n; i++) {
		const c = s.charCodeAt(i);
		if (c >= 0x80) return hashRest(s, i, h, m);
		h = Math.imul(h ^ c, m);
		h ^= h >>> 15;
	}
	return h >>> 0;
}

/** Continues at the first character that is not ASCII. */
function hashRest(s: string, start: number, h: number, m: number): number {
	const n = s.length;
	for (let i = start; i < n; i++) {
		let c = s.charCodeAt(i);
		if (c < 0x80) {
			h = step(h, c, m);
			continue;
		}
		if (c < 0x800) {
			h = step(h, 0xc0 | (c >> 6), m);
			h = step(h, 0x80 | (c & 0x3f), m);
			continue;
		}
		if (c >= 0xd800 && c <= 0xdfff) {
			const low = i + 1 < n && c < 0xdc00 ? s.charCodeAt(i + 1) : 0;
			if (low >= 0xdc00 && low <= 0xdfff) {
				i++;
				c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
				h = step(h, 0xf0 | (c >> 18), m);
				h = step(h, 0x80 | ((c >> 12) & 0x3f), m);
				h = step(h, 0x80 | ((c >> 6) & 0x3f), m);
				h = step(h, 0x80 | (c & 0x3f), m);
				continue;
			}
			c = 0xfffd;
		}
		h = step(h, 0xe0 | (c >> 12), m);
		h = step(h, 0x80 | ((c >> 6) & 0x3f), m);
		h = step(h, 0x80 | (c & 0x3f), m);
	}
	return h >>> 0;
}

function step(h: number, c: number, m: number): number {
	h = Math.imul(h ^ c, m);
	return h ^ (h >>> 15);
}

/** Returns the hash of `bytes[start, end)`: that of the string they are the UTF-8 form of. */
export function hashBytes(bytes: Uint8Array, start: number, end: number, seed: number): number {
	const m = seed | 1;
	let h = seed | 0;
	for (let i = start; i < end; i++) {
		h = Math.imul(h ^ bytes[i], m);
		h ^= h >>> 15;
	}
	return h >>> 0;
}

/**
 * Returns a uint32 that is equal for keys that are equal by value (see `valueEquals`). Throws STREAM_TASK for keys that
 * have no value: functions, symbols, instances of classes, cyclic structures.
 */
export function hashKey(key: unknown, seed: number): number {
	if (typeof key === "string") return hashString(key, seed);
	return hashValue(key, seed, 0);
}

/**
 * Returns a seed fit for hashing from any whole number a user may choose: with a small factor (`seed | 1` of 0 or 1) words
 * of the same letters would collide.
 */
export function hashSeed(n: number): number {
	return mix((n ^ 0x9e3779b9) | 0);
}

/** Returns the partition of a key, 0 … n - 1. */
export function partitionOf(key: unknown, seed: number, n: number): number {
	return hashKey(key, seed) % n;
}

function hashValue(key: unknown, seed: number, depth: number): number {
	switch (typeof key) {
		case "string":
			return hashString(key, seed);
		case "number":
			return hashNumber(key, seed ^ TAG.number);
		case "boolean":
			return mix(seed ^ (key ? TAG.true : TAG.false));
		case "undefined":
			return mix(seed ^ TAG.undefined);
		case "bigint":
			return mix(hashString(key.toString(36), seed) ^ TAG.bigint);
		case "object":
			return key === null ? mix(seed ^ TAG.null) : hashObject(key, seed, depth);
		default:
			throw unsupportedKey(key);
	}
}

function hashNumber(x: number, h: number): number {
	// One bit pattern for 0 and -0, and one for all NaN: they are the same key.
	bits64[0] = x === 0 ? 0 : Number.isNaN(x) ? Number.NaN : x;
	return mix(mix(h ^ bits32[0]) ^ bits32[1]);
}

function hashObject(key: object, seed: number, depth: number): number {
	if (depth > MAX_DEPTH) throw unsupportedKey(key, "nested too deeply, or cyclic");
	if (Array.isArray(key)) {
		let h = mix(seed ^ COMPOSITE.array ^ key.length);
		for (let i = 0; i < key.length; i++) h = mix(Math.imul(h, 5) ^ hashValue(key[i], seed, depth + 1));
		return h;
	}
	if (isDate(key)) return hashNumber(key.getTime(), seed ^ COMPOSITE.date);
	if (!isPlainObject(key)) throw unsupportedKey(key);
	// A sum does not depend on the order of the properties.
	let sum = 0;
	for (const name of Object.keys(key)) {
		const value = hashValue((key as { [name: string]: unknown })[name], seed, depth + 1);
		sum = (sum + mix(Math.imul(hashString(name, seed), 3) ^ value)) | 0;
	}
	return mix(seed ^ COMPOSITE.object ^ sum);
}

/** Spreads every bit over all others (the finish of MurmurHash3), since small whole numbers differ in high bits only. */
function mix(h: number): number {
	h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
	h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
	return (h ^ (h >>> 16)) >>> 0;
}
