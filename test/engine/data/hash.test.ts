// The key hash: test vectors that no later version may change, and that equal keys hash alike.
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { valueEquals } from "../../../engine/data/equality.ts";
import { hashBytes, hashKey, hashSeed, hashString, partitionOf } from "../../../engine/data/hash.ts";
import { keys, seed } from "./arbitraries.ts";

/** The definition, written down plainly. */
function reference(bytes: Uint8Array, seedOfHash: number): number {
	const m = BigInt(seedOfHash | 1) & 0xffffffffn;
	let h = BigInt(seedOfHash) & 0xffffffffn;
	for (const c of bytes) {
		h = ((h ^ BigInt(c)) * m) & 0xffffffffn;
		h ^= h >> 15n;
	}
	return Number(h);
}

describe("hashString", () => {
	it("gives the values that are journaled and sent between threads", () => {
		const vectors: [string, number, number][] = [
			["", 0, 0],
			["", 3735928559, 3735928559],
			["a", 1, 96],
			["be", 12345, 1012019565],
			["to be or not to be", 2654435761, 3403725427],
			["é", 12345, 3856944699],
			["€uro", 12345, 1256724799],
			["😀", 12345, 2358300478],
			["\ud800x", 12345, 236634592],
			["�x", 12345, 236634592],
			["\udc00", 7, 87670],
		];
		for (const [s, h, value] of vectors) expect([s, h, hashString(s, h)]).toEqual([s, h, value]);
	});

	it(`is the hash of the UTF-8 bytes for every string, seed ${seed}`, () => {
		const encoder = new TextEncoder();
		fc.assert(
			fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.string(), units()), fc.integer(), (s, h) => {
				const bytes = encoder.encode(s); // well-formed: lone surrogates become U+FFFD
				expect(hashString(s, h)).toBe(hashBytes(bytes, 0, bytes.length, h));
				expect(hashString(s, h)).toBe(reference(bytes, h));
			}),
			{ seed },
		);
	});

	it("hashes a part of a block of bytes as the text in it", () => {
		const bytes = new TextEncoder().encode("to be or not");
		expect(hashBytes(bytes, 3, 5, 77)).toBe(hashString("be", 77));
	});

	it("does not collide on the keys made of Aa and BB that break h * 31 + c", () => {
		let words = [""];
		for (let i = 0; i < 12; i++) words = words.flatMap((w) => [`${w}Aa`, `${w}BB`]);
		const hashes = new Set(words.map((w) => hashString(w, 0x9e3779b1)));
		expect(hashes.size).toBeGreaterThan(words.length * 0.99);
	});
});

describe("hashKey", () => {
	it("gives the values that are journaled and sent between threads", () => {
		const vectors: [unknown, number][] = [
			[0, 988603753],
			[1, 60247116],
			[-1, 823758838],
			[0.1, 157267315],
			[Number.NaN, 2204411556],
			[Number.MAX_SAFE_INTEGER, 2335373626],
			[true, 1446547500],
			[false, 1169806124],
			[null, 3516714631],
			[undefined, 2268713484],
			[10n, 2274694368],
			[-10n, 2904948011],
			["10", 1248684091],
			[new Date(0), 2839405849],
			[[], 193726976],
			[["a", 1], 4279417697],
			[{}, 2879866505],
			[{ a: 1, b: "x" }, 650562866],
			[[[null], undefined], 2370004440],
		];
		for (const [key, value] of vectors) expect([key, hashKey(key, 12345)]).toEqual([key, value]);
	});

	it("takes 0 and -0 as one key, and all NaN as one", () => {
		expect(hashKey(-0, 5)).toBe(hashKey(0, 5));
		const other = new Float64Array(new Uint32Array([1, 0x7ff80000]).buffer)[0];
		expect(hashKey(other, 5)).toBe(hashKey(Number.NaN, 5));
		expect(hashKey([new Date(Number.NaN)], 5)).toBe(hashKey([new Date(Number.NaN)], 5));
	});

	it("does not depend on the order of properties", () => {
		expect(hashKey({ a: 1, b: { c: 2, d: 3 } }, 5)).toBe(hashKey({ b: { d: 3, c: 2 }, a: 1 }, 5));
	});

	it("tells types and positions apart", () => {
		const different = [
			1,
			"1",
			1n,
			true,
			false,
			null,
			undefined,
			[1],
			["1"],
			[[1]],
			{ a: 1 },
			new Date(1),
			[1, 2],
			[2, 1],
			{ a: 2 },
			{ b: 1 },
			[],
			{},
			"",
		];
		expect(new Set(different.map((k) => hashKey(k, 99))).size).toBe(different.length);
	});

	it("takes values of another realm as the same values", () => {
		const foreign = runInNewContext("({ a: [1, new Date(5)] })");
		expect(hashKey(foreign, 3)).toBe(hashKey({ a: [1, new Date(5)] }, 3));
	});

	it(`is equal for keys that are equal by value, seed ${seed}`, () => {
		fc.assert(
			fc.property(keys, fc.integer(), (key, h) => {
				const copy = shuffled(key);
				expect(valueEquals(key, copy)).toBe(true);
				expect(hashKey(copy, h)).toBe(hashKey(key, h));
				expect(hashKey(key, h)).toBe(hashKey(key, h) >>> 0);
			}),
			{ seed },
		);
	});

	it("refuses keys without a value, naming their type", () => {
		class Point {}
		for (const key of [() => 1, Symbol("s"), new Point(), new Map(), [new Point()], { a: () => 1 }]) {
			expect(() => hashKey(key, 1)).toThrow(expect.objectContaining({ code: "STREAM_TASK" }));
		}
		expect(() => hashKey(new Point(), 1)).toThrow(/an instance of Point/);
		const cyclic: unknown[] = [];
		cyclic.push(cyclic);
		expect(() => hashKey(cyclic, 1)).toThrow(/cyclic/);
	});
});

describe("hashSeed", () => {
	it("makes a good seed of every small number", () => {
		for (const n of [0, 1, 2, 3, 42, -1]) {
			const h = hashSeed(n);
			const words = Array.from({ length: 5000 }, (_, i) => `w${i}`);
			expect(new Set(words.map((w) => hashString(w, h))).size).toBeGreaterThan(4990);
		}
		expect(new Set(Array.from({ length: 1000 }, (_, n) => hashSeed(n))).size).toBe(1000);
	});
});

describe("partitionOf", () => {
	it("spreads whole numbers, words and pairs evenly", () => {
		const sets: ((i: number) => unknown)[] = [
			(i) => i,
			(i) => i * 64,
			(i) => `word${i}`,
			(i) => [`u${i % 100}`, i],
			(i) => ({ id: i }),
			(i) => i / 8,
		];
		for (const make of sets) {
			for (const n of [2, 4, 7, 16]) {
				const counts = new Array<number>(n).fill(0);
				for (let i = 0; i < 8000; i++) counts[partitionOf(make(i), 0x1234567, n)]++;
				for (const count of counts) expect(Math.abs(count - 8000 / n)).toBeLessThan((8000 / n) * 0.25);
			}
		}
	});
});

/** Strings of any UTF-16 units, lone surrogates often among them. */
function units(): fc.Arbitrary<string> {
	const unit = fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0xd800, max: 0xdfff }));
	return fc.array(unit).map((list) => String.fromCharCode(...list));
}

/** A copy with the properties of objects in the reverse order. */
function shuffled(key: unknown): unknown {
	if (Array.isArray(key)) return key.map(shuffled);
	if (key instanceof Date) return new Date(key.getTime());
	if (typeof key !== "object" || key === null) return key === 0 ? -key : key;
	const copy: { [name: string]: unknown } = {};
	for (const [name, value] of Object.entries(key).reverse()) {
		Object.defineProperty(copy, name, { value: shuffled(value), enumerable: true, configurable: true, writable: true });
	}
	return copy;
}
