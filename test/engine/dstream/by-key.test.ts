// reduceByKey, groupByKey, count, join, union: what shuffles a batch.
import { expect } from "vitest";
import { type Batches, matrix, scenario, scenario2 } from "../../support/matrix.ts";
import { keyRecords, keySums } from "./keys.ts";

const groups = (batches: Batches) =>
	batches.map((batch) => (batch as [unknown, number[]][]).map(([k, vs]) => [k, [...vs].sort((a, b) => a - b)]));
const many = Array.from({ length: 500 }, (_, i): [string, number] => [`key ${i % 97}`, i]);
const manySums = Array.from({ length: 97 }, (_, k): [string, number] => [
	`key ${k}`,
	many.filter(([key]) => key === `key ${k}`).reduce((sum, [, n]) => sum + n, 0),
]);

matrix("reduceByKey", [
	scenario(
		"reduceByKey gives one pair per key",
		[["a", "a", "b"], ["", ""], []],
		(s) => s.map((w) => [w, 1]).reduceByKey((a, b) => a + b),
		[
			[
				["a", 2],
				["b", 1],
			],
			[["", 2]],
			[],
		],
	),
	scenario(
		"a key that disappears is not in the next batch",
		[
			[
				["a", 1],
				["b", 1],
			],
			[["b", 2]],
		],
		(s) => s.reduceByKey((a, b) => a + b),
		[
			[
				["a", 1],
				["b", 1],
			],
			[["b", 2]],
		],
	),
	scenario(
		"reduceByKey of an absent batch is absent",
		[null, [["a", 1]]],
		(s) => s.reduceByKey((a: number, b) => a + b),
		[null, [["a", 1]]],
	),
	scenario(
		"reduceByKey compares keys of all kinds by value",
		[keyRecords(), []],
		(s) => s.reduceByKey((a, b) => a + b),
		[keySums, []],
	),
	scenario("reduceByKey takes a number of partitions", [many], (s) => s.reduceByKey((a, b) => a + b, 5), [manySums]),
	scenario(
		"reduceByKey into one partition keeps the order of first appearance",
		[
			[
				["c", 1],
				["a", 1],
				["c", 1],
				["b", 1],
			],
		],
		(s) => s.reduceByKey((a, b) => a + b, 1),
		[
			[
				["c", 2],
				["a", 1],
				["b", 1],
			],
		],
		{ ordered: true },
	),
	scenario(
		"reduceByKey merges in the order of the partitions",
		[
			[
				["k", "a"],
				["k", "b"],
				["k", "c"],
				["k", "d"],
			],
		],
		(s) => s.reduceByKey((a, b) => a + b),
		[[["k", "abcd"]]],
	),
	scenario(
		"reduceByKey of values that are tuples",
		[
			[
				["k", [1, 2] as [number, number]],
				["k", [3, 4]],
			],
		],
		(s) => s.reduceByKey((a, b) => [a[0] + b[0], a[1] + b[1]]),
		[[["k", [4, 6]]]],
	),
	scenario(
		"reduceByKey twice with the same partitions reduces in place",
		[
			[
				["a", 1],
				["b", 1],
				["a", 1],
			],
		],
		(s) => s.reduceByKey((a, b) => a + b).reduceByKey((a, b) => a * b),
		[
			[
				["a", 2],
				["b", 1],
			],
		],
	),
]);

matrix("groupByKey", [
	scenario(
		"groupByKey gives all values of a key in input order",
		[
			[
				["a", 1],
				["b", 2],
				["a", 3],
			],
			[],
		],
		(s) => s.groupByKey(),
		[
			[
				["a", [1, 3]],
				["b", [2]],
			],
			[],
		],
	),
	scenario("groupByKey of an absent batch is absent", [null, [["a", 1]]], (s) => s.groupByKey(), [null, [["a", [1]]]]),
	scenario("groupByKey compares keys of all kinds by value", [keyRecords()], (s) => s.groupByKey(2), undefined, {
		check: (batches) => {
			const sums = groups(batches)[0].map(([k, vs]) => [k, (vs as number[]).reduce((a, b) => a + b)]);
			expect(sums).toHaveLength(keySums.length);
			for (const pair of keySums) expect(sums).toContainEqual(pair);
		},
	}),
	scenario("a key that disappears has no group", [[["a", 1]], [["b", 1]]], (s) => s.groupByKey(), [
		[["a", [1]]],
		[["b", [1]]],
	]),
]);

matrix("count", [
	scenario("count gives one number per batch, 0 for an empty one", [["a", "b", "c"], [], ["d"]], (s) => s.count(), [
		[3],
		[0],
		[1],
	]),
	scenario(
		"count counts what the operators before it leave",
		[[1, 2, 3, 4]],
		(s) =>
			s
				.filter((x) => x > 1)
				.flatMap((x) => [x, x])
				.count(),
		[[6]],
	),
	scenario("count of reduced pairs counts keys", [many], (s) => s.reduceByKey((a, b) => a + b).count(), [[97]]),
	scenario("count can be worked on", [[1, 2], []], (s) => s.count().map((n) => n * 10), [[20], [0]]),
]);

matrix("union and join", [
	scenario2(
		"union gives the elements of both batches",
		[
			[[1, 2], [], [5]],
			[[3], [4], []],
		],
		(a, b) => a.union(b),
		[[1, 2, 3], [4], [5]],
		{ ordered: true },
	),
	scenario2("union keeps duplicates, also with itself", [[[1, 1]], [[2]]], (a) => a.union(a), [[1, 1, 1, 1]], {
		ordered: true,
	}),
	scenario2(
		"union of reduced streams needs no shuffle again",
		[
			[[["a", 1]]],
			[
				[
					["a", 2],
					["b", 3],
				],
			],
		],
		(a, b) =>
			a
				.reduceByKey((x, y) => x + y)
				.union(b.reduceByKey((x, y) => x + y))
				.reduceByKey((x, y) => x + y),
		[
			[
				["a", 3],
				["b", 3],
			],
		],
	),
	scenario2(
		"join gives every pair of values of a key of both sides",
		[
			[
				[
					["a", 1],
					["a", 2],
					["b", 3],
				],
				[],
			],
			[
				[
					["a", "x"],
					["c", "y"],
					["a", "z"],
				],
				[["a", "x"]],
			],
		],
		(a, b) => a.join(b),
		[
			[
				["a", [1, "x"]],
				["a", [2, "x"]],
				["a", [1, "z"]],
				["a", [2, "z"]],
			],
			[],
		],
	),
	scenario2(
		"join compares keys of all kinds by value",
		[[keyRecords()], [keyRecords().filter((_, i) => i % 2 === 0)]],
		(a, b) =>
			a
				.join(b)
				.mapValues(([x, y]) => x * y)
				.reduceByKey((x, y) => x + y),
		[keySums.map(([k, sum]) => [k, sum * (sum / 11)] as [unknown, number])],
	),
	scenario2(
		"a key that disappears from one side is not joined",
		[
			[[["a", 1]], [["a", 1]]],
			[[["a", 2]], []],
		],
		(a, b) => a.join(b, 2),
		[[["a", [1, 2]]], []],
	),
	scenario2(
		"join of reduced streams reads both in place",
		[[many], [many]],
		(a, b) =>
			a
				.reduceByKey((x, y) => x + y, 3)
				.join(
					b.reduceByKey((x, y) => x + y, 3),
					3,
				)
				.mapValues(([x, y]) => x - y),
		[manySums.map(([k]) => [k, 0] as [string, number])],
	),
]);
