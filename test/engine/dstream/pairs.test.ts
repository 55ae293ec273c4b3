// Pair operators over two streams, combineByKey and what sees partitions, on the matrix.
import { expect, test } from "vitest";
import { HashPartitioner, StreamingContext } from "../../../engine/index.ts";
import { fewCells, matrix, runFailing, scenario, scenario2 } from "../../support/matrix.ts";

type Pair = [string, number];
const left: Pair[][] = [
	[
		["a", 1],
		["b", 2],
	],
	[],
	[
		["a", 3],
		["a", 4],
	],
];
const right: Pair[][] = [
	[
		["a", 10],
		["c", 30],
	],
	[["a", 11]],
	[],
];

matrix("pairs of two streams", [
	scenario2("cogroup has every key of either side", [left, right], (a, b) => a.cogroup(b), [
		[
			["a", [[1], [10]]],
			["b", [[2], []]],
			["c", [[], [30]]],
		],
		[["a", [[], [11]]]],
		[["a", [[3, 4], []]]],
	] as [string, [number[], number[]]][][]),
	scenario2("leftOuterJoin keeps what is left", [left, right], (a, b) => a.leftOuterJoin(b), [
		[
			["a", [1, 10]],
			["b", [2, undefined]],
		],
		[],
		[
			["a", [3, undefined]],
			["a", [4, undefined]],
		],
	] as [string, [number, number | undefined]][][]),
	scenario2(
		"rightOuterJoin keeps what is right",
		[left, right],
		(a, b) => a.rightOuterJoin(b, new HashPartitioner(2)),
		[
			[
				["a", [1, 10]],
				["c", [undefined, 30]],
			],
			[["a", [undefined, 11]]],
			[],
		] as [string, [number | undefined, number]][][],
	),
	scenario2("fullOuterJoin keeps both", [left, right], (a, b) => a.fullOuterJoin(b, 1), [
		[
			["a", [1, 10]],
			["b", [2, undefined]],
			["c", [undefined, 30]],
		],
		[["a", [undefined, 11]]],
		[
			["a", [3, undefined]],
			["a", [4, undefined]],
		],
	] as [string, [number | undefined, number | undefined]][][]),
	scenario2(
		"keys are compared by value",
		[[[[[1, "x"], 1]]], [[[[1, "x"], 2]]]] as [[[number, string], number][][], [[number, string], number][][]],
		(a, b) => a.cogroup(b),
		[
			[
				[
					[1, "x"],
					[[1], [2]],
				],
			],
		] as never,
	),
]);

const averages = (sideCombine: boolean) =>
	scenario(
		`combineByKey makes combiners ${sideCombine ? "before" : "after"} the shuffle`,
		[
			[
				["a", 1],
				["a", 3],
				["b", 5],
			],
			[],
		] as Pair[][],
		(s) =>
			s
				.combineByKey(
					(n) => [n, 1] as [number, number],
					([sum, count], n) => [sum + n, count + 1] as [number, number],
					([a, b], [c, d]) => [a + c, b + d] as [number, number],
					2,
					sideCombine,
				)
				.mapValues(([sum, count]) => sum / count),
		[
			[
				["a", 2],
				["b", 5],
			],
			[],
		] as Pair[][],
	);

matrix("combineByKey and partitions", [
	averages(true),
	averages(false),
	scenario(
		"glom gives one array per partition",
		[[1, 2, 3], []],
		(s) => s.glom(),
		[
			[[1], [2, 3]],
			[[], []],
		] as number[][][],
		{ ordered: true },
	),
	scenario(
		"mapPartitions is called for empty partitions, too",
		[[1, 2, 3], [1]],
		(s) => s.mapPartitions((part) => [[...part].length]),
		[
			[1, 2],
			[0, 1],
		],
	),
	scenario(
		"mapPartitions that keeps keys needs no shuffle after it and groups right",
		[
			[
				["a", 1],
				["b", 2],
				["a", 3],
			],
		] as Pair[][],
		(s) =>
			s
				.reduceByKey((a, b) => a + b)
				.mapPartitions((part) => part, true)
				.reduceByKey((a, b) => a + b),
		[
			[
				["a", 4],
				["b", 2],
			],
		] as Pair[][],
	),
	scenario(
		"repartition gives as many partitions as asked",
		[[1, 2, 3, 4, 5, 6, 7, 8]],
		(s) =>
			s
				.repartition(4)
				.glom()
				.map((part) => part.length),
		[[2, 2, 2, 2]],
	),
	scenario("repartition loses and doubles nothing", [[1, 2, 3, 4, 5], []], (s) => s.repartition(2), [
		[1, 2, 3, 4, 5],
		[],
	]),
	scenario("glom is absent where the stream is", [[1], null], (s) => s.glom().map((part) => part.length), [
		[0, 1],
		null,
	]),
]);

test("repartition of a batch without an RDD fails with Spark's message", async () => {
	const { errors } = await runFailing(fewCells[0], [[1], null], (s) => s.repartition(2));
	expect(errors[0].message).toMatch(/Couldn't generate RDD from parent at time 2000 ms/);
});

test("an error in combineByKey names the step", async () => {
	const { errors } = await runFailing(fewCells[0], [[["a", 1]]] as Pair[][], (s) =>
		s.combineByKey(
			() => {
				throw new Error("no combiner");
			},
			(c: number) => c,
			(c: number) => c,
		),
	);
	expect(errors[0].message).toMatch(/combineByKey.*no combiner/s);
});

test("bad partitions are refused where they are given", () => {
	const ssc = new StreamingContext({ master: "local[1]", runtime: "in-process", batch: 1000 });
	const pairs = ssc.queueStream<Pair>([]);
	for (const op of ["join", "cogroup", "leftOuterJoin", "rightOuterJoin", "fullOuterJoin"] as const) {
		expect(() => pairs[op](pairs, 0)).toThrow(/Positive number of partitions required/);
		expect(() => pairs[op]([] as never)).toThrow(/a DStream/);
	}
	expect(() => pairs.repartition(0)).toThrow(/must be positive/);
	expect(() => pairs.mapPartitions((part) => part, 1 as never)).toThrow(/preservesPartitioning/);
	expect(() => pairs.mapPartitions((async () => []) as never)).toThrow(/mapAsync/);
});
