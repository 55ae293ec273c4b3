// The record codec: everything comes back exactly, and what cannot is refused by name.
import { deepStrictEqual } from "node:assert";
import { serialize } from "node:v8";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodePairs, decodeRecords, encodePairs, encodeRecords } from "../../../engine/data/codec.ts";
import { FORMAT_VERSION } from "../../../engine/data/columns.ts";
import { recordCount } from "../../../engine/data/read-columns.ts";
import { recordLists, seed, strings } from "./arbitraries.ts";

/** Strict and exact: types, -0, holes, undefined properties, order of properties. */
function expectExact(actual: unknown, expected: unknown): void {
	// Not toStrictEqual: it takes a property named "constructor" for the class.
	deepStrictEqual(actual, expected);
	expect(shape(actual)).toBe(shape(expected));
}

/** A text that differs wherever two values do: equality of test runners is lax about -0 in Maps, holes and order. */
function shape(v: unknown): string {
	if (typeof v === "number") return Object.is(v, -0) ? "-0" : String(v);
	if (typeof v === "string") return `"${[...Array(v.length).keys()].map((i) => v.charCodeAt(i)).join(",")}"`;
	if (typeof v !== "object" || v === null) return `${typeof v} ${String(v)}`;
	if (v instanceof Date) return `Date ${v.getTime()}`;
	if (v instanceof Error) return `${v.name}(${shape(v.message)})`;
	if (v instanceof Map) return `Map(${[...v].map(shape)})`;
	if (v instanceof Set) return `Set(${[...v].map(shape)})`;
	const own = Object.keys(v).map((k) => `${shape(k)}=${shape((v as { [k: string]: unknown })[k])}`);
	const type = Object.getPrototypeOf(v) === Object.prototype ? "Object" : v.constructor.name;
	return `${type}${"length" in v ? v.length : ""}{${own.join(";")}}`;
}

const withExtra = Object.assign(["a", "b"], { index: 3 });
const table: { [title: string]: unknown[] } = {
	"no records": [],
	"whole numbers": [1, 2, -3, 2 ** 31 - 1, -(2 ** 31)],
	"numbers just beyond 32 bits": [2 ** 31, -(2 ** 31) - 1],
	"-0 among whole numbers": [1, 0, -0],
	"NaN and infinities": [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324, Number.MAX_VALUE],
	"Latin-1 text": ["", "abc", "é\xff\0"],
	"two-byte text": ["€", "", "😀", "a"],
	"lone surrogates": ["\ud800", "\udc00x", "x\ud83d"],
	"surrogates that would join between neighbours": ["\ud83d", "\ude00"],
	"long text": ["x".repeat(300), "", "y".repeat(70_000), "€".repeat(300)],
	booleans: [true, false, true],
	nulls: [null, null],
	undefineds: [undefined, undefined],
	"null beside undefined": [null, undefined, null],
	"null first, then numbers": [null, 1, undefined, 2],
	"numbers with null": [1, null, 2.5],
	"text with undefined": ["a", undefined, ""],
	"mixed types": [1, "1", true, null, undefined, 1n],
	bigints: [1n, -(2n ** 80n)],
	pairs: [
		["a", 1],
		["b", -0],
	],
	"pairs with null": [["a", 1], null, ["b", undefined]],
	"nested pairs": [
		[
			["a", 1],
			[true, "x"],
		],
		[
			["b", 2],
			[false, "y"],
		],
	],
	"arrays of unequal length": [[1, 2], [], [3]],
	"empty arrays": [[], []],
	// biome-ignore lint/suspicious/noSparseArray: holes are the point
	"arrays with holes": [[1, , 3], [, , ,], [undefined]],
	"a hole beside undefined of equal length": [[undefined, 1], new Array(2)],
	"arrays with properties of their own": [withExtra, ["c", "d"]],
	"a hole made up for by a property": [Object.assign(new Array(1), { x: 1 }), [2]],
	"matches of a regular expression": [/b/.exec("abc"), /c/.exec("abc")],
	objects: [
		{ a: 1, b: "x" },
		{ a: 2.5, b: "" },
	],
	"objects with another order of properties": [
		{ a: 1, b: 2 },
		{ b: 2, a: 1 },
	],
	"objects with a missing property": [{ a: 1, b: undefined }, { a: 1 }],
	"objects with more properties": [{ a: 1 }, { a: 1, b: 2 }],
	"empty objects": [{}, {}],
	"__proto__ as a property": [JSON.parse('{"__proto__":{"x":1},"b":2}'), JSON.parse('{"__proto__":null,"b":2}')],
	"names that look like code": [{ 'a"b': 1, "c0[i]": 2, "\u2028": 3, "1": 4, "\ud800": 5 }],
	"nested objects": [
		{ user: { id: 1, tags: ["a"] }, n: null },
		{ user: { id: 2, tags: [] }, n: { deep: [1] } },
	],
	"very deep nesting": [[[[[[[[[[[1]]]]]]]]]]],
	dates: [new Date(0), new Date(Number.NaN), new Date(-1.5e12)],
	"dates in pairs": [
		["a", new Date(1)],
		["b", new Date(2)],
	],
	maps: [
		new Map<unknown, unknown>([
			["a", 1],
			[{ k: 1 }, new Map()],
		]),
	],
	sets: [new Set([1, "1", -0])],
	"typed arrays": [
		new Uint8Array([1, 2]),
		new Float64Array([-0, Number.NaN]),
		new BigInt64Array([5n]),
		new Int16Array([3]).subarray(0, 1),
	],
	errors: [new TypeError("t"), new RangeError(""), new Error("e", { cause: 1 })],
	"regular expressions": [/a/gi, /b/u],
	"more columns than fit": [Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`p${i}`, i]))],
};

describe("encodeRecords", () => {
	for (const [title, records] of Object.entries(table)) {
		it(`keeps ${title}`, () => {
			const data = encodeRecords(records);
			expect(data).toBeInstanceOf(SharedArrayBuffer);
			expect(recordCount(data)).toBe(records.length);
			expectExact(decodeRecords(data), records);
		});
	}

	it(`keeps any records, alone and as values of pairs, seed ${seed}`, () => {
		fc.assert(
			fc.property(recordLists, (records) => {
				expectExact(decodeRecords(encodeRecords(records)), records);
				const keys = records.map((_, i) => `k${i % 3}`);
				const pairs = decodeRecords(encodePairs(keys, records));
				expectExact(
					pairs,
					keys.map((k, i) => [k, records[i]]),
				);
			}),
			{ seed, numRuns: 1500 },
		);
	});

	it("keeps a hole in the list of records", () => {
		const records = new Array<unknown>(3);
		records[1] = "x";
		expectExact(decodeRecords(encodeRecords(records)), records);
	});

	it("keeps text longer than one segment", () => {
		const part = "0123456789abcdef".repeat(1 << 20); // 16 M characters
		const records = [part, "€", part, part, `${part}x`, "end"];
		const decoded = decodeRecords(encodeRecords(records));
		expect(decoded.length).toBe(records.length);
		for (let i = 0; i < records.length; i++) expect(decoded[i] === records[i]).toBe(true);
	});

	it("ends for cyclic records and keeps their cycle", () => {
		const node: { name: string; next?: unknown } = { name: "a" };
		node.next = node;
		let back = decodeRecords(encodeRecords([node]))[0] as { name: string; next: unknown };
		for (let i = 0; i < 40; i++) {
			expect(back.name).toBe("a");
			back = back.next as typeof back;
		}
	});

	it("gives instances of classes back as plain objects and foreign prototypes as ordinary ones, like structured clone", () => {
		class Point {
			x = 1;
			length(): number {
				return this.x;
			}
		}
		expectExact(decodeRecords(encodeRecords([new Point(), new Point()])), [{ x: 1 }, { x: 1 }]);
		expectExact(decodeRecords(encodeRecords([Object.assign(Object.create(null), { a: 1 })])), [{ a: 1 }]);
	});

	it("writes columns smaller than v8.serialize does", () => {
		const records = Array.from({ length: 1000 }, (_, i) => [`word${i % 50}`, i]);
		expect(encodeRecords(records).byteLength).toBeLessThan(serialize(records).byteLength);
	});

	it("does not hand out views on the shared memory", () => {
		const data = encodeRecords([["a", new Uint8Array([7])]]);
		const numbers = encodePairs(["a"], new Float64Array([7]));
		const [[, bytes]] = decodeRecords(data) as [[string, Uint8Array]];
		const { values } = decodePairs(numbers);
		new Uint8Array(data).fill(0);
		new Uint8Array(numbers).fill(0);
		expect([bytes[0], values[0]]).toEqual([7, 7]);
		expect(bytes.buffer).not.toBeInstanceOf(SharedArrayBuffer);
	});
});

describe("decodeRecords", () => {
	const data = encodeRecords([
		["a", 1.5, "€", null, [1]],
		["b", 2, "", 4, []],
	]);

	it("reads from a part of a buffer at any offset", () => {
		const bytes = new Uint8Array(data);
		for (let offset = 0; offset < 9; offset++) {
			const file = new Uint8Array(bytes.length + offset + 3);
			file.set(bytes, offset);
			const part = file.subarray(offset, offset + bytes.length);
			expect(recordCount(part)).toBe(2);
			expectExact(decodeRecords(part), decodeRecords(data));
			expectExact(decodeRecords(Buffer.from(part)), decodeRecords(data));
		}
	});

	it("refuses data that is cut off anywhere, with a clear error", () => {
		const bytes = new Uint8Array(data);
		for (let size = 0; size < bytes.length; size++) {
			let result: unknown;
			try {
				result = decodeRecords(bytes.slice(0, size));
			} catch (e) {
				result = e;
			}
			// The last bytes may be padding; all else is needed.
			if (Array.isArray(result)) expect(size).toBeGreaterThan(bytes.length - 8);
			else expect(result).toMatchObject({ code: "STREAM_TASK" });
		}
	});

	it("refuses another version and other data, saying which", () => {
		const other = new Uint8Array(data.slice(0));
		other[0] = FORMAT_VERSION + 1;
		expect(() => decodeRecords(other)).toThrow(
			`expected format version ${FORMAT_VERSION}, got format version ${FORMAT_VERSION + 1}`,
		);
		expect(() => recordCount(new TextEncoder().encode("something else, a text"))).toThrow(
			/does not begin as records do/,
		);
	});
});

describe("pairs", () => {
	it("come back as columns, numbers as Float64Array", () => {
		const { keys, values } = decodePairs(encodePairs(["a", "b"], [1, 2.5]));
		expect(keys).toEqual(["a", "b"]);
		expect(values).toEqual(new Float64Array([1, 2.5]));
		expect(decodePairs(encodePairs([1, 2], ["x", "y"]))).toEqual({ keys: [1, 2], values: ["x", "y"] });
		expect(decodePairs(encodePairs([], new Float64Array(0)))).toEqual({ keys: [], values: new Float64Array(0) });
		expect(decodePairs(encodePairs([], []))).toEqual({ keys: [], values: [] });
		expect(decodePairs(encodeRecords([]))).toEqual({ keys: [], values: [] });
	});

	it("are written in the order asked for, from both kinds of values", () => {
		const keys = ["a", "b", "c"];
		for (const order of [[2, 0], Uint32Array.from([2, 0])]) {
			expect(decodeRecords(encodePairs(keys, new Float64Array([1, 2, 3]), order))).toEqual([
				["c", 3],
				["a", 1],
			]);
			expect(decodeRecords(encodePairs(keys, ["x", "y", "z"], order))).toEqual([
				["c", "z"],
				["a", "x"],
			]);
		}
	});

	it("use a column of values that is longer than the keys up to their number", () => {
		expect(decodeRecords(encodePairs(["a"], new Float64Array([1, 0, 0])))).toEqual([["a", 1]]);
		expect(() => encodePairs(["a", "b"], [1])).toThrow(/expected 2 values, got 1/);
	});

	it(`are read from what encodeRecords wrote, and the other way round, seed ${seed}`, () => {
		fc.assert(
			fc.property(fc.array(fc.tuple(strings, fc.oneof(fc.double(), fc.integer()))), (records) => {
				const { keys, values } = decodePairs(encodeRecords(records));
				expectExact(
					keys,
					records.map((r) => r[0]),
				);
				expectExact(
					Array.from(values),
					records.map((r) => r[1]),
				);
				expectExact(decodeRecords(encodePairs(keys, values)), records);
				expect(recordCount(encodePairs(keys, values))).toBe(records.length);
			}),
			{ seed },
		);
	});

	it("are read from records that are no plain columns, and anything else is refused", () => {
		expect(decodePairs(encodeRecords([["a", 1], Object.assign(["b", 2], { x: 1 })]))).toEqual({
			keys: ["a", "b"],
			values: [1, 2],
		});
		expect(() => decodePairs(encodeRecords(["ab", "cd"]))).toThrow(
			/expected records that are \[key, value\] pairs, got string "ab"/,
		);
		expect(() => decodePairs(encodeRecords([[1, 2, 3]]))).toThrow(/got an array of 3/);
		expect(() => decodePairs(encodeRecords([["a", 1], null]))).toThrow(/got null/);
	});
});

describe("records that are no data", () => {
	const f = function callback(): void {};
	const cases: [string, unknown[], string][] = [
		["a function", [1, f], "function callback in record 1"],
		["a symbol", [Symbol("s")], "symbol s in record 0"],
		["a function inside", [{ user: { callback: f } }], "function callback in record 0, at .user.callback"],
		["a function in a list", [["a", [1, f]]], "at [1][1]"],
		["a function under an odd name", [{ "a b": f }], 'at ["a b"]'],
		["a function in a Map", [new Map([["k", f]])], 'at .get(string "k")'],
		["a function in a Set", [new Set([f])], "at <element>"],
		["a promise", [{ p: Promise.resolve(1) }], "an instance of Promise in record 0, at .p"],
		["a WeakMap", [new WeakMap()], "an instance of WeakMap in record 0"],
		[
			"a function after many good records",
			[...Array.from({ length: 50 }, (_, i) => ({ v: i })), { v: f }],
			"in record 50, at .v",
		],
	];
	for (const [title, records, text] of cases) {
		it(`are refused with the place: ${title}`, () => {
			expect(() => encodeRecords(records)).toThrow(text);
			expect(() => encodeRecords(records)).toThrow(expect.objectContaining({ code: "STREAM_TASK" }));
		});
	}

	it("are refused in pairs, too", () => {
		expect(() => encodePairs(["a", "b"], [1, { f }])).toThrow("function callback in value of pair 1, at .f");
		expect(() => encodePairs([f], new Float64Array(1))).toThrow("function callback in key of pair 0");
	});
});
