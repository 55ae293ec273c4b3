// mapAsync: functions that await, in executors; order, number of calls at a time, errors, and the tasks after it.
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { StreamingContext } from "../../../engine/index.ts";
import { fewCells, matrix, runFailing, scenario } from "../../support/matrix.ts";

matrix("mapAsync", [
	scenario(
		"results come in the order of the elements, whichever is ready first",
		[[5, 1, 4, 2, 3], [], [7]],
		(s) =>
			s.mapAsync(async (n) => {
				for (let i = 0; i < n; i++) await new Promise((done) => setImmediate(done));
				return n * 10;
			}),
		[[50, 10, 40, 20, 30], [], [70]],
		{ ordered: true },
	),
	scenario(
		"it stands before shuffles, in kept streams and before state",
		[["a", "b", "a"], ["a"]],
		(s) => {
			const kept = s.mapAsync(async (word) => [word, 1] as [string, number]).persist();
			return kept.union(kept).updateStateByKey<number>((values, sum = 0) => values.reduce((a, b) => a + b, sum));
		},
		[
			[
				["a", 4],
				["b", 2],
			],
			[
				["a", 6],
				["b", 2],
			],
		] as [string, number][][],
	),
	scenario(
		"it stands after state: the state of a batch is made once",
		[[["a", 1]], [["a", 2]]] as [string, number][][],
		(s) =>
			s
				.updateStateByKey<number>((values, sum = 0) => values.reduce((a, b) => a + b, sum))
				.mapAsync(async ([key, n]) => {
					await null;
					return `${key}${n}`;
				}),
		[["a1"], ["a3"]],
	),
	scenario("plain values are as good as promises", [[1]], (s) => s.mapAsync((n) => n + 1, { ordered: false }), [[2]]),
	scenario(
		"Math.random and Date.now are those of the task when a call begins",
		[[1, 2]],
		(s) => s.mapAsync(async () => [Date.now(), Math.random()]),
		undefined,
		{
			check: ([batch]) => expect((batch as [number, number][]).map(([now]) => now)).toEqual([1000, 1000]),
		},
	),
]);

describe.each(fewCells)("$name", (cell) => {
	test("a rejection names step and record; the next batch goes on", async () => {
		const { outputs, errors } = await runFailing(cell, [[1, 2], [3]], (s) =>
			s.mapAsync(async (n) => {
				await null;
				if (n === 2) throw new Error("no answer");
				return n;
			}),
		);
		expect(errors).toHaveLength(1);
		expect(errors[0].message).toMatch(/mapAsync.*no answer/s);
		expect((errors[0] as { record?: string }).record ?? errors[0].message).toMatch(/2/);
		expect(outputs).toEqual([null, [3]]);
	});

	test("an error before it names its own step", async () => {
		const { errors } = await runFailing(cell, [[1]], (s) =>
			s
				.map((): number => {
					throw new Error("too early");
				})
				.mapAsync(async (n) => n),
		);
		expect(errors[0].message).toMatch(/map .*too early/s);
		expect(errors[0].message).not.toMatch(/^mapAsync/);
	});
});

test("as many calls as asked for are under way, no more", async () => {
	// One executor has one task at a time: what counts here are the calls of one partition.
	const { outputs } = await runFailing(fewCells[0], [[1, 2, 3, 4, 5, 6, 7, 8]], (s) =>
		s.mapAsync(
			async () => {
				const count = globalThis as { underWay?: number };
				count.underWay = (count.underWay ?? 0) + 1;
				const now = count.underWay;
				await new Promise((done) => setImmediate(done));
				count.underWay--;
				return now;
			},
			{ concurrency: 3 },
		),
	);
	expect(Math.max(...(outputs[0] as number[]))).toBe(3);
});

test("async functions elsewhere are refused and told of mapAsync; bad options are told", async () => {
	await turn();
	const ssc = new StreamingContext({ master: "local[1]", runtime: "in-process", batch: 1000 });
	const s = ssc.queueStream<number>([]);
	expect(() => s.map(async (n) => n)).toThrow(/mapAsync/);
	expect(() => s.filter(async () => true)).toThrow(/mapAsync/);
	expect(() => s.mapAsync(1 as never)).toThrow(/a function/);
	expect(() => s.mapAsync(async (n) => n, { concurrency: 0 })).toThrow(/whole number/);
	expect(() => s.mapAsync(async (n) => n, { ordered: 1 as never })).toThrow(/ordered/);
});
