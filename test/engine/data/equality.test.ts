// Keys by value: which are the same, and that a Map sees the same.
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalKey, keyOf, valueEquals } from "../../../engine/data/equality.ts";
import { keys, seed } from "./arbitraries.ts";

const sameKey = (a: unknown, b: unknown): boolean => new Set([keyOf(a)]).has(keyOf(b));

describe("valueEquals", () => {
	const same: [unknown, unknown][] = [
		[0, -0],
		[Number.NaN, Number.NaN],
		[
			[1, [2]],
			[1, [2]],
		],
		[
			{ a: 1, b: 2 },
			{ b: 2, a: 1 },
		],
		[new Date(5), new Date(5)],
		[new Date(Number.NaN), new Date(Number.NaN)],
		[
			// biome-ignore lint/suspicious/noSparseArray: a hole is the point
			[, 1],
			[undefined, 1],
		],
		[Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
		[runInNewContext("({ a: [1], at: new Date(7) })"), { a: [1], at: new Date(7) }],
		[JSON.parse('{"__proto__":1}'), JSON.parse('{"__proto__":1}')],
		[1n, 1n],
	];
	const different: [unknown, unknown][] = [
		[1, "1"],
		[1, 1n],
		[null, undefined],
		[[1], ["1"]],
		[[1, 2], [12]],
		[["a", "b"], ["ab"]],
		[["a,b"], ["a", "b"]],
		[{ a: undefined }, {}],
		[{ a: 1 }, { a: 1, b: undefined }],
		[{}, []],
		[{ 0: 1, length: 1 }, [1]],
		[new Date(5), 5],
		[new Date(5), {}],
		[JSON.parse('{"__proto__":1}'), {}],
		["\0v", "\0s"],
		["z", null],
		["\0vz", [null]],
	];

	it("takes values with the same parts as the same, and a Map agrees", () => {
		for (const [a, b] of same)
			expect([a, b, valueEquals(a, b), valueEquals(b, a), sameKey(a, b)]).toEqual([a, b, true, true, true]);
	});

	it("tells values apart that look alike, and a Map agrees", () => {
		for (const [a, b] of different)
			expect([a, b, valueEquals(a, b), valueEquals(b, a), sameKey(a, b)]).toEqual([a, b, false, false, false]);
	});

	it("takes what has no value as equal to itself only", () => {
		const f = (): void => {};
		expect(valueEquals(f, f)).toBe(true);
		expect(valueEquals(new Map(), new Map())).toBe(false);
	});

	it(`agrees with keyOf for any two keys, seed ${seed}`, () => {
		fc.assert(
			fc.property(keys, keys, (a, b) => {
				expect(sameKey(a, b)).toBe(valueEquals(a, b));
				expect(sameKey(a, a)).toBe(valueEquals(a, a));
			}),
			{ seed, numRuns: 500 },
		);
	});

	it(`agrees with keyOf where small keys often meet, seed ${seed}`, () => {
		const atom = fc.constantFrom<unknown>(
			"",
			"a",
			"b",
			"\0",
			"\0s",
			"\0v",
			"1",
			1,
			0,
			-0,
			null,
			undefined,
			true,
			Number.NaN,
		);
		const small = fc.oneof(
			atom,
			fc.array(fc.oneof(atom, fc.array(atom, { maxLength: 2 })), { maxLength: 2 }),
			fc.dictionary(fc.constantFrom("a", "b"), atom),
		);
		fc.assert(
			fc.property(small, small, (a, b) => {
				expect(sameKey(a, b)).toBe(valueEquals(a, b));
			}),
			{ seed, numRuns: 2000 },
		);
	});
});

describe("keyOf", () => {
	it("leaves primitives as they are", () => {
		for (const key of ["a", "", 1, true, null, undefined, 5n]) expect(keyOf(key)).toBe(key);
	});

	it("keeps a text that looks like a canonical one apart from the key it looks like", () => {
		const forged = `\0v${canonicalKey(["a", 1])}`;
		expect(keyOf(["a", 1])).toBe(forged);
		expect(keyOf(forged)).not.toBe(forged);
		expect(keyOf(keyOf(forged))).not.toBe(keyOf(forged));
	});

	it("refuses keys without a value, naming the type and the way out", () => {
		class Point {}
		const cases: [unknown, RegExp][] = [
			[() => 1, /function/],
			[Symbol("here"), /symbol here/],
			[new Point(), /an instance of Point/],
			[{ at: [new Point()] }, /an instance of Point/],
			[new Map(), /an instance of Map/],
			[new Uint8Array(2), /an instance of Uint8Array/],
			[{ [Symbol("x")]: 1 }, /an object/],
			[new Proxy({}, {}), /an object/],
		];
		for (const [key, text] of cases) {
			expect(() => keyOf(key)).toThrow(text);
			expect(() => keyOf(key)).toThrow(expect.objectContaining({ code: "STREAM_TASK" }));
			expect(() => keyOf(key)).toThrow(/Make the key from/);
		}
	});

	it("refuses cyclic keys instead of overflowing the stack", () => {
		const a: { self?: unknown } = {};
		a.self = a;
		const b: { self?: unknown } = {};
		b.self = b;
		expect(() => keyOf(a)).toThrow(/cyclic/);
		expect(() => valueEquals(a, b)).toThrow(/cyclic/);
	});
});
