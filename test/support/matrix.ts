// The matrix: one suite in-process and threaded, with 1, 2 and 4 executors. Partitions and seed are fixed, so that
// every cell must give identical results, order included. All scenarios of a suite share one context per cell.
import { beforeAll, describe, expect, test, vi } from "vitest";
import type { ContextOptions } from "../../engine/context/options.ts";
import { valueEquals } from "../../engine/data/index.ts";
import { type DStream, ManualClock, type Shape, SparkContext, StreamingContext } from "../../engine/index.ts";
import { type TestInput, TestSource } from "../../engine/testing/index.ts";

/** One way to run the engine. */
export interface Cell {
	readonly name: string;
	readonly runtime: "in-process" | "threads";
	readonly executors: number;
}

/** All cells; the first one is what the others are compared with. */
export const cells: readonly Cell[] = (["in-process", "threads"] as const).flatMap((runtime) =>
	[1, 2, 4].map((executors) => ({ name: `${runtime}, ${executors} executors`, runtime, executors })),
);

/** For what costs a context of its own: both runtimes, different numbers of executors. */
export const fewCells: readonly Cell[] = [cells[0], cells[4]];

/** Options of a context in a cell: what may decide about results is fixed. */
export function cellOptions(cell: Cell, conf: { readonly [key: string]: unknown } = {}): ContextOptions {
	const { runtime, executors } = cell;
	return {
		master: "local[2]",
		runtime,
		executors,
		conf: { "spark.default.parallelism": 3, "millrace.seed": 7, ...conf } as ContextOptions["conf"],
	};
}

/** A batch's elements, or null where the stream had no RDD. */
export type Batches = readonly (readonly unknown[] | null)[];

/** A stream on given input and what comes out of it. */
export interface Scenario {
	readonly title: string;
	readonly inputs: readonly (readonly TestInput<unknown>[])[];
	readonly build: (...streams: DStream<never>[]) => DStream<unknown>;
	readonly batches: number;
	readonly expected: Batches | undefined;
	readonly ordered: boolean;
	readonly check: ((batches: Batches) => void) | undefined;
}

/** What `scenario` may be told. */
export interface ScenarioOptions {
	/** Batches to run; default: as many as there are inputs. */
	readonly batches?: number;
	/** The order of the elements is part of the expectation (it is always part of the comparison of cells). */
	readonly ordered?: boolean;
	readonly check?: (batches: Batches) => void;
}

/** A scenario of one input: `expected` has one entry per batch, null where there is no RDD. */
export function scenario<T extends Shape, U extends Shape>(
	title: string,
	input: readonly TestInput<T>[],
	build: (stream: DStream<T>) => DStream<U>,
	expected: readonly (readonly U[] | null)[] | undefined,
	options: ScenarioOptions = {},
): Scenario {
	return {
		title,
		inputs: [input],
		build: build as unknown as Scenario["build"],
		batches: options.batches ?? input.length,
		expected,
		ordered: options.ordered ?? false,
		check: options.check,
	};
}

/** A scenario of two inputs. */
export function scenario2<A extends Shape, B extends Shape, U extends Shape>(
	title: string,
	inputs: readonly [readonly TestInput<A>[], readonly TestInput<B>[]],
	build: (a: DStream<A>, b: DStream<B>) => DStream<U>,
	expected: readonly (readonly U[] | null)[] | undefined,
	options: ScenarioOptions = {},
): Scenario {
	return { ...scenario(title, inputs[0] as never, build as never, expected, options), inputs };
}

/** Runs scenarios in one context; resolves with the batches of each. */
export async function runScenarios(
	cell: Cell,
	scenarios: readonly Scenario[],
	conf?: { readonly [key: string]: unknown },
): Promise<Batches[]> {
	const clock = new ManualClock();
	const ssc = new StreamingContext({ ...cellOptions(cell, conf), batch: 1000, clock });
	const results: (unknown[] | null)[][] = scenarios.map(({ batches }) => new Array(batches).fill(null));
	try {
		scenarios.forEach(({ inputs, build }, index) => {
			const streams = inputs.map((input) => new TestSource<unknown>(ssc, input, 2).stream as DStream<never>);
			build(...streams).foreachRDD(async (rdd, time) => {
				const batch = time.milliseconds / 1000 - 1;
				const elements = await rdd.collect();
				if (batch < results[index].length) results[index][batch] = elements;
			});
		});
		await ssc.start();
		const batches = Math.max(...scenarios.map((each) => each.batches));
		for (let n = 0; n < batches; n++) await clock.advance(1000);
	} finally {
		await ssc.stop();
	}
	return results;
}

/** Everything the suites of this file declare: run together, once, because threads cost more than scenarios. */
const declared: Scenario[] = [];
let everything: Promise<Batches[][]> | undefined;

async function runEverything(): Promise<Batches[][]> {
	const results: Batches[][] = [];
	for (const cell of cells) results.push(await runScenarios(cell, declared));
	return results;
}

/** Declares one test per scenario: the expectation holds, and all cells give the same in the same order. */
export function matrix(suite: string, scenarios: readonly Scenario[]): void {
	const offset = declared.push(...scenarios) - scenarios.length;
	describe(suite, () => {
		let results: Batches[][] = [];
		beforeAll(async () => {
			results = await (everything ??= runEverything());
		});
		test.each(scenarios.map((each, index) => [each.title, each, offset + index] as const))(
			"%s",
			(_title, each, index) => {
				const [first, ...others] = results.map((result) => result[index]);
				if (each.expected !== undefined) {
					if (each.ordered) expect(first).toEqual(each.expected);
					else expect(first.map(sorted)).toEqual(each.expected.map(sorted));
				}
				each.check?.(first);
				expect.hasAssertions();
				for (const [at, other] of others.entries()) {
					expect(other, `${cells[at + 1].name}, compared with ${cells[0].name}`).toEqual(first);
				}
			},
		);
	});
}

/** A computation on RDDs and its result. */
export interface RddCase {
	readonly title: string;
	readonly run: (sc: SparkContext) => Promise<unknown>;
	readonly expected: unknown;
	/** The order of a list is part of the expectation. */
	readonly ordered: boolean;
}

/** A case of `rddMatrix`. A rejection is given as `{ rejects: /text/ }`. */
export function rddCase<R>(
	title: string,
	run: (sc: SparkContext) => Promise<R>,
	expected: R | { readonly rejects: RegExp },
	ordered = true,
): RddCase {
	return { title, run, expected, ordered };
}

/** Declares one test per case, each in all cells; the cases of a cell share one context. */
export function rddMatrix(suite: string, list: readonly RddCase[], where: readonly Cell[] = cells): void {
	describe(suite, () => {
		const results: unknown[][] = [];
		beforeAll(async () => {
			for (const cell of where) {
				const sc = new SparkContext(cellOptions(cell));
				try {
					const of: unknown[] = [];
					for (const { run } of list)
						of.push(
							await run(sc).catch((error: unknown) => ({
								error: error instanceof Error ? error.message : String(error),
							})),
						);
					results.push(of);
				} finally {
					await sc.stop();
				}
			}
		});
		test.each(list.map((each, index) => [each.title, each, index] as const))(
			"%s",
			(_title, { expected, ordered }, index) => {
				const [first, ...others] = results.map((result) => result[index]);
				const { rejects } = (expected ?? {}) as { rejects?: RegExp };
				if (rejects instanceof RegExp) expect((first as { error: string }).error).toMatch(rejects);
				else
					expect(ordered ? first : sorted(first as unknown[])).toEqual(
						ordered ? expected : sorted(expected as unknown[]),
					);
				for (const [at, other] of others.entries()) {
					expect(other, `${where[at + 1].name}, compared with ${where[0].name}`).toEqual(first);
				}
			},
		);
	});
}

/** What a stream did that has errors: outputs by batch, and the errors that awaits and stop gave. */
export interface Failing {
	readonly outputs: Batches;
	readonly errors: readonly Error[];
}

/** Runs a stream whose batches may fail, in a context of its own; nothing is printed. */
export async function runFailing<T extends Shape, U>(
	cell: Cell,
	input: readonly TestInput<T>[],
	build: (stream: DStream<T>, ssc: StreamingContext) => DStream<U>,
	conf?: { readonly [key: string]: unknown },
): Promise<Failing> {
	const clock = new ManualClock();
	const quiet = vi.spyOn(process.stderr, "write").mockImplementation(() => true);
	const ssc = new StreamingContext({ ...cellOptions(cell, conf), batch: 1000, clock });
	const outputs: (unknown[] | null)[] = input.map(() => null);
	const errors: Error[] = [];
	const note = (error: unknown) => {
		errors.push(error as Error);
	};
	try {
		build(new TestSource<T>(ssc, input, 2).stream, ssc).foreachRDD(async (rdd, time) => {
			outputs[time.milliseconds / 1000 - 1] = await rdd.collect();
		});
		await ssc.start();
		for (let n = 0; n < input.length; n++) {
			await clock.advance(1000);
			await ssc.awaitBatches(0).catch(note);
		}
	} finally {
		await ssc.stop().catch(note);
		quiet.mockRestore();
	}
	return { outputs, errors };
}

/** Returns elements in an order that depends on their values only. */
export function sorted(items: readonly unknown[] | null): unknown[] | null {
	if (items === null) return null;
	const keyed = items.map((item) => ({ item, text: text(item) }));
	keyed.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
	return keyed.map(({ item }) => item);
}

function text(value: unknown): string {
	return (
		JSON.stringify(value, (_key, inner) =>
			typeof inner === "bigint"
				? `${inner}n`
				: typeof inner === "number" && !Number.isFinite(inner)
					? String(inner)
					: inner,
		) ?? String(value)
	);
}

/** Returns whether two lists have the same elements by value, whatever the order. */
export function sameElements(a: readonly unknown[], b: readonly unknown[]): boolean {
	if (a.length !== b.length) return false;
	const left = [...b];
	return a.every((element) => {
		const at = left.findIndex((other) => valueEquals(element, other));
		if (at >= 0) left.splice(at, 1);
		return at >= 0;
	});
}

/** Returns a seed and a generator of numbers in [0, 1) made from it; the seed is printed and may be given by SEED. */
export function randomness(name: string): { readonly seed: number; readonly random: () => number } {
	const seed = process.env.SEED === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(process.env.SEED);
	console.log(`${name}: SEED=${seed}`);
	let a = seed | 0;
	return {
		seed,
		random() {
			a = (a + 0x9e3779b9) | 0;
			let t = a ^ (a >>> 16);
			t = Math.imul(t, 0x21f0aaad);
			t ^= t >>> 15;
			t = Math.imul(t, 0x735a2d97);
			return ((t ^ (t >>> 15)) >>> 0) / 2 ** 32;
		},
	};
}
