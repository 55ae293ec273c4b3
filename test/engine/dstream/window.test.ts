// window and reduceByKeyAndWindow, against recomputation from scratch.
import { expect, test } from "vitest";
import { ManualClock, StreamingContext } from "../../../engine/index.ts";
import { TestSource } from "../../../engine/testing/index.ts";
import { type Batches, cellOptions, cells, matrix, randomness, scenario, sorted } from "../../support/matrix.ts";
import { keyRecords, keySums } from "./keys.ts";

type Pair = [string, number];
const add = (a: number, b: number) => a + b;

matrix("window", [
	scenario(
		"window gives the elements of the last batches, oldest first",
		[[1], [2], [3], [4]],
		(s) => s.window(2000),
		[[1], [1, 2], [2, 3], [3, 4]],
		{ ordered: true },
	),
	scenario(
		"window that slides by two batches has an RDD every second batch",
		[[1], [2], [3], [4], [5]],
		(s) => s.window(3000, 2000),
		[null, [1, 2], null, [2, 3, 4], null],
		{ ordered: true },
	),
	scenario(
		"window whose slide is longer than itself leaves batches out",
		[[1], [2], [3], [4], [5], [6]],
		(s) => s.window(1000, 3000),
		[null, null, [3], null, null, [6]],
		{ ordered: true },
	),
	scenario(
		"window over empty and absent batches has what the others have",
		[[1], [], null, [4], null, null],
		(s) => s.window(2000),
		[[1], [1], [], [4], [4], []],
		{ ordered: true },
	),
	scenario("window of a window", [[1], [2], [3]], (s) => s.window(2000).window(2000), [[1], [1, 1, 2], [1, 2, 2, 3]], {
		ordered: true,
	}),
	scenario("count over a window counts its elements", [["a"], ["b", "c"], []], (s) => s.window(2000).count(), [
		[1],
		[3],
		[2],
	]),
	scenario(
		"window computes each batch once, whatever it is made of",
		[["a"], ["b"], ["c"]],
		(s) =>
			s
				.map((w) => [w, Math.random()])
				.window(3000)
				.groupByKey()
				.mapValues((v) => v.length),
		[
			[["a", 1]],
			[
				["a", 1],
				["b", 1],
			],
			[
				["a", 1],
				["b", 1],
				["c", 1],
			],
		],
	),
]);

matrix("reduceByKeyAndWindow without inverse", [
	scenario(
		"each window is merged from its batches",
		[
			[["a", 1]],
			[
				["a", 2],
				["b", 1],
			],
			[],
			[],
		],
		(s) => s.reduceByKeyAndWindow(add, 2000),
		[
			[["a", 1]],
			[
				["a", 3],
				["b", 1],
			],
			[
				["a", 2],
				["b", 1],
			],
			[],
		],
	),
	scenario(
		"with a slide of two batches",
		[[["a", 1]], [["a", 2]], [["b", 3]], [["a", 4]]],
		(s) => s.reduceByKeyAndWindow(add, 4000, 2000),
		[
			null,
			[["a", 3]],
			null,
			[
				["a", 7],
				["b", 3],
			],
		],
	),
	scenario(
		"a slide longer than the window",
		[[["a", 1]], [["a", 2]], [["a", 3]], [["a", 4]], [["a", 5]], [["a", 6]]],
		(s) => s.reduceByKeyAndWindow(add, 2000, 3000),
		[null, null, [["a", 5]], null, null, [["a", 11]]],
	),
	scenario("keys of all kinds", [keyRecords(), [], []], (s) => s.reduceByKeyAndWindow(add, 2000), [
		keySums,
		keySums,
		[],
	]),
	scenario("a number of partitions", [[["a", 1]], [["b", 2]]], (s) => s.reduceByKeyAndWindow(add, 2000, 1000, 2), [
		[["a", 1]],
		[
			["a", 1],
			["b", 2],
		],
	]),
	scenario("absent batches add nothing", [[["a", 1]], null, [["a", 2]]], (s) => s.reduceByKeyAndWindow(add, 2000), [
		[["a", 1]],
		[["a", 1]],
		[["a", 2]],
	]),
]);

const subtract = (a: number, b: number) => a - b;
const positive = { filter: ([, n]: [unknown, number]) => n > 0 };

matrix("reduceByKeyAndWindow with inverse", [
	scenario(
		"what enters is added and what leaves is taken off; keys stay",
		[
			[["a", 1]],
			[
				["a", 2],
				["b", 1],
			],
			[],
			[],
			[],
		],
		(s) => s.reduceByKeyAndWindow(add, subtract, 2000),
		[
			[["a", 1]],
			[
				["a", 3],
				["b", 1],
			],
			[
				["a", 2],
				["b", 1],
			],
			[
				["a", 0],
				["b", 0],
			],
			[
				["a", 0],
				["b", 0],
			],
		],
	),
	scenario(
		"the filter removes keys, and they may come back",
		[[["a", 1]], [], [], [["a", 5]], []],
		(s) => s.reduceByKeyAndWindow(add, subtract, 2000, undefined, positive),
		[[["a", 1]], [["a", 1]], [], [["a", 5]], [["a", 5]]],
	),
	scenario(
		"with a slide of two batches",
		[[["a", 1]], [["a", 2]], [["b", 3]], [["a", 4]], [], [["b", 1]]],
		(s) => s.reduceByKeyAndWindow(add, subtract, 4000, 2000, positive),
		[
			null,
			[["a", 3]],
			null,
			[
				["a", 7],
				["b", 3],
			],
			null,
			[
				["a", 4],
				["b", 4],
			],
		],
	),
	scenario(
		"a slide longer than the window",
		[[["a", 1]], [["a", 2]], [["a", 3]], [["b", 4]], [["a", 5]], [["a", 6]]],
		(s) => s.reduceByKeyAndWindow(add, subtract, 2000, 3000, positive),
		[null, null, [["a", 5]], null, null, [["a", 11]]],
	),
	scenario(
		"absent and empty batches add nothing",
		[null, [["a", 1]], null, [], [["a", 2]]],
		(s) => s.reduceByKeyAndWindow(add, subtract, 2000, 1000, positive),
		[[], [["a", 1]], [["a", 1]], [], [["a", 2]]],
	),
	scenario(
		"keys of all kinds come and go by value",
		[keyRecords(), [], [], keyRecords()],
		(s) => s.reduceByKeyAndWindow(add, subtract, 2000, 1000, positive),
		[keySums, keySums, [], keySums],
	),
	scenario(
		"a window of one batch",
		[[["a", 1]], [["b", 2]], []],
		(s) => s.reduceByKeyAndWindow(add, subtract, 1000, 1000, positive),
		[[["a", 1]], [["b", 2]], []],
	),
	scenario(
		"the window can be worked on and windowed again",
		[[["a", 1]], [["a", 2]], [["a", 4]]],
		(s) =>
			s
				.reduceByKeyAndWindow(add, subtract, 2000)
				.mapValues((n) => n * 10)
				.window(2000)
				.groupByKey()
				.mapValues((v) => v.join()),
		[[["a", "10"]], [["a", "10,30"]], [["a", "30,60"]]],
	),
]);

// Random histories: windows of several lengths and slides against the sums of the raw input.
const { seed, random } = randomness("windows");
const BATCHES = 24;
const history = (): (Pair[] | null)[] =>
	Array.from({ length: BATCHES }, () => {
		const kind = random();
		if (kind < 0.1) return null;
		if (kind < 0.25) return [];
		return Array.from(
			{ length: Math.floor(random() * 12) },
			(): Pair => [`k${Math.floor(random() * 8)}`, Math.floor(random() * 100) - 20],
		);
	});

function windowed(input: readonly (Pair[] | null)[], length: number, slide: number): Batches {
	return input.map((_, index) => {
		const time = index + 1;
		if (time % slide !== 0) return null;
		const sums = new Map<string, number>();
		for (let at = Math.max(0, time - length); at < time; at++)
			for (const [k, n] of input[at] ?? []) sums.set(k, (sums.get(k) ?? 0) + n);
		return [...sums];
	});
}

const same = (expected: Batches) => (batches: Batches) => expect(batches.map(sorted)).toEqual(expected.map(sorted));
const shapes = [
	[1, 1],
	[2, 1],
	[5, 1],
	[4, 2],
	[6, 3],
	[2, 3],
	[3, 4],
] as const;

matrix(`random histories (SEED=${seed})`, [
	...shapes.map(([length, slide]) => {
		const input = history();
		return scenario(
			`reduceByKeyAndWindow of ${length} sliding by ${slide} is the sum of its batches`,
			input,
			(s) => s.reduceByKeyAndWindow(add, length * 1000, slide * 1000),
			undefined,
			{ check: same(windowed(input, length, slide)) },
		);
	}),
	...shapes.map(([length, slide]) => {
		const input = history();
		// Counts beside the sums tell which keys are still in the window.
		const build = (s: Parameters<Parameters<typeof scenario<Pair, [string, number]>>[2]>[0]) =>
			s
				.mapValues((n) => [n, 1])
				.reduceByKeyAndWindow(
					(a, b) => [a[0] + b[0], a[1] + b[1]],
					(a, b) => [a[0] - b[0], a[1] - b[1]],
					length * 1000,
					slide * 1000,
					{ filter: ([, [, n]]) => n > 0 },
				)
				.mapValues(([sum]) => sum);
		return scenario(`with inverse and filter, ${length} sliding by ${slide}, it is the same`, input, build, undefined, {
			check: same(windowed(input, length, slide)),
		});
	}),
	...shapes.slice(1).map(([length, slide]) => {
		const input = history();
		const expected = input.map((_, i) =>
			(i + 1) % slide !== 0 ? null : input.slice(Math.max(0, i + 1 - length), i + 1).flatMap((batch) => batch ?? []),
		);
		return scenario(
			`window of ${length} sliding by ${slide} has the elements of its batches`,
			input,
			(s) => s.window(length * 1000, slide * 1000),
			expected,
			{ ordered: true },
		);
	}),
]);

test.each([
	[
		1500,
		1000,
		/The window duration of windowed DStream \(1500 ms\) must be a multiple of the slide duration of parent DStream \(1000 ms\)/,
	],
	[
		2000,
		1500,
		/The slide duration of windowed DStream \(1500 ms\) must be a multiple of the slide duration of parent DStream \(1000 ms\)/,
	],
	[0, 1000, /window/],
	[-1000, 1000, /window/],
])("a window of %d ms sliding by %d ms is refused", async (length, slide, message) => {
	const ssc = new StreamingContext({ ...cellOptions(cells[0]), batch: 1000, clock: new ManualClock() });
	const { stream } = new TestSource<number>(ssc);
	expect(() => stream.window(length, slide)).toThrow(message);
	await ssc.stop();
});
