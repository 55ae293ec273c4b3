// runtime.cancel: a batch or a job is ended at once, marked failed; state is as before it, and the stream goes on.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { CancelledError } from "../../../engine/index.ts";
import { TestSource } from "../../../engine/testing/index.ts";
import { Events, gate, HELD, held, LEFT, manual, open, pass } from "../../faults/support.ts";
import { cells, fewCells } from "../../support/matrix.ts";

beforeEach(() => {
	vi.spyOn(process.stderr, "write").mockImplementation(() => true);
});
afterEach(() => {
	vi.restoreAllMocks();
});

describe.each(cells.filter(({ runtime }) => runtime === "threads"))("$name", (cell) => {
	// Where a function hangs matters little to the number of executors: both run with two.
	test.each(cell.executors === 2 ? (["map", "state"] as const) : (["state"] as const))(
		"a batch that hangs in a function of %s is ended, and state is as before it",
		async (site) => {
			const { ssc, clock } = manual(cell);
			const events = new Events(ssc);
			const at = gate(0);
			const sums: unknown[][] = [];
			try {
				const source = new TestSource<string>(
					ssc,
					[
						["a", "b", "c", "d"],
						["a", "b", "c", "hang", "d", "e"],
						["a", "b", "f"],
					],
					2,
				);
				source.stream
					.map((word) => {
						if (site === "map" && word === "hang") pass(at);
						return [word, 1] as [string, number];
					})
					.updateStateByKey<{ n: number }>((values, state = { n: 0 }) => {
						// Partitions that are done before it hangs must go back, too; objects are changed in place.
						state.n += values.length;
						if (site === "state" && values.length > 0) pass(at);
						return state;
					})
					.foreachRDD(async (rdd) => {
						sums.push((await rdd.collect()).map(([word, { n }]) => `${word}${n}`).sort());
					});
				await ssc.start();
				await clock.advance(1000);
				// In "state", some partitions of the batch may come to their new version before the last one hangs.
				Atomics.store(at, LEFT, 1);
				const advanced = clock.advance(1000);
				await held(at, 1);
				expect(await ssc.sparkContext.cancel({ batchTime: 2000 }, "too slow")).toBe(1);
				await advanced;
				await expect(ssc.awaitBatches(0)).rejects.toSatisfy(
					(error) => error instanceof CancelledError && /cancelled: too slow/.test((error as Error).message),
				);
				await clock.advance(1000);
			} finally {
				open(at);
				await ssc.stop();
			}
			expect(sums).toEqual([
				["a1", "b1", "c1", "d1"],
				["a2", "b2", "c1", "d1", "f1"],
			]);
			expect(events.of("ExecutorLost").length).toBeGreaterThanOrEqual(1);
			const batches = events.of("BatchCompleted").map(({ batch }) => batch);
			expect(batches.map(({ failed }) => failed)).toEqual([false, true, false]);
			expect(batches[1].outputs[0].failureReason).toMatch(/CancelledError/);
		},
	);
});

describe("threads", () => {
	const cell = cells[4];

	test("a job of the notebook is ended without harm to a batch", async () => {
		const { ssc, clock } = manual(cell);
		const at = gate(1);
		const seen: unknown[] = [];
		try {
			new TestSource<number>(ssc, [[1], [2]], 1).stream.foreachRDD(async (rdd) => {
				seen.push(...(await rdd.collect()));
			});
			await ssc.start();
			await clock.advance(1000);
			const job = ssc.sparkContext
				.parallelize([1], 1)
				.map((n) => {
					pass(at);
					return n;
				})
				.collect();
			const ended = expect(job).rejects.toMatchObject({ code: "STREAM_CANCELLED" });
			await held(at, 1);
			// Job numbers grow by one: at this point at most a few exist.
			for (let id = 1; id < 10; id++) await ssc.sparkContext.cancel({ job: id });
			await ended;
			await clock.advance(1000);
		} finally {
			open(at);
			await ssc.stop();
		}
		expect(seen).toEqual([1, 2]);
	});

	test("a failed batch leaves no partition of its state behind, and waits for tasks that still run", async () => {
		const { ssc, clock } = manual(cell);
		const at = gate(0);
		const sums: unknown[][] = [];
		try {
			const source = new TestSource<string>(
				ssc,
				[
					["a", "b", "c", "d"],
					["a", "b", "c", "bad", "d"],
					["a", "b"],
				],
				2,
			);
			source.stream
				.map((word) => [word, 1] as [string, number])
				.updateStateByKey<number>((values, sum = 0) => {
					if (values.length > 0 && Atomics.load(at, HELD) === 7 && sum === 0) throw new RangeError("a new key");
					return values.reduce((a, b) => a + b, sum);
				})
				.foreachRDD(async (rdd) => {
					sums.push((await rdd.collect()).map(([word, n]) => `${word}${n}`).sort());
				});
			await ssc.start();
			await clock.advance(1000);
			Atomics.store(at, HELD, 7);
			await clock.advance(1000);
			await expect(ssc.awaitBatches(0)).rejects.toThrow(/a new key/);
			Atomics.store(at, HELD, 0);
			await clock.advance(1000);
		} finally {
			await ssc.stop();
		}
		expect(sums).toEqual([
			["a1", "b1", "c1", "d1"],
			["a2", "b2", "c1", "d1"],
		]);
	});
});

describe.each(fewCells)("$name", (cell) => {
	test("a batch that waits for the notebook is ended; what the notebook says later does not count", async () => {
		const { ssc, clock } = manual(cell);
		const events = new Events(ssc);
		let go: () => void = () => undefined;
		let begun: () => void = () => undefined;
		const running = new Promise<void>((resolve) => {
			begun = resolve;
		});
		const may = new Promise<void>((resolve) => {
			go = resolve;
		});
		new TestSource<number>(ssc, [[1], [2]], 1).stream.foreachRDD(async () => {
			begun();
			await may;
		});
		await ssc.start();
		const advanced = clock.advance(1000);
		await running;
		expect(await ssc.sparkContext.cancel({ batchTime: 1000 })).toBe(1);
		await advanced;
		go();
		await expect(ssc.awaitBatches(0)).rejects.toMatchObject({ code: "STREAM_CANCELLED" });
		await clock.advance(1000);
		await ssc.stop();
		expect(events.of("BatchCompleted").map(({ batch }) => batch.failed)).toEqual([true, false]);
	});

	test("cancelling what is not there does nothing", async () => {
		const { ssc, clock } = manual(cell);
		new TestSource<number>(ssc, [[1]], 1).stream.foreachRDD(() => undefined);
		await ssc.start();
		await clock.advance(1000);
		expect(await ssc.sparkContext.cancel({ batchTime: 1000 })).toBe(0);
		expect(await ssc.sparkContext.cancel({ batchTime: 77_000 })).toBe(0);
		await ssc.stop();
	});
});
