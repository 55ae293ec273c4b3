// Operations by key: combining, joins, partitioners, numbers; each basic and empty.
import { describe, expect, test } from "vitest";
import { HashPartitioner, SparkContext, StatCounter } from "../../../engine/index.ts";
import { cellOptions, fewCells, rddCase, rddMatrix } from "../../support/matrix.ts";

const pairs: [string, number][] = [
	["a", 1],
	["b", 2],
	["a", 3],
	["c", 4],
];
const others: [string, string][] = [
	["a", "x"],
	["d", "y"],
	["a", "z"],
];
const of = (sc: SparkContext) => sc.parallelize(pairs, 2);
const right = (sc: SparkContext) => sc.parallelize(others, 3);
const none = (sc: SparkContext) => sc.emptyRDD<[string, string]>();
const add = (a: number, b: number) => a + b;
const concat = <T>(a: T[], b: T[]) => [...a, ...b];
const byFirst = { numPartitions: 3, getPartition: (key: string) => key.charCodeAt(0) % 3 };

class ByFirst {
	readonly numPartitions = 3;
	getPartition(key: string): number {
		return key.charCodeAt(0) % this.numPartitions;
	}
}

rddMatrix(
	"combining by key",
	[
		rddCase("keys and values", async (sc) => [await of(sc).keys().collect(), await of(sc).values().collect()], [
			["a", "b", "a", "c"],
			[1, 2, 3, 4],
		]),
		rddCase(
			"combineByKey",
			(sc) =>
				of(sc)
					.combineByKey(
						(x): number[] => [x],
						(s, x) => [...s, x],
						concat,
					)
					.collect(),
			[
				["a", [1, 3]],
				["b", [2]],
				["c", [4]],
			],
			false,
		),
		rddCase(
			"combineByKey without map-side combine",
			(sc) =>
				of(sc)
					.combineByKey(
						(x): number[] => [x],
						(s, x) => [...s, x],
						concat,
						2,
						false,
					)
					.collect(),
			[
				["a", [1, 3]],
				["b", [2]],
				["c", [4]],
			],
			false,
		),
		rddCase(
			"aggregateByKey gives each key a zero of its own",
			(sc) =>
				of(sc)
					.aggregateByKey(
						[] as number[],
						(s, x) => {
							s.push(x);
							return s;
						},
						concat,
					)
					.collect(),
			[
				["a", [1, 3]],
				["b", [2]],
				["c", [4]],
			],
			false,
		),
		rddCase(
			"foldByKey",
			(sc) => of(sc).foldByKey(0, add).collect(),
			[
				["a", 4],
				["b", 2],
				["c", 4],
			],
			false,
		),
		rddCase(
			"an error tells the record",
			(sc) =>
				of(sc)
					.coalesce(1)
					.foldByKey(0, (): number => {
						throw new Error("boo");
					})
					.collect(),
			{ rejects: /foldByKey.*boo/ },
		),
		rddCase(
			"reduceByKeyLocally",
			async (sc) => [...(await of(sc).reduceByKeyLocally(add))],
			[
				["a", 4],
				["b", 2],
				["c", 4],
			],
			false,
		),
		rddCase(
			"countByKey",
			async (sc) => [...(await of(sc).countByKey())],
			[
				["a", 2],
				["b", 1],
				["c", 1],
			],
			false,
		),
		rddCase(
			"countByValue",
			async (sc) => [...(await sc.parallelize(["x", "y", "x"], 2).countByValue())],
			[
				["x", 2],
				["y", 1],
			],
			false,
		),
		rddCase("lookup", async (sc) => [await of(sc).lookup("a"), await of(sc).lookup("q")], [[1, 3], []]),
		rddCase(
			"lookup by value of the key",
			(sc) =>
				sc
					.parallelize([
						[[1, 2], "x"],
						[[2, 1], "y"],
					] as [number[], string][])
					.lookup([1, 2]),
			["x"],
		),
		rddCase("collectAsMap keeps the last value", async (sc) => [...(await of(sc).collectAsMap())], [
			["a", 3],
			["b", 2],
			["c", 4],
		]),
		rddCase(
			"sampleByKey with fractions 0 and 1",
			(sc) =>
				of(sc)
					.sampleByKey(
						false,
						new Map([
							["a", 1],
							["b", 0],
							["c", 0],
						]),
					)
					.collect(),
			[
				["a", 1],
				["a", 3],
			],
		),
		rddCase(
			"sampleByKey without a key's fraction",
			(sc) =>
				of(sc)
					.coalesce(1)
					.sampleByKey(false, new Map([["a", 1]]))
					.collect(),
			{ rejects: /expected a fraction for every key, got none for string "b"/ },
		),
		rddCase(
			"sampleByKeyExact",
			async (sc) =>
				(
					await sc
						.range(0, 30, 1, 3)
						.keyBy((x) => x % 3)
						.sampleByKeyExact(
							false,
							new Map([
								[0, 0.3],
								[1, 0.31],
								[2, 0],
							]),
							3,
						)
						.countByKey()
				).get(1),
			4,
		),
		rddCase(
			"pairs are asked for where elements are none",
			(sc) => (sc.parallelize([1]) as never as ReturnType<typeof of>).groupByKey().collect(),
			{ rejects: /expected pairs \[key, value\], got 1/ },
		),
		rddCase(
			"everything on nothing is nothing",
			async (sc) => [
				await none(sc)
					.combineByKey(
						(x) => x,
						(s) => s,
						(a) => a,
					)
					.collect(),
				await none(sc)
					.countByKey()
					.then((map) => map.size),
				await none(sc).sortByKey().collect(),
			],
			[[], 0, []],
		),
	],
	fewCells,
);

rddMatrix(
	"two sides",
	[
		rddCase(
			"cogroup",
			(sc) => of(sc).cogroup(right(sc)).collect(),
			[
				[
					"a",
					[
						[1, 3],
						["x", "z"],
					],
				],
				["b", [[2], []]],
				["c", [[4], []]],
				["d", [[], ["y"]]],
			],
			false,
		),
		rddCase(
			"cogroup of four",
			(sc) =>
				sc
					.parallelize([[1, 1]] as [number, number][])
					.cogroup(
						sc.parallelize([[1, 2]] as [number, number][]),
						sc.parallelize([[1, 3]] as [number, number][]),
						sc.parallelize([[2, 4]] as [number, number][]),
					)
					.collect(),
			[
				[1, [[1], [2], [3], []]],
				[2, [[], [], [], [4]]],
			],
			false,
		),
		rddCase("an RDD without partitions does not make cogroup empty", (sc) => of(sc).cogroup(none(sc)).count(), 3),
		rddCase(
			"leftOuterJoin",
			(sc) => of(sc).leftOuterJoin(right(sc)).collect(),
			[
				["a", [1, "x"]],
				["a", [1, "z"]],
				["a", [3, "x"]],
				["a", [3, "z"]],
				["b", [2, undefined]],
				["c", [4, undefined]],
			],
			false,
		),
		rddCase(
			"rightOuterJoin",
			(sc) =>
				of(sc)
					.rightOuterJoin(right(sc))
					.filter(([key]) => key === "d")
					.collect(),
			[["d", [undefined, "y"]]],
		),
		rddCase(
			"fullOuterJoin has keys of both",
			(sc) => of(sc).fullOuterJoin(right(sc)).keys().distinct().collect(),
			["a", "b", "c", "d"],
			false,
		),
		rddCase(
			"subtractByKey",
			(sc) => of(sc).subtractByKey(right(sc)).collect(),
			[
				["b", 2],
				["c", 4],
			],
			false,
		),
		rddCase(
			"joins with nothing",
			async (sc) => [
				await of(sc).join(none(sc)).count(),
				await of(sc).leftOuterJoin(none(sc)).count(),
				await of(sc).rightOuterJoin(none(sc)).count(),
				await of(sc).fullOuterJoin(none(sc)).count(),
			],
			[0, 4, 0, 4],
		),
	],
	fewCells,
);

rddMatrix(
	"partitioners",
	[
		rddCase(
			"partitionBy a number is the hash partitioner",
			async (sc) => {
				const placed = of(sc).partitionBy(3);
				return [
					placed.getNumPartitions(),
					new HashPartitioner(3).equals(placed.partitioner),
					placed.mapValues((x) => x).partitioner !== undefined,
					placed.map((x) => x).partitioner,
				];
			},
			[3, true, true, undefined],
		),
		rddCase("a partitioner of the user's places pairs", (sc) => of(sc).partitionBy(byFirst).glom().collect(), [
			[["c", 4]],
			[
				["a", 1],
				["a", 3],
			],
			[["b", 2]],
		]),
		rddCase("its methods may use `this`", (sc) => of(sc).partitionBy(new ByFirst()).keys().collect(), [
			"c",
			"a",
			"a",
			"b",
		]),
		rddCase("operations by key stay with it", (sc) => of(sc).partitionBy(byFirst).reduceByKey(add).glom().collect(), [
			[["c", 4]],
			[["a", 4]],
			[["b", 2]],
		]),
		rddCase("joins bring both sides to it", (sc) => of(sc).join(right(sc), byFirst).glom().collect(), [
			[],
			[
				["a", [1, "x"]],
				["a", [3, "x"]],
				["a", [1, "z"]],
				["a", [3, "z"]],
			],
			[],
		]),
		rddCase(
			"a number out of range is refused",
			(sc) =>
				of(sc)
					.partitionBy({ numPartitions: 3, getPartition: () => 7 })
					.collect(),
			{ rejects: /expected a whole number from 0 to 2 from getPartition, got 7 for key string "a"/ },
		),
		rddCase(
			"nothing moves when pairs lie right already",
			async (sc) => {
				const placed = of(sc).partitionBy(3);
				return (
					placed.reduceByKey(add).toDebugString().includes("+-") === placed.toDebugString().includes("+-") &&
					placed.reduceByKey(add).join(placed).toDebugString().split("+-").length
				);
			},
			3,
		),
		rddCase(
			"an operation by key has spark.default.parallelism partitions if that is set",
			async (sc) => of(sc).groupByKey().getNumPartitions(),
			3,
		),
	],
	fewCells,
);

rddMatrix(
	"numbers",
	[
		rddCase(
			"sum, mean, variance",
			async (sc) => {
				const rdd = sc.parallelize([1, 2, 3, 4], 3);
				return [
					await rdd.sum(),
					await rdd.mean(),
					await rdd.variance(),
					await rdd.sampleVariance(),
					(await rdd.stdev()) ** 2,
				];
			},
			[10, 2.5, 1.25, 5 / 3, 1.2500000000000002],
		),
		rddCase(
			"of nothing",
			async (sc) => {
				const rdd = sc.emptyRDD<number>();
				const stats = await rdd.stats();
				return [await rdd.sum(), stats.count, stats.mean, stats.variance, stats.max];
			},
			[0, 0, 0, Number.NaN, Number.NEGATIVE_INFINITY],
		),
		rddCase(
			"what is no number is refused",
			(sc) => (sc.parallelize(["a"]) as never as ReturnType<SparkContext["range"]>).sum(),
			{ rejects: /sum.*expected numbers, got string "a"/ },
		),
		rddCase("histogram of even buckets", (sc) => sc.parallelize([1, 2, 3, 4], 2).histogram(2), [
			[1, 2.5, 4],
			[2, 2],
		]),
		rddCase("histogram of given bounds", (sc) => sc.parallelize([1, 5, 9, 10, 11], 2).histogram([0, 5, 10]), [1, 3]),
		rddCase("histogram of nothing", (sc) => sc.emptyRDD<number>().histogram(2), {
			rejects: /Histogram on either an empty RDD or RDD containing/,
		}),
		rddCase(
			"max, min, top, takeOrdered",
			async (sc) => {
				const rdd = sc.parallelize([3, 1, 2, 5, 4], 3);
				return [
					await rdd.max(),
					await rdd.min(),
					await rdd.top(2),
					await rdd.takeOrdered(2),
					await rdd.top(2, (a, b) => b - a),
					await rdd.takeOrdered(0),
				];
			},
			[5, 1, [5, 4], [1, 2], [1, 2], []],
		),
		rddCase("max of nothing", (sc) => sc.emptyRDD<number>().max(), { rejects: /max: empty collection/ }),
		rddCase("fold uses zero per partition and once more", (sc) => sc.parallelize([1, 2, 3], 3).fold(10, add), 46),
		rddCase(
			"aggregate",
			(sc) =>
				sc.parallelize([1, 2, 3], 3).aggregate(
					[0, 0],
					(s, x) => [s[0] + x, s[1] + 1],
					(a, b) => [a[0] + b[0], a[1] + b[1]],
				),
			[6, 3],
		),
		rddCase(
			"treeAggregate and treeReduce at all depths",
			async (sc) => {
				const rdd = sc.range(0, 100, 1, 20);
				const all: number[] = [];
				for (const depth of [1, 2, 3, 5])
					all.push(await rdd.treeReduce(add, depth), await rdd.treeAggregate(0, add, add, depth));
				return all;
			},
			Array(8).fill(4950),
		),
	],
	fewCells,
);

describe("StatCounter", () => {
	test("merging parts gives what one pass gives", () => {
		const values = Array.from({ length: 100 }, (_, i) => Math.sin(i) * 100);
		const whole = new StatCounter(values);
		const merged = new StatCounter(values.slice(0, 3)).merge(new StatCounter(values.slice(3)));
		for (const field of ["count", "mean", "variance", "sampleVariance", "max", "min", "sum"] as const) {
			expect(merged[field], field).toBeCloseTo(whole[field], 9);
		}
		expect(whole.merge(whole).count).toBe(200);
	});
});

describe("lineage", () => {
	test("toDebugString shows stages; names, ids and partitions need no job", async () => {
		const sc = new SparkContext(cellOptions(fewCells[0]));
		try {
			const sums = of(sc).reduceByKey(add).setName("sums");
			expect(sums.toDebugString()).toBe("(3) sums reduceByKey\n +-(2) parallelize");
			expect(sums.name).toBe("sums");
			expect(sums.partitions.map(({ index }) => index)).toEqual([0, 1, 2]);
			expect(sums.mapValues((x) => x).id).toBeGreaterThan(sums.id);
		} finally {
			await sc.stop();
		}
	});
});
