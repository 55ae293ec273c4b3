// RDD steps of the conformance data on the engine.
import { expect } from "vitest";
import { RDD, type SparkContext } from "../../engine/index.ts";
import { type Case, fn, Missing, need, type Step } from "./vocabulary.ts";

type Any = RDD<never>;
type Call = (...args: unknown[]) => unknown;

/** Where the second side of a binary step comes from. */
export interface RddScope {
	readonly sc?: SparkContext;
	readonly second?: Any;
	readonly all?: readonly Any[];
}

/** Methods behind steps of the data that have a name of their own. */
const methods: { readonly [op: string]: string } = { aggregateSumByKey: "aggregate", histogramCount: "histogram" };

/** Throws `Missing` for steps the engine does not have; `last` may be an action. */
export function needRddSteps(steps: readonly Step[]): void {
	for (const step of steps) {
		if (step.op === "contextUnion") continue;
		if (step.op === "emptyRDD" || step.op === "unionAll") continue;
		if (step.op === "collectAsMap" && !("collectAsMap" in RDD.prototype)) throw new Missing("collectAsMap");
		need(RDD.prototype, methods[step.op] ?? step.op);
		if (!(step.op in transformations) && !(step.op in actions))
			throw new Error(`the engine has ${step.op}, the conformance runner does not: add it to rdds.ts`);
	}
}

function call(rdd: Any, method: string, ...args: unknown[]): unknown {
	return (rdd as unknown as { [name: string]: Call })[method](
		...args.filter((arg, i) => arg !== undefined || i < args.length - 1),
	);
}

function second(step: Step, scope: RddScope): Any {
	if (Array.isArray(step.data)) return (scope.sc as SparkContext).parallelize(step.data as never[], 2);
	if (scope.second === undefined) throw new Error(`${step.op} has no second side`);
	return scope.second;
}

/** JSON has no NaN and no infinities: the data write them as text. */
export function numbers(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(numbers);
	if (typeof value === "object" && value !== null && "double" in value) return Number(value.double);
	return value;
}

const unary = (rdd: Any, step: Step) => call(rdd, step.op, fn(step.fn));
const binary = (rdd: Any, step: Step, scope: RddScope) => call(rdd, step.op, second(step, scope), step.numPartitions);
const plain = (rdd: Any, step: Step) => call(rdd, step.op, step.numPartitions);

/** Outer joins give undefined where Spark gives None: the data hold options. */
function outer(left: boolean, right: boolean) {
	return (rdd: Any, step: Step, scope: RddScope) =>
		(binary(rdd, step, scope) as RDD<[unknown, [unknown, unknown]]>).mapValues(([a, b]) => {
			const option = (value: unknown) => (value === undefined ? { none: true } : { some: value });
			return [left ? option(a) : a, right ? option(b) : b] as never;
		});
}

function cogrouped(rdd: Any, step: Step, scope: RddScope): unknown {
	const others = step.others as readonly unknown[][] | undefined;
	if (others === undefined) return call(rdd, step.op, second(step, scope));
	const sc = scope.sc as SparkContext;
	return call(
		rdd,
		step.op,
		...others.map((data) => (data.length === 0 ? sc.emptyRDD() : sc.parallelize(data as never[], 2))),
	);
}

/** Sums of numbers by key in an object that each partition changes in place. */
const sumByKey = (sums: { [key: string]: number }, [key, n]: [string, number]) => {
	sums[key] = (sums[key] ?? 0) + n;
	return sums;
};

const transformations: { readonly [op: string]: (rdd: Any, step: Step, scope: RddScope) => unknown } = {
	map: unary,
	flatMap: unary,
	filter: unary,
	mapValues: unary,
	flatMapValues: unary,
	mapPartitions: (rdd, step) => {
		const f = fn(step.fn);
		return rdd.mapPartitions((elements) => f([...elements]) as never[]);
	},
	mapPartitionsWithIndex: (rdd, step) => {
		const f = fn(step.fn);
		return rdd.mapPartitionsWithIndex((index, elements) => f(index, [...elements]) as never[]);
	},
	keyBy: unary,
	groupBy: unary,
	glom: plain,
	keys: plain,
	values: plain,
	distinct: plain,
	repartition: plain,
	zipWithIndex: plain,
	coalesce: (rdd, step) => call(rdd, "coalesce", step.numPartitions, step.shuffle ?? false),
	sortBy: (rdd, step) => call(rdd, "sortBy", fn(step.fn), step.ascending ?? true, step.numPartitions),
	sortByKey: (rdd, step) => call(rdd, "sortByKey", step.ascending ?? true, step.numPartitions),
	filterByRange: (rdd, step) => call(rdd, "filterByRange", step.from, step.to),
	repartitionAndSortWithinPartitions: (rdd, step) => {
		const getPartition = fn(step.partition) as (key: unknown) => number;
		return call(rdd, step.op, { numPartitions: step.numPartitions, getPartition: (key: unknown) => getPartition(key) });
	},
	reduceByKey: (rdd, step) => call(rdd, "reduceByKey", fn(step.fn), step.numPartitions),
	foldByKey: (rdd, step) => call(rdd, "foldByKey", step.zero, fn(step.fn), step.numPartitions),
	combineByKey: (rdd, step) =>
		call(rdd, "combineByKey", fn(step.create), fn(step.mergeValue), fn(step.mergeCombiner), step.numPartitions),
	groupByKey: plain,
	cogroup: cogrouped,
	groupWith: cogrouped,
	join: binary,
	leftOuterJoin: outer(false, true),
	rightOuterJoin: outer(true, false),
	fullOuterJoin: outer(true, true),
	cartesian: (rdd, step, scope) => call(rdd, "cartesian", second(step, scope)),
	intersection: binary,
	subtract: binary,
	subtractByKey: binary,
	union: (rdd, step, scope) =>
		step.with === "self" ? call(rdd, "union", rdd) : call(rdd, "union", second(step, scope)),
};

const one = async (value: unknown) => [await value];
const numeric = (rdd: Any) => rdd as unknown as RDD<number>;
const backwards = (a: unknown, b: unknown) =>
	(a as string) < (b as string) ? 1 : (a as string) > (b as string) ? -1 : 0;

const actions: { readonly [op: string]: (rdd: Any, step: Step, each: Case) => Promise<unknown> } = {
	collect: (rdd) => rdd.collect(),
	count: (rdd) => one(rdd.count()),
	take: (rdd, step) => rdd.take(step.n as number),
	top: (rdd, step) => rdd.top(step.n as number, step.ordering === "reverse" ? backwards : undefined),
	takeOrdered: (rdd, step) => rdd.takeOrdered(step.n as number, step.ordering === "reverse" ? backwards : undefined),
	first: (rdd) => one(rdd.first()),
	isEmpty: (rdd) => one(rdd.isEmpty()),
	max: (rdd) => one(rdd.max()),
	min: (rdd) => one(rdd.min()),
	sum: (rdd) => one(numeric(rdd).sum()),
	getNumPartitions: (rdd) => one(rdd.getNumPartitions()),
	reduce: (rdd, step) => one(rdd.reduce(fn(step.fn))),
	fold: (rdd, step) => one(rdd.fold(step.zero as never, fn(step.fn))),
	aggregateSumByKey: async (rdd) => {
		const pairs = rdd as unknown as RDD<[string, number]>;
		const merge = (a: { [key: string]: number }, b: { [key: string]: number }) => {
			for (const key of Object.keys(b)) a[key] = (a[key] ?? 0) + b[key];
			return a;
		};
		return Object.entries(await pairs.aggregate({} as { [key: string]: number }, sumByKey, merge));
	},
	treeAggregate: (rdd, step) =>
		one(rdd.treeAggregate(step.zero as never, fn(step.fn), fn(step.fn), step.depth as number)),
	treeReduce: (rdd, step) => one(rdd.treeReduce(fn(step.fn), step.depth as number)),
	collectAsMap: (rdd) => (call(rdd, "collectAsMap") as Promise<Map<unknown, unknown>>).then((map) => [...map]),
	histogram: (rdd, step) => numeric(rdd).histogram(numbers(step.buckets) as number[]),
	histogramCount: async (rdd, step, each) => {
		const [bounds, counts] = await numeric(rdd).histogram(step.bucketCount as number);
		const { expectedBuckets } = each as { expectedBuckets?: readonly number[] };
		if (expectedBuckets !== undefined) {
			expect(bounds).toHaveLength(expectedBuckets.length);
			for (const [i, bound] of bounds.entries()) expect(bound).toBeCloseTo(expectedBuckets[i], 12);
		}
		return counts;
	},
};

/** Runs the action of a step on an RDD. */
export function act(rdd: Any, step: Step, each: Case): Promise<unknown> {
	return actions[step.op](rdd, step, each);
}

/** Returns the RDD after transformation steps. */
export function transformRdd(rdd: Any, steps: readonly Step[], scope: RddScope): Any {
	return steps.reduce<Any>((at, step) => {
		if (step.op === "contextUnion") return (scope.sc as SparkContext).union((step.with as unknown[]).map(() => at));
		return transformations[step.op](at, step, scope) as Any;
	}, rdd);
}

/** Runs a case of kind `rdd`; resolves with the result of its action. */
export async function runRddCase(sc: SparkContext, each: Case): Promise<unknown> {
	needRddSteps(each.pipeline);
	const data = numbers(each.batches[0]) as never[];
	const rdd = each.numPartitions === 0 ? sc.emptyRDD<never>() : sc.parallelize(data, each.numPartitions ?? 1);
	const other = each.batches2?.[0] ?? undefined;
	const scope = {
		sc,
		second: other === undefined ? undefined : sc.parallelize(other as never[], each.numPartitions2 ?? 2),
	};
	const action = each.pipeline.at(-1) as Step;
	const transformed = transformRdd(rdd, each.pipeline.slice(0, -1), scope);
	if (each.expectedNumPartitions !== undefined) expect(transformed.getNumPartitions()).toBe(each.expectedNumPartitions);
	return act(transformed, action, each);
}
