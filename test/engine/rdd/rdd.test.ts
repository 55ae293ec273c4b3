// RDDs: transformations, actions, keys by value, caching, errors; on every runtime and number of executors.
import { describe, expect, test } from "vitest";
import { SparkContext } from "../../../engine/index.ts";
import { cellOptions, cells, fewCells, rddCase, rddMatrix, sorted } from "../../support/matrix.ts";
import { keyRecords, keySums } from "../dstream/keys.ts";

const add = (a: number, b: number) => a + b;
const numbers = Array.from({ length: 100 }, (_, i) => i);

rddMatrix("actions", [
	rddCase(
		"collect gives all elements in the order they were given",
		(sc) => sc.parallelize(numbers, 7).collect(),
		numbers,
	),
	rddCase("collect of nothing is empty", (sc) => sc.parallelize([]).collect(), []),
	rddCase("collect of an empty RDD is empty", (sc) => sc.emptyRDD().collect(), []),
	rddCase("more partitions than elements leave some empty", (sc) => sc.parallelize([1, 2], 5).collect(), [1, 2]),
	rddCase("parallelize takes any iterable", (sc) => sc.parallelize(new Set(["a", "b"])).collect(), ["a", "b"]),
	rddCase(
		"values of every kind come back",
		(sc) =>
			sc
				.parallelize<unknown>([
					undefined,
					null,
					1n,
					new Date(3),
					[1, [2]],
					{ a: { b: 1 } },
					"é😀",
					Number.NaN,
					-0,
					new Map([[1, 2]]),
					new Uint8Array([1, 2]),
				] as never[])
				.collect(),
		[
			undefined,
			null,
			1n,
			new Date(3),
			[1, [2]],
			{ a: { b: 1 } },
			"é😀",
			Number.NaN,
			-0,
			new Map([[1, 2]]),
			new Uint8Array([1, 2]),
		],
	),
	rddCase("take gives the first elements", (sc) => sc.parallelize(numbers, 7).take(5), [0, 1, 2, 3, 4]),
	rddCase("take of more than there are gives all", (sc) => sc.parallelize([1, 2], 3).take(10), [1, 2]),
	rddCase("take of none gives none", (sc) => sc.parallelize([1, 2]).take(0), []),
	rddCase(
		"take skips empty partitions",
		(sc) =>
			sc
				.parallelize(numbers, 5)
				.filter((x) => x > 70)
				.take(2),
		[71, 72],
	),
	rddCase("first gives the first element", (sc) => sc.parallelize([7, 8]).first(), 7),
	rddCase("first of nothing is refused", (sc) => sc.emptyRDD().first(), { rejects: /first: empty collection/ }),
	rddCase(
		"count counts",
		(sc) =>
			sc
				.parallelize(numbers, 4)
				.filter((x) => x % 3 === 0)
				.count(),
		34,
	),
	rddCase("count of nothing is 0", (sc) => sc.emptyRDD().count(), 0),
	rddCase(
		"reduce merges all elements in order",
		(sc) => sc.parallelize(["a", "b", "c", "d"], 3).reduce((a, b) => a + b),
		"abcd",
	),
	rddCase("reduce skips empty partitions", (sc) => sc.parallelize([5], 4).reduce(add), 5),
	rddCase("reduce of nothing is refused", (sc) => sc.emptyRDD<number>().reduce(add), {
		rejects: /reduce: empty collection/,
	}),
	rddCase(
		"isEmpty tells",
		async (sc) => [
			await sc.emptyRDD().isEmpty(),
			await sc
				.parallelize([1])
				.filter(() => false)
				.isEmpty(),
			await sc.parallelize([0]).isEmpty(),
		],
		[true, true, false],
	),
	rddCase(
		"foreach and foreachPartition run and give nothing",
		async (sc) => [
			await sc.parallelize([1]).foreach(() => 1),
			await sc.parallelize([1]).foreachPartition((all) => void [...all]),
		],
		[undefined, undefined],
	),
	rddCase("take of a number that is none is refused", (sc) => sc.parallelize([1]).take(-1), {
		rejects: /take: expected a whole number/,
	}),
]);

rddMatrix("transformations", [
	rddCase(
		"map, filter and flatMap",
		(sc) =>
			sc
				.parallelize([1, 2, 3], 2)
				.map((x) => x * 2)
				.filter((x) => x > 2)
				.flatMap((x) => [x, x + 1])
				.collect(),
		[4, 5, 6, 7],
	),
	rddCase(
		"mapValues keeps keys",
		(sc) =>
			sc
				.parallelize([["a", 1]])
				.mapValues((v) => [v])
				.collect(),
		[["a", [1]]],
	),
	rddCase(
		"reduceByKey compares keys of all kinds by value",
		(sc) => sc.parallelize(keyRecords(), 4).reduceByKey(add).collect(),
		keySums as [unknown, number][],
		false,
	),
	rddCase(
		"groupByKey groups keys of all kinds by value",
		(sc) =>
			sc
				.parallelize(keyRecords(), 4)
				.groupByKey()
				.mapValues((v) => v.reduce(add))
				.collect(),
		keySums as [unknown, number][],
		false,
	),
	rddCase(
		"groupByKey keeps the order of the values",
		(sc) =>
			sc
				.parallelize(
					[
						["k", 3],
						["k", 1],
						["k", 2],
					],
					3,
				)
				.groupByKey()
				.collect(),
		[["k", [3, 1, 2]]],
	),
	rddCase(
		"join pairs the values of equal keys",
		(sc) =>
			sc
				.parallelize([
					["a", 1],
					["b", 2],
					["a", 3],
				])
				.join(
					sc.parallelize([
						["a", "x"],
						["c", "y"],
					]),
				)
				.collect(),
		[
			["a", [1, "x"]],
			["a", [3, "x"]],
		],
		false,
	),
	rddCase(
		"join with an empty RDD is empty",
		(sc) =>
			sc
				.parallelize([["a", 1]])
				.join(sc.emptyRDD<[string, number]>())
				.collect(),
		[],
	),
	rddCase(
		"join of an RDD with itself",
		(sc) => {
			const r = sc.parallelize([
				["a", 1],
				["a", 2],
			]);
			return r
				.join(r)
				.mapValues(([x, y]) => x * 10 + y)
				.collect();
		},
		[
			["a", 11],
			["a", 21],
			["a", 12],
			["a", 22],
		],
		false,
	),
	rddCase(
		"union keeps all elements and partitions in order",
		(sc) =>
			sc
				.parallelize([1, 2], 2)
				.union(sc.parallelize([3], 1))
				.union(sc.parallelize([1]))
				.collect(),
		[1, 2, 3, 1],
	),
	rddCase(
		"union of many",
		(sc) => sc.union([sc.parallelize([1]), sc.emptyRDD<number>(), sc.parallelize([2])]).collect(),
		[1, 2],
	),
	rddCase(
		"reduceByKey after a join needs no shuffle and is the same",
		(sc) => {
			const r = sc.parallelize(
				numbers.map((n) => [n % 10, n]),
				4,
			);
			return r
				.join(r.reduceByKey(add, 3), 3)
				.mapValues(([n, sum]) => n / sum)
				.reduceByKey((a, b) => a + b)
				.mapValues((x) => Math.round(x))
				.collect();
		},
		numbers.slice(0, 10).map((n): [number, number] => [n, 1]),
		false,
	),
	rddCase(
		"an RDD can be used in several jobs",
		async (sc) => {
			const r = sc
				.parallelize([
					["a", 1],
					["a", 2],
				])
				.reduceByKey(add);
			return [await r.count(), await r.collect(), await r.mapValues((x) => -x).collect()];
		},
		[1, [["a", 3]], [["a", -3]]],
	),
	rddCase(
		"cache keeps what was computed",
		async (sc) => {
			const r = sc
				.parallelize(numbers, 4)
				.map(() => Math.random())
				.cache();
			const [a, b] = [await r.collect(), await r.map((x) => x).collect()];
			return [a.every((x, i) => x === b[i]), new Set(a).size];
		},
		[true, 100],
	),
	rddCase(
		"wide keys and many partitions",
		async (sc) =>
			(
				await sc
					.parallelize(numbers, 13)
					.map((n) => [`${"k".repeat(50)}${n % 50}`, n])
					.reduceByKey(add, 17)
					.collect()
			).length,
		50,
	),
	rddCase("parallelize into no partitions is refused", async (sc) => sc.parallelize([1], 0), {
		rejects: /Positive number of partitions required/,
	}),
	rddCase("parallelize of something else is refused", async (sc) => sc.parallelize(5 as never), {
		rejects: /parallelize: expected an array or another iterable, got 5/,
	}),
	rddCase(
		"an error names the step and the record",
		(sc) =>
			sc
				.parallelize([1, 2])
				.map((x) => {
					if (x === 2) throw new TypeError("two");
					return x;
				})
				.collect(),
		{ rejects: /map \(.*rdd\.test\.ts, line \d+\): TypeError: two\n {2}record: 2/ },
	),
	rddCase(
		"an error in foreachPartition names the step",
		(sc) =>
			sc.parallelize([1, 2], 1).foreachPartition(() => {
				throw new TypeError("no");
			}),
		{ rejects: /foreachPartition .*TypeError: no/ },
	),
	rddCase(
		"a result that cannot cross is refused with its place",
		(sc) =>
			sc
				.parallelize([1])
				.map(() => ({ f: () => 1 }))
				.collect(),
		{ rejects: /function/ },
	),
]);

describe.each(fewCells)("$name", (cell) => {
	test("RDDs of two contexts do not mix", async () => {
		const [a, b] = [new SparkContext(cellOptions(cell)), new SparkContext(cellOptions(cell))];
		expect(() => a.parallelize([1]).union(b.parallelize([2]))).toThrow(/two RDDs of one context/);
		await a.stop();
		await b.stop();
	});

	test("after stop an action is refused", async () => {
		const sc = new SparkContext(cellOptions(cell));
		const rdd = sc.parallelize([1]);
		await rdd.collect();
		await sc.stop();
		await expect(rdd.collect()).rejects.toThrow(/stopped/);
	});
});

test("the default parallelism is that of the master or of the configuration, never of the executors", async () => {
	for (const [options, expected] of [
		[{ master: "local[3]" }, 3],
		[{ master: "local[2]", executors: 5 }, 2],
		[{ master: "local" }, 1],
		[{ master: "local[2]", conf: { "spark.default.parallelism": 6 } }, 6],
	] as const) {
		const sc = new SparkContext(options);
		expect(sc.defaultParallelism).toBe(expected);
		await sc.stop();
	}
});

test("elements are dealt out as in Spark, and results do not follow the number of executors", async () => {
	const seen = new Set<string>();
	for (const cell of cells.slice(0, 3)) {
		const sc = new SparkContext(cellOptions(cell));
		const pairs = await sc
			.parallelize(numbers, 9)
			.map((n) => [n % 11, 1])
			.reduceByKey(add)
			.collect();
		seen.add(JSON.stringify(pairs));
		expect(sorted(pairs)).toHaveLength(11);
		await sc.stop();
	}
	expect(seen.size).toBe(1);
});
