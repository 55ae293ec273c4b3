// Randomness and time of tasks: the same in every attempt and on any number of executors, different per batch and partition.
import { describe, expect, test } from "vitest";
import { seeded, withDeterminism } from "../../../engine/executor/determinism.ts";
import type { Task } from "../../../engine/plan/stage.ts";
import { type Batches, cells, fewCells, matrix, runFailing, runScenarios, scenario } from "../../support/matrix.ts";

const eight = Array.from({ length: 8 }, (_, i) => i);

matrix("Math.random and Date.now in tasks", [
	scenario(
		"are the same in all cells, differ between elements, partitions and batches, and time is the batch's",
		[eight, eight],
		// biome-ignore lint/complexity/useDateNow: both ways to the time are looked at.
		(s) => s.map((x) => [x, Math.random(), Date.now(), new Date().getTime() >= 0]),
		undefined,
		{
			check(batches) {
				const drawn = (batches as [number, number, number, boolean][][]).flat().map(([, random]) => random);
				expect(new Set(drawn).size).toBe(16);
				for (const random of drawn) expect(random >= 0 && random < 1).toBe(true);
				expect(
					(batches as [number, number, number][][]).map((batch) => [...new Set(batch.map(([, , now]) => now))]),
				).toEqual([[1000], [2000]]);
			},
		},
	),
	scenario(
		"differ between two streams",
		[[1, 2, 3]],
		(s) => s.map(() => Math.random()).union(s.map((x) => Math.random() + 0 * x)),
		undefined,
		{
			check: ([batch]) => expect(new Set(batch).size).toBe(6),
		},
	),
	scenario(
		"are drawn again in the order of the elements before a shuffle",
		[eight],
		(s) =>
			s
				.map((x) => [x % 2, Math.random()])
				.groupByKey()
				.mapValues((v) => v.length),
		[
			[
				[0, 4],
				[1, 4],
			],
		],
	),
]);

test("another seed gives other numbers, the same seed the same", async () => {
	const draw = async (seed: number): Promise<Batches> =>
		(
			await runScenarios(cells[0], [scenario("", [[1, 2]], (s) => s.map(() => Math.random()), undefined)], {
				"millrace.seed": seed,
			})
		)[0];
	expect(await draw(1)).toEqual(await draw(1));
	expect(await draw(1)).not.toEqual(await draw(2));
});

describe.each(fewCells)("$name", (cell) => {
	test("an attempt that is repeated draws the same numbers", async () => {
		// The first attempt of the task fails on the executor's own memory of having been there, later ones tell what they drew.
		const { outputs, errors } = await runFailing(cell, [[1, 2, 3, 4]], (s) =>
			s.map((x) => {
				const seen = ((globalThis as { seenDraws?: Map<number, number[]> }).seenDraws ??= new Map<number, number[]>());
				const drawn = Math.random();
				const all = [...(seen.get(x) ?? []), drawn];
				seen.set(x, all);
				if (x % 2 === 0 && all.length < 2) throw new Error("the first attempt fails");
				return all;
			}),
		);
		expect(errors).toEqual([]);
		const draws = outputs[0] as number[][];
		expect(draws).toHaveLength(4);
		for (const each of draws) expect(new Set(each).size).toBe(1);
		expect(Math.max(...draws.map((each) => each.length))).toBeGreaterThan(1);
		expect(new Set(draws.flat()).size).toBe(4);
		(globalThis as { seenDraws?: unknown }).seenDraws = undefined;
	});
});

test("outside of tasks chance and time are the program's own", () => {
	const { random } = Math;
	const { now } = Date;
	const task = { seed: 3, batchTime: 5000 } as Task;
	expect(withDeterminism(task, () => [Math.random(), Date.now()])).toEqual([seeded(3)(), 5000]);
	expect(() =>
		withDeterminism(task, () => {
			throw new Error("x");
		}),
	).toThrow("x");
	expect([Math.random, Date.now]).toEqual([random, now]);
	expect(withDeterminism({ seed: 1, batchTime: 0 } as Task, () => Date.now())).toBeGreaterThan(1e12);
});

test("drawn numbers are spread evenly", () => {
	const random = seeded(12345);
	const buckets = new Array(10).fill(0);
	for (let i = 0; i < 100_000; i++) buckets[Math.floor(random() * 10)]++;
	for (const count of buckets) expect(Math.abs(count - 10_000)).toBeLessThan(500);
});
