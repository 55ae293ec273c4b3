// Executors that die in the middle of a batch: state and windows come out as if nothing had happened.
import { beforeAll, describe, expect, test } from "vitest";
import type { DStream } from "../../engine/index.ts";
import { killExecutor } from "../../engine/testing/faults.ts";
import { TestSource } from "../../engine/testing/index.ts";
import { type Cell, cells, fewCells } from "../support/matrix.ts";
import { Events, gate, held, killAllExecutors, manual, open, pass } from "./support.ts";

type Gate = Int32Array<SharedArrayBuffer>;
type Site = "map" | "reduce" | "state" | "inverse";

const words = ["ant", "bee", "cat", "dog", "eel", "fox", "gnu", "hen"];
const input = Array.from({ length: 8 }, (_, n) =>
	Array.from({ length: 40 }, (_, i) => words[(i * (n + 3) + n * n) % (3 + ((n * 5) % 6))]),
);
/** Batch whose functions are held: in the middle of windows and with state behind it. */
const HELD_BATCH = 5;

/** Streams with every kind of state: numbers, objects that the function changes in place, windows with inverse. */
function streams(source: DStream<string>, site: Site | undefined, at: Gate) {
	const holds = (where: Site, word: unknown) => where === site && word === "ant";
	const pairs = source.map((word) => {
		if (holds("map", word)) pass(at);
		return [word, 1] as [string, number];
	});
	const totals = pairs.updateStateByKey<number>((values, total = 0) => {
		if (site === "state") pass(at);
		return values.reduce((a, b) => a + b, total);
	});
	const objects = pairs.updateStateByKey<{ n: number; batches: number[] }>((values, state = { n: 0, batches: [] }) => {
		state.n += values.length;
		state.batches.push(values.length);
		if (site === "state") pass(at);
		return state.n % 11 === 10 ? undefined : state;
	});
	const windows = pairs.reduceByKeyAndWindow(
		(a, b) => {
			if (site === "reduce") pass(at);
			return a + b;
		},
		(a, b) => {
			if (site === "inverse") pass(at);
			return a - b;
		},
		3000,
		1000,
		{ filter: ([, n]) => n > 0 },
	);
	return { totals, objects, windows, plain: pairs.window(2000, 1000).reduceByKey((a, b) => a + b) };
}

async function run(
	cell: Cell,
	site: Site | undefined,
	kill?: (ssc: ReturnType<typeof manual>["ssc"], at: Gate, advanced: Promise<void>) => Promise<void>,
) {
	const { ssc, clock } = manual(cell);
	const events = new Events(ssc);
	const at = gate(0);
	const results: { [name: string]: unknown[][] } = {};
	try {
		const source = new TestSource<string>(ssc, input, 3);
		for (const [name, stream] of Object.entries(streams(source.stream, site, at))) {
			results[name] = [];
			(stream as DStream<unknown>).foreachRDD(async (rdd) => {
				results[name].push(await rdd.collect());
			});
		}
		await ssc.start();
		for (let n = 1; n <= input.length; n++) {
			if (n === HELD_BATCH && site !== undefined) Atomics.store(at, 0, 3);
			const advanced = clock.advance(1000);
			if (n === HELD_BATCH) await kill?.(ssc, at, advanced);
			await advanced;
		}
	} finally {
		open(at);
		await ssc.stop();
	}
	return {
		results,
		lost: events.of("ExecutorLost").length,
		failed: events.of("BatchCompleted").filter(({ batch }) => batch.failed).length,
	};
}

let undisturbed: Awaited<ReturnType<typeof run>>;
beforeAll(async () => {
	undisturbed = await run(cells[0], undefined);
});

test("the undisturbed run has what it should have", () => {
	const last = new Map(undisturbed.results.totals.at(-1) as [string, number][]);
	const all = input.flat();
	for (const word of new Set(all)) expect(last.get(word)).toBe(all.filter((each) => each === word).length);
	const window = new Map(undisturbed.results.windows.at(-1) as [string, number][]);
	for (const word of new Set(input.slice(-3).flat()))
		expect(window.get(word)).toBe(
			input
				.slice(-3)
				.flat()
				.filter((each) => each === word).length,
		);
	expect(undisturbed.lost).toBe(0);
});

describe.each(cells.filter(({ runtime }) => runtime === "threads"))("$name", (cell) => {
	// Where a function stands in the batch matters little to the number of executors: the full list runs with two.
	test.each(cell.executors === 2 ? (["map", "reduce", "state", "inverse"] as const) : (["state"] as const))(
		"executors that die three times while a function of %s runs change nothing",
		async (site) => {
			const { results, lost, failed } = await run(cell, site, async (ssc, at) => {
				for (let n = 1; n <= 3; n++) {
					await held(at, n);
					await killAllExecutors(ssc, cell);
				}
			});
			expect(lost).toBeGreaterThanOrEqual(3);
			expect(failed).toBe(0);
			expect(results).toEqual(undisturbed.results);
		},
	);
});

describe.each(cells)("$name", (cell) => {
	test("executors that die while a batch is under way change nothing", async () => {
		const { results, lost, failed } = await run(cell, undefined, async (ssc) => {
			await killAllExecutors(ssc, cell);
		});
		expect(lost).toBe(cell.executors);
		expect(failed).toBe(0);
		expect(results).toEqual(undisturbed.results);
	});
});

describe.each(fewCells)("$name", (cell) => {
	test("executors that die between batches, before every one, change nothing", async () => {
		const { ssc, clock } = manual(cell);
		const totals: unknown[][] = [];
		try {
			const source = new TestSource<string>(ssc, input, 3);
			streams(source.stream, undefined, gate(0)).objects.foreachRDD(async (rdd) => {
				totals.push(await rdd.collect());
			});
			await ssc.start();
			for (let n = 0; n < input.length; n++) {
				await killExecutor(ssc, n % cell.executors);
				await clock.advance(1000);
			}
		} finally {
			await ssc.stop();
		}
		expect(totals).toEqual(undisturbed.results.objects);
	});
});

test("a task whose executor dies four times fails its batch, and the stream goes on", async () => {
	const cell = cells[3];
	const { ssc, clock } = manual(cell);
	const at = gate(0);
	const sums: unknown[][] = [];
	try {
		const source = new TestSource<string>(ssc, [["ant"], ["bee", "ant"], ["bee"]], 1);
		streams(source.stream, "map", at).totals.foreachRDD(async (rdd) => {
			sums.push(await rdd.collect());
		});
		await ssc.start();
		await clock.advance(1000);
		Atomics.store(at, 0, 4);
		const advanced = clock.advance(1000);
		for (let n = 1; n <= 4; n++) {
			await held(at, n);
			await killAllExecutors(ssc, cell);
		}
		await advanced;
		await expect(ssc.awaitBatches(0)).rejects.toMatchObject({
			code: "STREAM_TASK",
			message: expect.stringContaining("the executor ended 4 times"),
		});
		await clock.advance(1000);
	} finally {
		await ssc.stop();
	}
	expect(sums.map((sum) => [...sum].sort())).toEqual([
		[["ant", 1]],
		[
			["ant", 1],
			["bee", 1],
		],
	]);
});
