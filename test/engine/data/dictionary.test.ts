// Dictionary: dense ids by value, and the way back after a failed batch.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Dictionary } from "../../../engine/data/dictionary.ts";
import { keyOf } from "../../../engine/data/equality.ts";
import { keys, seed } from "./arbitraries.ts";

describe("Dictionary", () => {
	it("numbers keys in the order of first appearance", () => {
		const d = new Dictionary();
		expect(["a", "b", "a", 1, "1", ["a"], { x: 1 }, ["a"]].map((k) => d.idOf(k))).toEqual([0, 1, 0, 2, 3, 4, 5, 4]);
		expect(d.size).toBe(6);
		expect(d.keys).toEqual(["a", "b", 1, "1", ["a"], { x: 1 }]);
	});

	it("finds without adding", () => {
		const d = new Dictionary();
		expect(d.find("a")).toBe(-1);
		expect(d.find([1])).toBe(-1);
		expect(d.size).toBe(0);
		d.idOf([1]);
		expect(d.find([1])).toBe(0);
	});

	it("takes 0 and -0 as one key, and never mixes composite keys with texts", () => {
		const d = new Dictionary();
		expect(d.idOf(-0)).toBe(0);
		expect(d.idOf(0)).toBe(0);
		expect(Object.is(d.keys[0], 0)).toBe(true);
		expect(d.idOf(Number.NaN)).toBe(d.idOf(Number.NaN));
		expect(d.idOf([1])).not.toBe(d.idOf(keyOf([1])));
		expect(d.idOf(undefined)).toBe(d.idOf(undefined));
		expect(d.idOf(null)).not.toBe(d.idOf(undefined));
	});

	it("forgets the newest keys, also composite ones that a user changed meanwhile", () => {
		const d = new Dictionary();
		d.idOf("old");
		d.idOf(["old"]);
		const changed = [1];
		d.idOf("new");
		d.idOf(changed);
		changed.push(2);
		d.truncate(2);
		expect(d.size).toBe(2);
		expect([d.find("new"), d.find([1]), d.find("old"), d.find(["old"])]).toEqual([-1, -1, 0, 1]);
		expect(d.idOf("other")).toBe(2);
		d.truncate(9);
		expect(d.size).toBe(3);
		d.truncate(0);
		expect([d.size, d.find("old"), d.find(["old"])]).toEqual([0, -1, -1]);
	});

	it("refuses keys without a value and stays as it was", () => {
		const d = new Dictionary();
		d.idOf("a");
		expect(() => d.idOf(() => 1)).toThrow(expect.objectContaining({ code: "STREAM_TASK" }));
		expect(() => d.find(Symbol("s"))).toThrow(expect.objectContaining({ code: "STREAM_TASK" }));
		expect(d.size).toBe(1);
	});

	it(`agrees with a Map of keyOf over random histories, seed ${seed}`, () => {
		fc.assert(
			fc.property(
				fc.array(fc.oneof({ weight: 9, arbitrary: keys }, { weight: 1, arbitrary: fc.constant("truncate!") }), {
					maxLength: 60,
				}),
				(history) => {
					const d = new Dictionary({ compact: true });
					let oracle = new Map<unknown, number>();
					for (const key of history) {
						if (key === "truncate!") {
							const n = oracle.size >> 1;
							d.truncate(n);
							oracle = new Map([...oracle].filter(([, id]) => id < n));
							continue;
						}
						const k = keyOf(key);
						expect(d.find(key)).toBe(oracle.get(k) ?? -1);
						if (!oracle.has(k)) oracle.set(k, oracle.size);
						expect(d.idOf(key)).toBe(oracle.get(k));
					}
					expect(d.keys.map(keyOf)).toEqual([...oracle.keys()]);
				},
			),
			{ seed },
		);
	});
});
