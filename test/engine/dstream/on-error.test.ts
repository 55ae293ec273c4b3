// onError: "skip": elements whose functions throw are left out and counted; everything else is as without it.
import { describe, expect, test } from "vitest";
import { type BatchInfo, StreamingContext } from "../../../engine/index.ts";
import { fewCells, matrix, runFailing, scenario } from "../../support/matrix.ts";

const odd = (n: number): number => {
	if (n % 2 === 0) throw new Error("even");
	return n;
};
const skip = { onError: "skip" } as const;

matrix('onError: "skip"', [
	scenario("map leaves out what throws", [[1, 2, 3], [2], []], (s) => s.map(odd, skip).map((n) => n * 10), [
		[10, 30],
		[],
		[],
	]),
	scenario(
		"flatMap leaves out what throws, also in a generator",
		[[1, 2, 3]],
		(s) =>
			s.flatMap(function* (n) {
				yield n;
				yield odd(n) * 10;
			}, skip),
		[[1, 10, 3, 30]],
	),
	scenario("filter leaves out what throws", [[1, 2, 3]], (s) => s.filter((n) => odd(n) > 1, skip), [[3]]),
	scenario(
		"mapValues and flatMapValues leave out what throws",
		[
			[
				["a", 1],
				["b", 2],
			],
		] as [string, number][][],
		(s) => s.mapValues(odd, skip).flatMapValues((n) => [n, odd(n) + 1], skip),
		[
			[
				["a", 1],
				["a", 2],
			],
		] as [string, number][][],
	),
	scenario(
		"after a flatMap only the element at hand is left out",
		[[3]],
		(s) =>
			s
				.flatMap((n) => [n, n + 1, n + 2])
				.map(odd, skip)
				.reduceByWindow((a, b) => a + b, 1000, 1000),
		[[8]],
	),
]);

describe.each(fewCells)("$name", (cell) => {
	test("what was left out is counted per batch, and an error of the next step still fails", async () => {
		const batches: BatchInfo[] = [];
		const { outputs, errors } = await runFailing(cell, [[1, 2, 4], [5], [1, 7]], (s, ssc) => {
			ssc.addStreamingListener({ onBatchCompleted: ({ batch }) => batches.push(batch) });
			return s.map(odd, skip).map((n) => {
				if (n === 7) throw new Error("seven");
				return n;
			});
		});
		expect(outputs).toEqual([[1], [5], null]);
		expect(batches.map((batch) => batch.skippedRecords)).toEqual([2, undefined, undefined]);
		expect(errors[0].message).toMatch(/seven/);
	});
});

test("another word is refused", () => {
	const ssc = new StreamingContext({ master: "local[1]", runtime: "in-process", batch: 1000 });
	expect(() => ssc.queueStream<number>([]).map((n) => n, { onError: "ignore" as never })).toThrow(/onError/);
});
