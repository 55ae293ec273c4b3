// HyperLogLog: the error stays within its bound over the whole range, for keys of all kinds, however it is merged.
import { describe, expect, test } from "vitest";
import { addTo, estimate, mergeRegisters, precisionOf } from "../../../engine/rdd/hyperloglog.ts";

const sketch = (p: number, values: Iterable<unknown>) => {
	const registers = new Uint8Array(2 ** p);
	for (const value of values) addTo(registers, p, value);
	return registers;
};
const kinds: { readonly [name: string]: (i: number) => unknown } = {
	numbers: (i) => i,
	fractions: (i) => i / 7,
	text: (i) => `user-${i}`,
	arrays: (i) => [i, "x"],
	dates: (i) => new Date(i * 1000),
};

describe("the estimate", () => {
	test.each(Object.keys(kinds))("of %s stays within four standard deviations", (kind) => {
		for (const p of [4, 8, 12, 14]) {
			const bound = (4 * 1.04) / Math.sqrt(2 ** p);
			for (const n of [1, 10, 100, 1000, 10_000, 50_000]) {
				const values = Array.from({ length: n }, (_, i) => kinds[kind](i));
				const error = Math.abs(estimate(sketch(p, values)) - n) / n;
				expect(error, `p ${p}, ${n} values`).toBeLessThan(bound + 0.5 / n);
			}
		}
	});

	test("of nothing is 0, and equal values count once", () => {
		expect(estimate(sketch(10, []))).toBe(0);
		expect(estimate(sketch(10, Array(1000).fill([1, { a: 2 }])))).toBe(1);
	});

	test("of merged sketches is that of all values", () => {
		const [a, b] = [Array.from({ length: 700 }, (_, i) => i), Array.from({ length: 700 }, (_, i) => i + 300)];
		expect(mergeRegisters(sketch(11, a), sketch(11, b))).toEqual(sketch(11, [...a, ...b]));
	});

	test("takes Spark's precision for a deviation", () => {
		expect([0.05, 0.02, 0.5].map(precisionOf)).toEqual([9, 12, 4]);
	});
});
