// Wrong arguments at every method of RDD and SparkContext: the code, the operator's name, what was expected, what came.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HashPartitioner, type RDD, SparkContext, StreamError } from "../../../engine/index.ts";
import { cellOptions, fewCells } from "../../support/matrix.ts";

type Call = (...args: unknown[]) => unknown;
/** Method, arguments, expected, got. */
type Row = readonly [method: string, args: readonly unknown[], expected: RegExp, got: RegExp];

const f = (x: unknown) => x;
const FUNCTION = /^a function$/;
const functionRows: Row[] = [
	"map",
	"flatMap",
	"filter",
	"mapPartitions",
	"mapPartitionsWithIndex",
	"sortBy",
	"keyBy",
	"groupBy",
	"mapValues",
	"flatMapValues",
	"reduceByKey",
	"reduce",
	"treeReduce",
	"foreach",
	"foreachPartition",
	"reduceByKeyLocally",
].map((method) => [method, [5], FUNCTION, /^number$/]);
const otherRows: Row[] = [
	"union",
	"intersection",
	"subtract",
	"cartesian",
	"zip",
	"join",
	"leftOuterJoin",
	"rightOuterJoin",
	"fullOuterJoin",
	"subtractByKey",
	"cogroup",
	"groupWith",
].map((method) => [method, method === "cogroup" ? [[1], undefined] : [[1]], /RDD/, /an array of 1|undefined/]);
const numberRows: Row[] = ["distinct", "groupByKey"].map((method) => [method, [0], /^a whole number above 0$/, /^0$/]);

const rdd: readonly Row[] = [
	...functionRows,
	...otherRows,
	...numberRows,
	["mapAsync", [5], FUNCTION, /^number$/],
	["mapAsync", [f, { concurrency: 0 }], /^a whole number, 1 or more$/, /^0$/],
	["aggregate", [0, 5, f], FUNCTION, /^number$/],
	["aggregate", [0, f, 5], FUNCTION, /^number$/],
	["treeAggregate", [0, f, f, 0], /^a whole number, 1 or more$/, /^0$/],
	["treeReduce", [f, 1.5], /^a whole number, 1 or more$/, /^1.5$/],
	["fold", [0, null], FUNCTION, /^null$/],
	["fold", [() => 1, f], /^data$/, /^function/],
	["combineByKey", [f, f, "x"], FUNCTION, /^string$/],
	["combineByKey", [f, f, f, 2, "x"], /^true or false for mapSideCombine$/, /^string "x"$/],
	["aggregateByKey", [0, f, undefined], FUNCTION, /^undefined$/],
	["foldByKey", [0, 1], FUNCTION, /^number$/],
	["reduceByKey", [f, 0], /^a whole number above 0$/, /^0$/],
	[
		"reduceByKey",
		[f, { numPartitions: 2 }],
		/a number of partitions, a HashPartitioner, or \{ numPartitions/,
		/^an object \{numPartitions\}$/,
	],
	["partitionBy", [undefined], /^a partitioner or a number of partitions$/, /^undefined$/],
	["partitionBy", [-1], /^a whole number above 0$/, /^-1$/],
	["coalesce", [0], /^a whole number above 0$/, /^0$/],
	["coalesce", [2, 1], /^true or false for shuffle$/, /^1$/],
	["repartition", [1.5], /^a whole number above 0$/, /^1.5$/],
	["sortByKey", ["up"], /^true, false or options$/, /^string "up"$/],
	["sortByKey", [true, 0], /^a whole number above 0$/, /^0$/],
	["sortBy", [f, { ordering: 3 }], FUNCTION, /^number$/],
	["repartitionAndSortWithinPartitions", [], /^a partitioner or a number of partitions$/, /^undefined$/],
	["sample", ["no", 0.5], /^true or false for withReplacement$/, /^string "no"$/],
	["sample", [false, -1], /^a fraction of 0 or more$/, /^-1$/],
	["sample", [false, 2], /^a fraction from 0 to 1$/, /^2$/],
	["sample", [false, 0.5, "x"], /^a number as seed$/, /^string "x"$/],
	["sampleByKey", [false, { a: 1 }], /^a Map of fractions by key$/, /^an object \{a\}$/],
	["sampleByKeyExact", [false, new Map([["a", -1]])], /^fractions from 0 to 1$/, /^an array of 1$/],
	["randomSplit", [[1, -1]], /^an array of weights of 0 or more$/, /^an array of 2$/],
	["randomSplit", [[0, 0]], /^weights with a sum above 0$/, /^an array of 2$/],
	["takeSample", [false, -1], /^a whole number, 0 or more$/, /^-1$/],
	["take", [-1], /^a whole number, 0 or more$/, /^-1$/],
	["top", [1.5], /^a whole number, 0 or more$/, /^1.5$/],
	["takeOrdered", ["2"], /^a whole number, 0 or more$/, /^string "2"$/],
	["max", [5], FUNCTION, /^number$/],
	["min", [{}], FUNCTION, /^object$/],
	["histogram", [0], /^a whole number, 1 or more$/, /^0$/],
	["histogram", [[1]], /^an array of two or more numbers$/, /^an array of 1$/],
	["countApproxDistinct", [0], /^a deviation above 0.000017$/, /^0$/],
	["countApproxDistinct", [{ p: 3 }], /^a whole number, 4 or more$/, /^3$/],
	["countApproxDistinct", [{ p: 10, sp: 33 }], /^an sp from 0 to 32$/, /^33$/],
	["countApproxDistinctByKey", [{ p: 12, sp: 5 }], /^a p not above sp$/, /^12$/],
	["zipPartitions", [5, f], /^an RDD$/, /^5$/],
	["zipPartitions", [f], /^one to three other RDDs, then the function$/, /^function f$/],
	["mapPartitions", [f, 1], /^true or false for preservesPartitioning$/, /^1$/],
	["pipe", [""], /^a command with its arguments$/, /^string ""$/],
	["saveAsTextFile", [""], /^a path$/, /^string ""$/],
	["saveAsTextFile", ["x", "zip"], /^no codec or "gzip"$/, /^string "zip"$/],
	["saveAsObjectFile", [5], /^a path$/, /^5$/],
	["persist", ["FAST"], /storage level/, /FAST/],
	["setName", [1], /^a name$/, /^1$/],
];
const context: readonly Row[] = [
	["parallelize", [5], /^an array or another iterable$/, /^5$/],
	["parallelize", [[1], 0], /^a whole number above 0$/, /^0$/],
	["range", [0, 5, 0], /^a step other than 0$/, /^0$/],
	["range", ["a", 5], /^whole numbers$/, /^string "a"$/],
	["textFile", [5], /^a path$/, /^5$/],
	["textFile", ["package.json", -1], /^a whole number above 0$/, /^-1$/],
	["wholeTextFiles", [""], /^a path$/, /^string ""$/],
	["objectFile", [null], /^a path$/, /^null$/],
	["setCheckpointDir", [""], /^a path$/, /^string ""$/],
	["register", [5], /^an instance of a subclass of AccumulatorV2$/, /^5$/],
	["broadcast", [() => 1], /^data$/, /^function/],
	["union", [[]], /^at least one RDD$/, /^none$/],
];

async function thrown(call: () => unknown): Promise<unknown> {
	try {
		await call();
		return undefined;
	} catch (error) {
		return error;
	}
}

describe("wrong arguments", () => {
	let sc: SparkContext;
	let pairs: RDD<[number, number]>;
	beforeAll(() => {
		sc = new SparkContext(cellOptions(fewCells[0]));
		pairs = sc.parallelize([[1, 2]] as [number, number][]);
	});
	afterAll(() => sc.stop());

	test.each(rdd)("rdd.%s(%j)", async (method, args, expected, got) => {
		const error = (await thrown(() => (pairs as unknown as { [name: string]: Call })[method](...args))) as StreamError;
		expect(error).toBeInstanceOf(StreamError);
		expect([error.code, error.fields.step]).toEqual(["STREAM_CONFIG", method]);
		expect(error.fields.expected).toMatch(expected);
		expect(error.fields.got).toMatch(got);
	});

	test.each(context)("sc.%s(%j)", async (method, args, expected, got) => {
		const error = (await thrown(() => (sc as unknown as { [name: string]: Call })[method](...args))) as StreamError;
		expect(error).toBeInstanceOf(StreamError);
		expect([error.code, error.fields.step]).toEqual(["STREAM_CONFIG", method]);
		expect(error.fields.expected).toMatch(expected);
		expect(error.fields.got).toMatch(got);
	});

	test("new HashPartitioner(0)", () => {
		expect(() => new HashPartitioner(0)).toThrow(/new HashPartitioner.*expected a whole number above 0, got 0/);
	});

	test("numbers of partitions that do not exist are refused before anything runs", async () => {
		await expect(sc.runJob(pairs, () => 1, [0, 9])).rejects.toThrow(/Attempting to access a non-existent partition: 9/);
	});
});

describe("promises where a value is due", () => {
	let sc: SparkContext;
	beforeAll(() => {
		sc = new SparkContext(cellOptions(fewCells[0]));
	});
	afterAll(() => sc.stop());
	const later = (x: unknown) => Promise.resolve(x) as never;

	test("async functions are refused when they are given", () => {
		expect(() => sc.range(0, 3).map(async (x) => x as never)).toThrow(
			/map: expected a value from the function, got an async function.*mapAsync/,
		);
	});

	const calls: readonly (readonly [string, (rdd: RDD<number>) => Promise<unknown>])[] = [
		["map", (rdd) => rdd.map((x) => later(x)).collect()],
		["filter", (rdd) => rdd.filter((x) => later(x)).count()],
		["mapPartitions", (rdd) => rdd.mapPartitions((x) => later(x)).collect()],
		["reduce", (rdd) => rdd.reduce((a) => later(a))],
		["fold", (rdd) => rdd.fold(0, (a) => later(a))],
		["foreach", (rdd) => rdd.foreach((x) => later(x))],
		["foreachPartition", (rdd) => rdd.foreachPartition((x) => later(x))],
		[
			"reduceByKey",
			(rdd) =>
				rdd
					.keyBy(() => 1)
					.reduceByKey((a) => later(a))
					.collect(),
		],
		[
			"mapValues",
			(rdd) =>
				rdd
					.keyBy((x) => x)
					.mapValues((x) => later(x))
					.groupByKey()
					.collect(),
		],
	];
	test.each(calls)("%s", async (_name, call) => {
		const error = (await thrown(() => call(sc.range(0, 6, 1, 2)))) as StreamError;
		expect(error).toBeInstanceOf(StreamError);
		expect(error.code).toBe("STREAM_TASK");
		expect(error.message).toMatch(/promise/i);
		expect(error.message).toMatch(/mapAsync/);
	});
});
