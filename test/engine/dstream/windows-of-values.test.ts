// reduce, countByValue and the windows made of them, on the matrix and against windows computed from scratch.
import { expect, test } from "vitest";
import { DStream, StreamingContext } from "../../../engine/index.ts";
import { fewCells, matrix, randomness, runFailing, scenario, scenario2, sorted } from "../../support/matrix.ts";

const { random } = randomness("windows of values");
const history = Array.from({ length: 12 }, () =>
	Array.from({ length: Math.floor(random() * 5) }, () => Math.floor(random() * 4)),
);
const windowAt = (batch: number, length: number) => history.slice(Math.max(0, batch + 1 - length), batch + 1).flat();
const counted = (items: readonly number[]): [number, number][] =>
	[...new Set(items)].map((item) => [item, items.filter((other) => other === item).length]);
const seen = (batch: number) => history.slice(0, batch + 1).flat().length > 0;

matrix("reduce, countByValue and their windows", [
	scenario("reduce gives one element per batch", [[1, 2, 3], [4]], (s) => s.reduce((a, b) => a + b), [[6], [4]]),
	scenario("reduce of an empty batch is empty", [[], [1]], (s) => s.reduce((a, b) => a + b), [[], [1]]),
	scenario("reduce is absent where the stream is", [[1], null, [2]], (s) => s.reduce((a, b) => a + b), [
		[1],
		null,
		[2],
	]),
	scenario("countByValue counts distinct elements", [["a", "b", "a"], []], (s) => s.countByValue(), [
		[
			["a", 2],
			["b", 1],
		],
		[],
	]),
	scenario(
		"countByValue compares elements by value",
		[
			[
				[1, 2],
				[1, 2],
			],
		],
		(s) => s.countByValue(1),
		[[[[1, 2], 2]]],
	),
	scenario(
		"reduceByWindow without inverse is empty for an empty window",
		[[1], [], [], [2]],
		(s) => s.reduceByWindow((a, b) => a + b, 2000, 1000),
		[[1], [1], [], [2]],
	),
	scenario(
		"reduceByWindow with inverse has a value once an element was seen",
		[[], [1], [], [], [2]],
		(s) =>
			s.reduceByWindow(
				(a, b) => a + b,
				(a, b) => a - b,
				2000,
				1000,
			),
		[[], [1], [1], [0], [2]],
	),
	scenario(
		"countByWindow is 0 for an empty window after data, and nothing before",
		[[], [7, 8], [], []],
		(s) => s.countByWindow(2000, 1000),
		[[], [2], [2], [0]],
	),
	scenario(
		"reduceByWindow equals the sums of windows made from scratch",
		history,
		(s) => s.reduceByWindow((a, b) => a + b, 3000, 1000),
		history.map((_, i) => {
			const items = windowAt(i, 3);
			return items.length === 0 ? [] : [items.reduce((a, b) => a + b)];
		}),
	),
	scenario(
		"countByWindow equals the sizes of windows made from scratch",
		history,
		(s) => s.countByWindow(3000, 1000),
		history.map((_, i) => (seen(i) ? [windowAt(i, 3).length] : [])),
	),
	scenario(
		"countByValueAndWindow equals the counts of windows made from scratch",
		history,
		(s) => s.countByValueAndWindow(4000, 1000),
		history.map((_, i) => counted(windowAt(i, 4))),
	),
	scenario(
		"groupByKeyAndWindow has all values of each key of the window",
		history,
		(s) =>
			s
				.map((n) => [n % 2, n])
				.groupByKeyAndWindow(3000, 1000)
				.mapValues((values) => [...values].sort()),
		history.map((_, i) =>
			[0, 1].flatMap((key) => {
				const values = windowAt(i, 3).filter((n) => n % 2 === key);
				return values.length === 0 ? [] : [[key, values.sort()] as [number, number[]]];
			}),
		),
	),
	scenario(
		"groupByKeyAndWindow keeps values that are arrays as they are",
		[[["a", [1]]], [["a", [2, 3]]]] as [string, number[]][][],
		(s) => s.groupByKeyAndWindow(2000).mapValues((values) => values.map((value) => value.length).sort()),
		[[["a", [1]]], [["a", [1, 2]]]],
	),
	scenario(
		"a persisted stream gives the same elements",
		[[1, 2], [3]],
		(s) => {
			const kept = s.map((n) => n * 2).persist("MEMORY_ONLY");
			return kept.union(kept);
		},
		[
			[2, 4, 2, 4],
			[6, 6],
		],
	),
	scenario2(
		"transformWith gets the RDDs of both streams",
		[
			[[1], [2]],
			[[10], [20]],
		],
		(a, b) =>
			a.transformWith(b, (left, right, time) => {
				const ms = time.milliseconds;
				return left.union(right).map((n) => n + ms);
			}),
		[
			[1001, 1010],
			[2002, 2020],
		],
	),
]);

test("a function that throws names its operator", async () => {
	const { errors } = await runFailing(fewCells[0], [[1, 2]], (s) =>
		s.reduceByWindow(
			() => {
				throw new Error("no sum");
			},
			1000,
			1000,
		),
	);
	expect(errors[0].message).toMatch(/reduceByWindow.*no sum/);
});

test("windows need durations that fit, and say so", () => {
	const ssc = new StreamingContext({ master: "local[1]", runtime: "in-process", batch: 1000 });
	const s = ssc.queueStream<number>([]);
	expect(() => s.countByWindow(1500, 1000)).toThrow(/must be multiple of the slide duration/);
	expect(() => s.countByWindow(1000, undefined as never)).toThrow(/no slide duration/);
	expect(() => s.reduceByWindow((a, b) => a + b, 1000, 300)).toThrow(/must be a multiple of/);
	expect(() => s.countByValueAndWindow(1000, 1000, 0)).toThrow(/Positive number of partitions/);
	expect(() => s.persist("SOMEWHERE" as never)).toThrow(/storage level/);
	expect(() => ssc.transform([], () => s as never)).toThrow(/at least one stream/);
	expect(() => ssc.transform([1] as never, () => s as never)).toThrow(/a DStream/);
	expect(s.persist()).toBeInstanceOf(DStream);
	expect(sorted([2, 1])).toEqual([1, 2]);
});
