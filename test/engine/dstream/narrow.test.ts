// map, flatMap, filter, mapValues: record by record.
import { matrix, scenario } from "../../support/matrix.ts";

const factor = 3;
const table = { a: 10, b: 20 };

matrix("map", [
	scenario(
		"map gives one element for each element, in order",
		[[1, 2, 3], [4]],
		(s) => s.map((x) => x * factor),
		[[3, 6, 9], [12]],
		{ ordered: true },
	),
	scenario("map of an empty batch is an empty batch", [[], [1]], (s) => s.map((x: number) => x + 1), [[], [2]], {
		ordered: true,
	}),
	scenario("map of a batch without an RDD has no RDD", [[1], null, [2]], (s) => s.map((x) => x + 1), [[2], null, [3]], {
		ordered: true,
	}),
	scenario(
		"map keeps values of every kind",
		[[1]],
		(s) => s.map((x) => [x, undefined, null, 1n, new Date(7), { deep: [x] }, "é😀", -0, Number.NaN]),
		[[[1, undefined, null, 1n, new Date(7), { deep: [1] }, "é😀", -0, Number.NaN]]],
	),
	scenario(
		"map may return undefined for an element",
		[[1, 2]],
		(s) => s.map(() => undefined),
		[[undefined, undefined]],
		{ ordered: true },
	),
	scenario(
		"map captures objects of the notebook",
		[["a", "b"]],
		(s) => s.map((k) => table[k as "a" | "b"]),
		[[10, 20]],
		{ ordered: true },
	),
	scenario("a batch after the last input is empty", [[1]], (s) => s.map((x) => x), [[1], [], []], { batches: 3 }),
]);

matrix("flatMap", [
	scenario(
		"flatMap gives all elements of all results",
		[["a b", "c"], [""]],
		(s) => s.flatMap((l) => l.split(" ")),
		[["a", "b", "c"], [""]],
		{ ordered: true },
	),
	scenario(
		"flatMap takes any iterable",
		[[2, 3]],
		(s) =>
			s.flatMap(function* (n) {
				for (let i = 0; i < n; i++) yield i;
			}),
		[[0, 1, 0, 1, 2]],
		{ ordered: true },
	),
	scenario(
		"flatMap takes sets and strings as iterables",
		[["aab"]],
		(s) => s.flatMap((t) => new Set(t)).flatMap((t) => `${t}!`),
		[["a", "!", "b", "!"]],
		{ ordered: true },
	),
	scenario("flatMap of nothing is an empty batch", [[1, 2], []], (s) => s.flatMap(() => []), [[], []]),
	scenario("flatMap of a batch without an RDD has no RDD", [null, ["x"]], (s) => s.flatMap((l) => [l, l]), [
		null,
		["x", "x"],
	]),
	scenario(
		"flatMap makes pairs",
		[["ab"]],
		(s) => s.flatMap((w) => w.split("").map((c) => [c, 1])).reduceByKey((a, b) => a + b),
		[
			[
				["a", 1],
				["b", 1],
			],
		],
	),
]);

matrix("filter", [
	scenario(
		"filter keeps the elements for which the function is true",
		[[1, 2, 3, 4], [5]],
		(s) => s.filter((x) => x % 2 === 0),
		[[2, 4], []],
		{ ordered: true },
	),
	scenario("filter takes any truthy value as true", [["", "a", "b"]], (s) => s.filter((x) => x), [["a", "b"]], {
		ordered: true,
	}),
	scenario(
		"filter of an empty batch is empty, of an absent one absent",
		[[], null, [2]],
		(s) => s.filter((x: number) => x > 1),
		[[], null, [2]],
	),
	scenario(
		"filter keeps pairs where they lie",
		[
			[
				["a", 1],
				["b", 5],
			],
		],
		(s) =>
			s
				.reduceByKey((a, b) => a + b)
				.filter(([, n]) => n > 1)
				.reduceByKey((a, b) => a + b),
		[[["b", 5]]],
	),
	scenario(
		"chains of narrow operators work as one",
		[[1, 2, 3, 4, 5, 6]],
		(s) =>
			s
				.map((x) => x * 2)
				.filter((x) => x > 4)
				.flatMap((x) => [x, -x])
				.map((x) => `${x}`)
				.filter((x) => x !== "-8"),
		[["6", "-6", "8", "10", "-10", "12", "-12"]],
		{ ordered: true },
	),
]);

matrix("mapValues", [
	scenario(
		"mapValues changes the values and keeps the keys",
		[
			[
				["a", 1],
				["b", 2],
			],
		],
		(s) => s.mapValues((v) => v + 10),
		[
			[
				["a", 11],
				["b", 12],
			],
		],
		{ ordered: true },
	),
	scenario(
		"mapValues of an empty batch is empty, of an absent one absent",
		[[], null, [["k", 1]]],
		(s) => s.mapValues((v: number) => [v]),
		[[], null, [["k", [1]]]],
	),
	scenario(
		"mapValues after reduceByKey needs no second shuffle",
		[
			[
				["a", 1],
				["a", 2],
				["b", 5],
			],
		],
		(s) =>
			s
				.reduceByKey((a, b) => a + b)
				.mapValues((v) => v * 2)
				.reduceByKey((a, b) => a + b),
		[
			[
				["a", 6],
				["b", 10],
			],
		],
	),
	scenario(
		"values may be arrays, undefined and null",
		[[["a", 1]]],
		(s) => s.mapValues(() => [null, undefined]).mapValues((v) => [v]),
		[[["a", [[null, undefined]]]]],
	),
]);
