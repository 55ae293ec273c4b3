// Operations on elements: whole partitions, sets, samples, sorting, partitions; each basic, empty, and with failing functions.
import { describe, expect, test } from "vitest";
import { SparkContext } from "../../../engine/index.ts";
import { cellOptions, fewCells, rddCase, rddMatrix } from "../../support/matrix.ts";

const numbers = [5, 3, 8, 1, 9, 2, 7, 3];

rddMatrix(
	"whole partitions",
	[
		rddCase("glom gives an array per partition", (sc) => sc.parallelize(numbers, 3).glom().collect(), [
			[5, 3],
			[8, 1, 9],
			[2, 7, 3],
		]),
		rddCase("glom of an empty RDD is empty", (sc) => sc.emptyRDD().glom().collect(), []),
		rddCase(
			"mapPartitions gets an iterator",
			(sc) =>
				sc
					.parallelize(numbers, 3)
					.mapPartitions((it) => [[...it].length])
					.collect(),
			[2, 3, 3],
		),
		rddCase(
			"mapPartitions takes a generator",
			(sc) =>
				sc
					.parallelize(numbers, 2)
					.mapPartitions(function* (it) {
						for (const x of it) if (x > 5) yield x * 2;
					})
					.collect(),
			[16, 18, 14],
		),
		rddCase(
			"mapPartitions also runs for empty partitions",
			(sc) =>
				sc
					.parallelize([1], 3)
					.mapPartitions((it) => [[...it].length])
					.collect(),
			[0, 0, 1],
		),
		rddCase(
			"an error of mapPartitions names the step",
			(sc) =>
				sc
					.parallelize([1])
					.mapPartitions((): number[] => {
						throw new Error("boo");
					})
					.collect(),
			{ rejects: /mapPartitions.*boo/ },
		),
		rddCase(
			"what is no iterable is refused",
			(sc) =>
				sc
					.parallelize([1])
					.mapPartitions(() => 5 as never)
					.collect(),
			{ rejects: /mapPartitions.*expected an iterable from the function, got 5/ },
		),
		rddCase(
			"mapPartitionsWithIndex gets the number of the partition",
			(sc) =>
				sc
					.parallelize(numbers, 3)
					.mapPartitionsWithIndex((i, it) => [i * 10 + [...it].length])
					.collect(),
			[2, 13, 23],
		),
		rddCase(
			"partitions keep their numbers behind a union",
			(sc) =>
				sc
					.parallelize([1], 1)
					.union(sc.parallelize([2, 3], 2).mapPartitionsWithIndex((i, it) => [...it].map((x) => i * 10 + x)))
					.collect(),
			[1, 2, 13],
		),
		rddCase(
			"zip pairs elements",
			(sc) =>
				sc
					.parallelize([1, 2, 3], 2)
					.zip(sc.parallelize(["a", "b", "c"], 2))
					.collect(),
			[
				[1, "a"],
				[2, "b"],
				[3, "c"],
			],
		),
		rddCase(
			"zip of different numbers of partitions is refused",
			async (sc) =>
				sc
					.parallelize([1, 2], 2)
					.zip(sc.parallelize([1, 2], 1))
					.collect(),
			{ rejects: /Can't zip RDDs with unequal numbers of partitions: List\(2, 1\)/ },
		),
		rddCase(
			"zip of partitions of different size fails in the task",
			(sc) =>
				sc
					.parallelize([1, 2, 3, 4], 2)
					.zip(sc.parallelize([1, 2, 3, 4, 5], 2))
					.collect(),
			{ rejects: /Can only zip RDDs with same number of elements in each partition/ },
		),
		rddCase(
			"zipPartitions gets all sides",
			(sc) =>
				sc
					.parallelize([1, 2], 2)
					.zipPartitions(sc.parallelize(["a", "b", "c"], 2), sc.parallelize([true], 2), (a, b, c) => [
						[[...a].length, [...b].length, [...c].length],
					])
					.collect(),
			[
				[1, 1, 0],
				[1, 2, 1],
			],
		),
		rddCase(
			"zipWithIndex counts over partitions",
			(sc) =>
				sc
					.parallelize(["a", "b", "c", "d", "e"], 3)
					.filter((x) => x !== "b")
					.zipWithIndex()
					.collect(),
			[
				["a", 0],
				["c", 1],
				["d", 2],
				["e", 3],
			],
		),
		rddCase("zipWithIndex of one partition", (sc) => sc.parallelize(["a", "b"], 1).zipWithIndex().collect(), [
			["a", 0],
			["b", 1],
		]),
		rddCase(
			"zipWithUniqueId counts within partitions",
			(sc) => sc.parallelize(["a", "b", "c", "d", "e"], 2).zipWithUniqueId().collect(),
			[
				["a", 0],
				["b", 2],
				["c", 1],
				["d", 3],
				["e", 5],
			],
		),
		rddCase(
			"toLocalIterator gives all in order",
			async (sc) => {
				const all: number[] = [];
				for await (const x of sc.parallelize(numbers, 3).toLocalIterator()) all.push(x);
				return all;
			},
			numbers,
		),
		rddCase(
			"runJob on some partitions",
			(sc) => sc.runJob(sc.parallelize(numbers, 3), (it) => [...it].length, [2, 0]),
			[3, 2],
		),
		rddCase("pipe sends lines through a command", (sc) => sc.parallelize(["b", "a", "c"], 2).pipe("cat").collect(), [
			"b",
			"a",
			"c",
		]),
		rddCase(
			"pipe sets variables",
			(sc) => sc.parallelize([1], 1).pipe(["sh", "-c", "echo $X"], { X: "seen" }).collect(),
			["seen"],
		),
		rddCase(
			"pipe tells the status of a command",
			(sc) => sc.parallelize([1], 1).pipe(["sh", "-c", "exit 3"]).collect(),
			{ rejects: /Subprocess exited with status 3\. Command ran: sh -c exit 3/ },
		),
		rddCase(
			"pipe tells of a command that is not there",
			(sc) => sc.parallelize([1], 1).pipe("no-such-command-here").collect(),
			{ rejects: /pipe: Cannot run no-such-command-here/ },
		),
	],
	fewCells,
);

rddMatrix(
	"functions that await",
	[
		rddCase(
			"mapAsync keeps the order",
			(sc) =>
				sc
					.parallelize(numbers, 2)
					.mapAsync(async (x) => x * 2, { concurrency: 3 })
					.collect(),
			numbers.map((x) => x * 2),
		),
		rddCase(
			"mapAsync of nothing",
			(sc) =>
				sc
					.emptyRDD<number>()
					.mapAsync(async (x) => x)
					.collect(),
			[],
		),
		rddCase(
			"a rejection fails the task",
			(sc) =>
				sc
					.parallelize([1])
					.mapAsync((): Promise<number> => Promise.reject(new Error("boo")))
					.collect(),
			{ rejects: /mapAsync.*boo/ },
		),
	],
	fewCells,
);

rddMatrix(
	"sets",
	[
		rddCase(
			"distinct compares by value",
			(sc) =>
				sc
					.parallelize(
						[
							[1, "a"],
							[1, "a"],
							[2, "b"],
						],
						2,
					)
					.distinct()
					.collect(),
			[
				[1, "a"],
				[2, "b"],
			],
			false,
		),
		rddCase("distinct of nothing", (sc) => sc.emptyRDD<number>().distinct().collect(), []),
		rddCase(
			"union keeps duplicates",
			(sc) =>
				sc
					.parallelize([1, 2])
					.union(sc.parallelize([2]))
					.collect(),
			[1, 2, 2],
		),
		rddCase(
			"intersection strips duplicates",
			(sc) =>
				sc
					.parallelize([1, 1, 2, 3])
					.intersection(sc.parallelize([1, 1, 3, 4]))
					.collect(),
			[1, 3],
			false,
		),
		rddCase("intersection with nothing", (sc) => sc.parallelize([1]).intersection(sc.emptyRDD()).collect(), []),
		rddCase(
			"subtract keeps duplicates of the left",
			(sc) =>
				sc
					.parallelize([1, 1, 2, 3])
					.subtract(sc.parallelize([2, 4]))
					.collect(),
			[1, 1, 3],
			false,
		),
		rddCase("subtract nothing", (sc) => sc.parallelize([1, 2]).subtract(sc.emptyRDD()).collect(), [1, 2], false),
		rddCase(
			"cartesian pairs all with all",
			(sc) =>
				sc
					.parallelize([1, 2], 2)
					.cartesian(sc.parallelize(["a", "b"], 2))
					.collect(),
			[
				[1, "a"],
				[1, "b"],
				[2, "a"],
				[2, "b"],
			],
		),
		rddCase("cartesian with nothing", (sc) => sc.parallelize([1, 2]).cartesian(sc.emptyRDD()).collect(), []),
		rddCase(
			"groupBy gives all elements of a key",
			(sc) =>
				sc
					.parallelize(numbers, 3)
					.groupBy((x) => x % 2)
					.mapValues((xs) => xs.sort())
					.collect(),
			[
				[0, [2, 8]],
				[1, [1, 3, 3, 5, 7, 9]],
			],
			false,
		),
		rddCase(
			"keyBy",
			(sc) =>
				sc
					.parallelize(["aa", "b"])
					.keyBy((s) => s.length)
					.collect(),
			[
				[2, "aa"],
				[1, "b"],
			],
		),
	],
	fewCells,
);

rddMatrix(
	"order and partitions",
	[
		rddCase(
			"sortBy sorts over all partitions",
			(sc) =>
				sc
					.parallelize(numbers, 3)
					.sortBy((x) => x)
					.collect(),
			[1, 2, 3, 3, 5, 7, 8, 9],
		),
		rddCase(
			"sortBy descending",
			(sc) =>
				sc
					.parallelize(numbers, 3)
					.sortBy((x) => x, false, 2)
					.collect(),
			[9, 8, 7, 5, 3, 3, 2, 1],
		),
		rddCase(
			"sortBy of nothing",
			(sc) =>
				sc
					.emptyRDD<number>()
					.sortBy((x) => x)
					.collect(),
			[],
		),
		rddCase(
			"sortBy is stable",
			(sc) =>
				sc
					.parallelize(["bb", "aa", "c", "dd", "e"], 2)
					.sortBy((s) => s.length)
					.collect(),
			["c", "e", "bb", "aa", "dd"],
		),
		rddCase(
			"sortBy with an order of the user's",
			(sc) =>
				sc
					.parallelize(["b", "A", "c"], 2)
					.sortBy((s) => s, { ordering: (a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1) })
					.collect(),
			["A", "b", "c"],
		),
		rddCase(
			"NaN stands above all numbers",
			(sc) =>
				sc
					.parallelize([Number.NaN, 1, Number.POSITIVE_INFINITY, -1], 2)
					.sortBy((x) => x)
					.collect(),
			[-1, 1, Number.POSITIVE_INFINITY, Number.NaN],
		),
		rddCase(
			"keys without a common order are refused",
			(sc) =>
				sc
					.parallelize<unknown>([1, "a"] as never[], 1)
					.sortBy((x) => x)
					.collect(),
			{ rejects: /expected values of one kind that have an order/ },
		),
		rddCase(
			"sortByKey sorts arrays element by element",
			(sc) =>
				sc
					.parallelize(
						[
							[[2, 1], "x"],
							[[1, 5], "y"],
							[[1], "z"],
						] as [number[], string][],
						2,
					)
					.sortByKey()
					.values()
					.collect(),
			["z", "y", "x"],
		),
		rddCase(
			"filterByRange includes both bounds",
			(sc) =>
				sc
					.range(0, 20, 1, 3)
					.keyBy((x) => x)
					.filterByRange(5, 8)
					.values()
					.collect(),
			[5, 6, 7, 8],
		),
		rddCase(
			"repartitionAndSortWithinPartitions",
			(sc) =>
				sc
					.parallelize(
						[
							[0, 5],
							[3, 8],
							[2, 6],
							[0, 8],
							[3, 8],
							[1, 3],
						] as [number, number][],
						2,
					)
					.repartitionAndSortWithinPartitions({ numPartitions: 2, getPartition: (k: number) => k % 2 })
					.glom()
					.collect(),
			[
				[
					[0, 5],
					[0, 8],
					[2, 6],
				],
				[
					[1, 3],
					[3, 8],
					[3, 8],
				],
			],
		),
		rddCase("coalesce joins neighbours", (sc) => sc.parallelize([1, 2, 3, 4, 5], 5).coalesce(2).glom().collect(), [
			[1, 2],
			[3, 4, 5],
		]),
		rddCase(
			"coalesce never makes more partitions without a shuffle",
			async (sc) => sc.parallelize([1, 2], 2).coalesce(5).getNumPartitions(),
			2,
		),
		rddCase(
			"repartition makes partitions of about one size",
			async (sc) =>
				(await sc.range(0, 1000, 1, 10).repartition(4).glom().collect()).map(
					(part) => Math.abs(part.length - 250) < 10,
				),
			[true, true, true, true],
		),
		rddCase(
			"repartition keeps all elements",
			(sc) => sc.parallelize(numbers, 1).repartition(4).collect(),
			numbers,
			false,
		),
		rddCase(
			"range counts up and down",
			async (sc) => [
				await sc.range(0, 10, 3, 2).collect(),
				await sc.range(3, 0, -1).collect(),
				await sc.range(5, 5).collect(),
			],
			[[0, 3, 6, 9], [3, 2, 1], []],
		),
	],
	fewCells,
);

rddMatrix(
	"samples",
	[
		rddCase(
			"the same seed gives the same sample",
			async (sc) => {
				const rdd = sc.range(0, 1000, 1, 4);
				const [a, b] = [await rdd.sample(false, 0.1, 5).collect(), await rdd.sample(false, 0.1, 5).collect()];
				return [a.length > 50 && a.length < 150, a.join() === b.join(), new Set(a).size === a.length];
			},
			[true, true, true],
		),
		rddCase(
			"a sample without a seed is the same for all its actions",
			async (sc) => {
				const sample = sc.range(0, 1000, 1, 4).sample(false, 0.5);
				const first = await sample.collect();
				return (await sample.collect()).join() === first.join();
			},
			true,
		),
		rddCase(
			"with replacement elements may come more than once",
			async (sc) => {
				const a = await sc.range(0, 100, 1, 4).sample(true, 3, 5).collect();
				return [a.length > 200 && a.length < 400, new Set(a).size < a.length];
			},
			[true, true],
		),
		rddCase(
			"randomSplit shares all out",
			async (sc) => {
				const splits = await Promise.all(
					sc
						.range(0, 600, 1, 2)
						.randomSplit([1, 2, 3], 4)
						.map((split) => split.collect()),
				);
				return (
					splits
						.flat()
						.sort((a, b) => a - b)
						.join() === Array.from({ length: 600 }, (_, i) => i).join()
				);
			},
			true,
		),
		rddCase(
			"takeSample gives exactly as many",
			async (sc) => [
				(await sc.range(0, 50).takeSample(false, 7, 1)).length,
				(await sc.range(0, 5).takeSample(true, 12, 1)).length,
				(await sc.range(0, 5).takeSample(false, 12)).length,
				(await sc.emptyRDD().takeSample(false, 3)).length,
			],
			[7, 12, 5, 0],
		),
	],
	fewCells,
);

describe("kept partitions and checkpoints", () => {
	test.each(fewCells)("$name: persist after the first action keeps, unpersist drops", async (cell) => {
		const sc = new SparkContext(cellOptions(cell));
		try {
			const computed = sc.longAccumulator();
			const rdd = sc.range(0, 4, 1, 2).map((x) => {
				computed.add(1);
				return x;
			});
			await rdd.count();
			rdd.cache();
			expect(rdd.getStorageLevel()).toBe("MEMORY_ONLY");
			await rdd.count();
			expect(computed.value).toBe(8);
			await rdd.count();
			expect(computed.value).toBe(8);
			rdd.unpersist();
			expect(rdd.getStorageLevel()).toBe("NONE");
			await rdd.count();
			expect(computed.value).toBe(12);
		} finally {
			await sc.stop();
		}
	});
});
