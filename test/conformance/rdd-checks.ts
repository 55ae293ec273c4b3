// Steps of RDD suites that are checks of their own (kinds unit, error, property), by the name of the step.
import { expect } from "vitest";
import type { RDD, SparkContext } from "../../engine/index.ts";
import { type Rdd, rddOperator } from "../../engine/plan/operators.ts";
import { act, numbers } from "./rdds.ts";
import { type Case, canon, type ExpectedError, fn, Missing, type Step, unordered } from "./vocabulary.ts";

type Throws = { readonly throws?: ExpectedError; readonly actionThrows?: ExpectedError };
type Check = (sc: SparkContext, step: Step, each: Case, rdd: RDD<never>) => Promise<unknown>;

const ones = (n: number, value = 1) => new Array<number>(n).fill(value);

/** The part of a lineage that no shuffle separates. */
function narrowAncestors(rdd: Rdd): Set<Rdd> {
	const found = new Set<Rdd>();
	const walk = (at: Rdd) => {
		const shuffled = (rddOperator(at.op).shuffles?.(at) ?? []).map(({ parent }) => parent);
		for (const [i, parent] of at.parents.entries()) {
			if (shuffled.includes(i) || found.has(parent)) continue;
			found.add(parent);
			walk(parent);
		}
	};
	walk(rdd);
	return found;
}

/** Splits a description like "1000 x 1 ++ 200 x 2" into elements. */
const elementsOf = (text: string) =>
	text.split("++").flatMap((part) => {
		const [n, value] = part.split("x").map(Number);
		return ones(n, value);
	});

const checks: { readonly [op: string]: Check } = {
	emptyRDD: async () => undefined,
	count: async (sc, step) => expect(await sc.emptyRDD().count()).toBe(step.returns),
	collect: async (sc, step) => expect(await sc.emptyRDD().collect()).toEqual(step.returns),
	reduce: async (sc) => sc.emptyRDD<number>().reduce((a, b) => a + b),
	withPairs: async (sc, step) => {
		const pairs = sc.parallelize(step.pairs as [number, number][]);
		const empty = sc.emptyRDD<[number, number]>();
		expect(await pairs.join(empty).count()).toBe(step.joinSize);
		expect(await pairs.rightOuterJoin(empty).count()).toBe(step.rightOuterJoinSize);
		expect(await pairs.leftOuterJoin(empty).count()).toBe(step.leftOuterJoinSize);
		expect(await pairs.fullOuterJoin(empty).count()).toBe(step.fullOuterJoinSize);
		expect(await pairs.cogroup(empty).count()).toBe(step.cogroupSize);
		expect(await pairs.union(empty).count()).toBe(step.unionSize);
	},
	repartition: async (_sc, step, _each, rdd) => rdd.repartition(step.numPartitions as number),
	coalesce: async (_sc, step, _each, rdd) => rdd.coalesce(step.numPartitions as number),
	repartitionProperty: async (sc, step) => {
		for (const row of step.rows as { input: string; initial: number; final: number; rule?: string }[]) {
			const input = elementsOf(row.input);
			const parts = await sc.parallelize(input, row.initial).repartition(row.final).glom().collect();
			expect(parts).toHaveLength(row.final);
			expect(parts.flat().sort()).toEqual([...input].sort());
			for (const part of parts) {
				expect(part.length).toBeGreaterThan(0);
				expect(part.length).toBeLessThanOrEqual(input.length / row.final + row.initial);
				if (row.rule !== undefined) expect(Math.abs(part.length - 500)).toBeLessThan(10);
			}
		}
	},
	zip: async (sc, step) => {
		const side = (name: "a" | "b") => {
			const { data, numPartitions } = step[name] as { data: number[]; numPartitions: number };
			return sc.parallelize(data, numPartitions);
		};
		return side("a").zip(side("b")).collect();
	},
	takeSample: async (sc, step) => {
		const n = step.withReplacement ? 1000 : 100_000;
		const rdd = sc.range(0, n, 1, 2);
		for (const wanted of step.num as number[]) {
			// A thousandth of the sizes that refer to the million elements of the description.
			const num = wanted >= 1_000_000 ? (wanted / 1_000_000) * n : wanted;
			const sample = await rdd.takeSample(step.withReplacement as boolean, num, 7);
			expect(sample).toHaveLength(num);
			expect(sample.every((x) => x >= 0 && x < n)).toBe(true);
			if (!step.withReplacement) expect(new Set(sample).size).toBe(num);
			else if (num >= n) expect(new Set(sample).size).toBeLessThan(n);
			expect(await rdd.takeSample(step.withReplacement as boolean, num, 7)).toEqual(sample);
		}
		expect((await sc.parallelize([1, 2, 3]).takeSample(false, 10)).sort()).toEqual([1, 2, 3]);
		expect(await sc.emptyRDD().takeSample(false, 10)).toEqual([]);
	},
	randomSplit: async (sc, step) => {
		const rdd = sc.range(1, 601, 1, 2);
		for (const seed of step.seeds as number[]) {
			const splits = await Promise.all(rdd.randomSplit(step.weights as number[], seed).map((split) => split.collect()));
			expect(splits.flat().sort((a, b) => a - b)).toEqual(await rdd.collect());
			for (const [i, split] of splits.entries()) expect(Math.abs(split.length - (i + 1) * 100)).toBeLessThan(50);
		}
	},
	runJob: async (sc, step, _each, rdd) =>
		sc.runJob(rdd, (elements) => [...elements].length, step.partitions as number[]),
	ancestors: async (sc, step) => {
		// "r3=r2.map.filter.map": each name stands for what was described before it.
		const known = (sc as unknown as { described?: Map<string, RDD<unknown>> }).described ?? new Map();
		(sc as unknown as { described?: unknown }).described = known;
		const [name, chain] = (step.of as string).includes("=") ? (step.of as string).split("=") : ["", step.of as string];
		const [times, repeated] = / x(\d+)$/.exec(chain)?.slice(1) ?? ["1"];
		expect(repeated).toBeUndefined();
		const [root, ...ops] = chain.replace(/ x\d+$/, "").split(".");
		let rdd = root === "parallelize" ? sc.parallelize([[1, 2]] as [number, number][]) : known.get(root);
		const steps: { [op: string]: (rdd: RDD<[number, number]>) => RDD<[number, number]> } = {
			map: (at) => at.map((x) => x),
			filter: (at) => at.filter(() => true),
			reduceByKey: (at) => at.reduceByKey((a) => a),
			mapValues: (at) => at.mapValues((x) => x),
		};
		for (const op of ops) for (let i = 0; i < Number(times); i++) rdd = steps[op](rdd);
		known.set(name, rdd);
		expect(narrowAncestors(sc.session.rdd(rdd.draft)).size).toBe(step.count);
	},
	run: async (sc, step) => {
		const run = new Function("rdd", "rdd2", `return ${(step.expr as string).replace(/\bit =>/g, "it =>")}`);
		return run(sc.parallelize([1, 2]), sc.parallelize([3]));
	},
	slice: async (sc, step, each) => {
		const sliced = sc.parallelize(step.data as number[], step.numSlices as number);
		expect(await sliced.glom().collect()).toEqual(each.expected[0]);
	},
	partitionBy: async (sc, _step, each) => {
		const add = fn(each.pipeline[1].fn);
		const partitioner = { numPartitions: 2, getPartition: (key: number) => key };
		const placed = sc.parallelize(each.batches[0] as [number, number][], 2).partitionBy(partitioner);
		const reduced = placed.reduceByKey(add as never);
		// No shuffle of its own, and the partitioner stays.
		expect(narrowAncestors(sc.session.rdd(reduced.draft)).has(sc.session.rdd(placed.draft))).toBe(true);
		expect(reduced.partitioner).toEqual(placed.partitioner);
		expect(canon(unordered(await reduced.collect(), false))).toBe(canon(unordered(each.expected[0], false)));
	},
	// Second step of the case above.
	reduceByKey: async () => undefined,
	sampleByKey: async (sc, step) => checkSampleByKey(sc, step, false),
	sampleByKeyExact: async (sc, step) => checkSampleByKey(sc, step, true),
	countApproxDistinct: async (sc, step) => {
		const rdd = sc.range(1, 5001, 1, 10).map((i) => i % 1000);
		for (const [precision, bound] of step.rows as [{ p?: number; sp?: number; relativeSD?: number }, number][]) {
			const { relativeSD } = precision;
			const n = await rdd.countApproxDistinct(relativeSD ?? (precision as { p: number }));
			expect(Math.abs(n - 1000) / 1000).toBeLessThan(bound);
		}
	},
	countApproxDistinctByKey: async (sc, step) => {
		const pairs = sc
			.range(1, 11, 1, 2)
			.flatMap((i) => Array.from({ length: i * 10 * 3 }, (_, k) => [i, k % (i * 10)] as [number, number]));
		for (const [key, n] of await pairs
			.countApproxDistinctByKey({ p: step.p as number, sp: step.sp as number })
			.collect()) {
			expect(Math.abs(n - key * 10) / (key * 10)).toBeLessThan(step.maxError as number);
		}
	},
	histogram: async (sc, step, each, rdd) => act(rdd ?? sc.emptyRDD(), step, each),
	histogramCount: async (sc, step, each) => act(sc.parallelize(numbers(step.data) as never[]), step, each),
};

async function checkSampleByKey(sc: SparkContext, step: Step, exact: boolean): Promise<void> {
	const fraction = step.fraction as number;
	const pairs = sc.range(0, 1000, 1, 3).map((i) => [i % 10 === 0 ? "1" : "0", i]);
	const sizes = new Map([
		["0", 900],
		["1", 100],
	]);
	const fractions = new Map([...sizes.keys()].map((key) => [key, fraction]));
	for (const withReplacement of [false, true]) {
		for (const seed of [1, 2, 3, 4, 5]) {
			const method = exact ? "sampleByKeyExact" : "sampleByKey";
			const sample = await pairs[method](withReplacement, fractions, seed).collect();
			for (const [key, size] of sizes) {
				const values = sample.filter(([k]) => k === key).map(([, value]) => value);
				const wanted = Math.ceil(fraction * size);
				const deviation = Math.sqrt(size * fraction * (withReplacement ? 1 : 1 - fraction));
				if (exact) expect(values).toHaveLength(wanted);
				else expect(Math.abs(values.length - wanted)).toBeLessThan(3 * deviation);
				if (!withReplacement) expect(new Set(values).size).toBe(values.length);
			}
		}
	}
}

/** Throws `Missing` when the engine lacks what a step checks. */
export function needRddChecks(steps: readonly Step[]): void {
	for (const step of steps) {
		if (step.op === "isBarrier") throw new Missing("barrier");
		if (!(step.op in checks)) throw new Error(`unknown check "${step.op}" in the conformance data`);
	}
}

/** Runs the checks of a case; a step with `throws` must fail as it says. */
export async function runRddChecks(sc: SparkContext, each: Case): Promise<void> {
	const data = each.batches?.[0];
	const rdd =
		data === undefined || data === null
			? sc.emptyRDD<never>()
			: sc.parallelize(numbers(data) as never[], each.numPartitions ?? 2);
	for (const step of each.pipeline) {
		const { throws, actionThrows } = step as Throws;
		const wanted =
			throws ?? actionThrows ?? (each.kind === "error" || each.expectedError ? each.expectedError : undefined);
		const run = checks[step.op](sc, step, each, rdd);
		if (wanted === undefined) {
			await run;
			continue;
		}
		const error = await run.then(
			() => undefined,
			(thrown: unknown) => thrown,
		);
		expect(error, `${step.op} must fail with ${wanted.class}`).toBeInstanceOf(Error);
		for (const text of wanted.messageContains ?? each.expectedError?.messageContains ?? []) {
			expect((error as Error).message).toContain(text);
		}
	}
}
