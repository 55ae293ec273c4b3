// User functions that throw: step, place, record in the error; the stream goes on with the next batch.
import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import { type DStream, type StreamError, TaskError } from "../../../engine/index.ts";
import { TestSource } from "../../../engine/testing/index.ts";
import { fewCells, runFailing } from "../../support/matrix.ts";

type Pair = [string, number];
const bad = (x: unknown) => {
	if (x === "bad" || x === -1) throw new RangeError("no bad ones");
	return x;
};
const input: string[][] = [["a"], ["b", "bad"], ["c"]];
const pairs: Pair[][] = [
	[["a", 1]],
	[
		["a", 2],
		["a", -1],
	],
	[["a", 3]],
];

interface Case {
	readonly step: string;
	readonly record: RegExp;
	readonly build: (s: DStream<string>) => DStream<unknown>;
	readonly pairs?: (s: DStream<Pair>) => DStream<unknown>;
	readonly input?: Pair[][];
	readonly after: unknown[];
}

const cases: Case[] = [
	{ step: "map", record: /^"bad"$/, build: (s) => s.map((x) => bad(x)), after: ["c"] },
	{ step: "flatMap", record: /^"bad"$/, build: (s) => s.flatMap((x) => [bad(x)]), after: ["c"] },
	{ step: "filter", record: /^"bad"$/, build: (s) => s.filter((x) => bad(x)), after: ["c"] },
	{
		step: "mapValues",
		record: /bad/,
		build: (s) => s.map((x) => [x, x]).mapValues((x) => bad(x)),
		after: [["c", "c"]],
	},
	{
		step: "reduceByKey",
		record: /"a"/,
		build: (s) => s as never,
		pairs: (s) => s.reduceByKey((a, b) => (bad(b) as number) + a, 1),
		after: [["a", 3]],
	},
	{
		step: "reduceByKeyAndWindow",
		record: /"a"/,
		build: (s) => s as never,
		input: [[["a", 1]], [["a", -1]], [["a", 3]]],
		pairs: (s) =>
			s.reduceByKeyAndWindow(
				(a, b) => (bad(b) as number) + a,
				(a, b) => a - b,
				1000,
				1000,
			),
		after: [["a", 3]],
	},
	{
		step: "updateStateByKey",
		record: /^\["a",\[2,-1\],1\]$/,
		build: (s) => s as never,
		pairs: (s) =>
			s.updateStateByKey<number>((values, state = 0) => values.reduce((sum, v) => sum + (bad(v) as number), state)),
		after: [["a", 4]],
	},
];

describe.each(fewCells)("$name", (cell) => {
	test.each(cases)(
		"an error in $step names step, file, line and record, and later batches go on",
		async ({ step, record, build, pairs: byKey, input: own, after }) => {
			const { outputs, errors } =
				byKey === undefined ? await runFailing(cell, input, build) : await runFailing(cell, own ?? pairs, byKey);
			expect(errors).toHaveLength(1);
			const [error] = errors as [StreamError];
			expect(error).toBeInstanceOf(TaskError);
			expect(error.fields.step).toBe(step);
			expect(basename(error.fields.file as string)).toBe("errors.test.ts");
			expect(error.fields.line).toBeGreaterThan(1);
			expect(error.fields.record).toMatch(record);
			expect(error.message).toContain("RangeError: no bad ones");
			expect(error.message).toContain(`record: ${error.fields.record}`);
			expect(error.cause).toMatchObject({ name: "RangeError", message: "no bad ones" });
			expect((error.cause as Error).stack).toContain("errors.test.ts");
			expect(outputs[0]).not.toBeNull();
			expect(outputs[1]).toBeNull();
			expect(outputs[2]).toEqual(after);
		},
	);

	test("a value that is no Error names the step, too", async () => {
		const { errors } = await runFailing(cell, [["x"]], (s) =>
			s.map((x) => {
				throw `thrown ${x}`;
			}),
		);
		expect((errors[0] as StreamError).fields).toMatchObject({ step: "map", record: '"x"' });
		expect(errors[0].message).toContain("thrown x");
	});

	test("flatMap of something that is no iterable says what came", async () => {
		const { errors } = await runFailing(cell, [[1]], (s) => s.flatMap((x) => x as never));
		expect(errors[0].message).toMatch(/flatMap: expected an iterable from the function, got 1/);
	});

	test("pairs that are none say what came", async () => {
		const { errors } = await runFailing(cell, [["x"]], (s) =>
			(s as unknown as DStream<Pair>).reduceByKey((a, b) => a + b),
		);
		expect(errors[0].message).toMatch(/expected pairs \[key, value\], got "x"/);
	});

	test("a key that has no value says so", async () => {
		const { errors } = await runFailing(cell, [["x"]], (s) =>
			s.map((x) => [new Map([[x, 1]]), 1]).reduceByKey((a, b) => a + b),
		);
		expect(errors[0].message).toMatch(/a key that compares by value/);
	});

	test("an error in transform is told, and the next batch is generated", async () => {
		const { outputs, errors } = await runFailing(cell, [[1], [2], [3]], (s) =>
			s.transform((rdd, time) => {
				if (time.milliseconds === 2000) throw new RangeError("not at two");
				return rdd;
			}),
		);
		expect(errors).toHaveLength(1);
		expect((errors[0] as StreamError).fields).toMatchObject({ step: "transform" });
		expect(errors[0].message).toContain("not at two");
		expect(outputs).toEqual([[1], null, [3]]);
	});

	test.each([
		["count", (s: DStream<number>) => s.count(), /Couldn't generate RDD from parent at time 2000 ms/],
		[
			"transform",
			(s: DStream<number>) => s.transform((rdd) => rdd),
			/Couldn't generate RDD from parent at time 2000 ms/,
		],
		["union", (s: DStream<number>) => s.union(s), /Could not generate RDD from a parent for unifying at time 2000 ms/],
	] as const)(
		"%s of a batch without an RDD fails with Spark's message, and the next batch goes on",
		async (_step, build, message) => {
			const { outputs, errors } = await runFailing(cell, [[1], null, [3]], build as never);
			expect(errors.map((error) => error.message)).toEqual([expect.stringMatching(message)]);
			expect(outputs[0]).not.toBeNull();
			expect(outputs[1]).toBeNull();
			expect(outputs[2]).not.toBeNull();
		},
	);

	test("join of a batch without an RDD fails with Spark's message", async () => {
		const { errors } = await runFailing(cell, [null, [["a", 1] as Pair]], (s) => s.join(s));
		expect(errors.map((error) => error.message)).toEqual([
			expect.stringMatching(/Couldn't generate RDD from parent at time 1000 ms/),
		]);
	});

	test("a source that fails in one batch does not end the stream", async () => {
		const { outputs, errors } = await runFailing<number, number>(
			cell,
			[[1], TestSource.ABORT, TestSource.PAUSE, [4], TestSource.EOF],
			(s) => s,
		);
		expect(errors.map((error) => (error as StreamError).code)).toEqual(["STREAM_SOURCE"]);
		expect(outputs).toEqual([[1], null, [], [4], []]);
	});

	test("a failed attempt leaves no trace in state, whatever was changed before the error", async () => {
		const { outputs, errors } = await runFailing(
			cell,
			[
				["a", "b", "c"].map((k): Pair => [k, 1]),
				[
					["b", 1],
					["c", -1],
					["d", 1],
				] as Pair[],
				[["a", 1] as Pair],
			],
			(s) =>
				s.updateStateByKey<{ n: number }>((values, state = { n: 0 }) => {
					for (const v of values) state.n += bad(v) as number;
					return state;
				}, 1),
		);
		expect(errors).toHaveLength(1);
		expect(outputs[2]).toEqual([
			["a", { n: 2 }],
			["b", { n: 1 }],
			["c", { n: 1 }],
		]);
	});

	test("a window after a failed batch has the other batches", async () => {
		const { outputs, errors } = await runFailing(cell, input, (s) => s.map((x) => bad(x) as string).window(3000));
		expect(errors.length).toBeGreaterThan(0);
		expect(outputs[0]).toEqual(["a"]);
		expect((outputs[2] as string[]).slice().sort()).toEqual(expect.arrayContaining(["a", "c"]));
	});
});
