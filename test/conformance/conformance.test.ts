// Spark's own suites on the engine. Cases whose steps the engine does not have yet are skipped under the step's name.
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { RDD, SparkContext } from "../../engine/index.ts";
import { needRddChecks, runRddChecks } from "./rdd-checks.ts";
import { needRddSteps, runRddCase } from "./rdds.ts";
import { needScript, Script } from "./scripts.ts";
import { needSteps, runStreamCase } from "./streams.ts";
import { type Case, canon, Missing, need, type Suite, unordered } from "./vocabulary.ts";

const folder = new URL("./data/", import.meta.url);
const suites: Suite[] = readdirSync(folder)
	.filter((file) => file.endsWith(".json"))
	.sort()
	.map((file) => {
		const suite = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Suite;
		return { ...suite, cases: suite.cases.map((each) => ({ ...suite.defaults, ...each })) };
	});

/** Cases that run now; a number that may only grow. */
const RUNNING = 173;

const isScript = (each: Case) =>
	each.kind === "stateMachine" ||
	each.kind === "unit" ||
	each.pipeline.some((step) => step.op === "new" || "on" in step);
const isRdd = (each: Case) => each.kind === "rdd";
const rddSuites = new Set(["RDDSuite", "PairRDDFunctionsSuite", "DoubleRDDSuite"]);
const isRddCheck = (each: Case) => !isRdd(each) && rddSuites.has(each.suite);

/** Name of the first step of a case that the engine does not have; an error where the runner does not know a step it has. */
function missing(each: Case): string | Error | undefined {
	try {
		if (isRdd(each)) needRddSteps(each.pipeline);
		else if (isRddCheck(each)) needRddChecks(each.pipeline);
		else if (isScript(each)) needScript(each.pipeline);
		else needSteps(each.pipeline);
		if (each.expectedNumPartitions !== undefined) need(RDD.prototype, "getNumPartitions");
		return undefined;
	} catch (error) {
		return error instanceof Missing ? error.step : (error as Error);
	}
}

async function runStream(each: Case): Promise<void> {
	const { outputs, states, error, errorAtBatch } = await runStreamCase(each, "in-process", 2);
	if (each.expectedError !== undefined) {
		expect(error, `must fail with ${each.expectedError.class}`).toBeInstanceOf(Error);
		for (const text of each.expectedError.messageContains ?? []) expect(error?.message).toContain(text);
		expect(errorAtBatch).toBe(each.errorAtBatch);
	} else if (error !== undefined) throw error;
	const order = (batches: readonly (readonly unknown[])[]) =>
		batches.map((batch) => (each.useSet ? unordered(batch, true) : batch)).map(canon);
	expect(order(outputs)).toEqual(order(each.expected));
	if (each.expectedState !== undefined) expect(order(states)).toEqual(order(each.expectedState));
}

const skipped = new Map<string, string[]>();
let running = 0;
let sc: SparkContext;

beforeAll(() => {
	sc = new SparkContext({ master: "local[2]", runtime: "in-process" });
	vi.spyOn(process.stderr, "write").mockImplementation(() => true);
});
afterAll(async () => {
	vi.restoreAllMocks();
	await sc.stop();
});

describe.each(suites)("$suite", ({ suite, cases }) => {
	for (const each of cases) {
		const step = missing(each);
		if (step instanceof Error) {
			running++;
			test(each.name, () => {
				throw step;
			});
			continue;
		}
		if (step !== undefined) {
			skipped.set(step, [...(skipped.get(step) ?? []), `${suite}: ${each.name}`]);
			test.skip(`${each.name} (no ${step} yet)`, () => undefined);
			continue;
		}
		running++;
		test(each.name, async () => {
			if (isRdd(each)) {
				const result = (await runRddCase(sc, each)) as unknown[];
				const order = (items: readonly unknown[]) => canon(each.useSet ? unordered(items, false) : items);
				expect(order(result)).toBe(order(each.expected[0]));
			} else if (isRddCheck(each)) await runRddChecks(sc, each);
			else if (isScript(each)) await new Script(each).run();
			else await runStream(each);
		});
	}
});

test("every case runs or is skipped for a step that the engine does not have", () => {
	const total = suites.reduce((sum, { cases }) => sum + cases.length, 0);
	const lines = [...skipped]
		.sort((a, b) => b[1].length - a[1].length)
		.map(([step, names]) => `${String(names.length).padStart(4)}  ${step}`);
	const count = [...skipped.values()].flat().length;
	console.log([`conformance: ${running} of ${total} cases run, ${count} wait for a step:`, ...lines].join("\n"));
	expect(running + count).toBe(total);
	expect(running).toBeGreaterThanOrEqual(RUNNING);
});
