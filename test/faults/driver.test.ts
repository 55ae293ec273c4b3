// Drivers that die: the stream goes on from the ring, without a gap, and no batch is lost or counted twice.
import { beforeAll, describe, expect, test } from "vitest";
import type { DStream, StreamingContext } from "../../engine/index.ts";
import { killDriver } from "../../engine/testing/faults.ts";
import { TestSource } from "../../engine/testing/index.ts";
import { type Cell, cells, fewCells } from "../support/matrix.ts";
import { Events, gate, held, LEFT, manual, open, pass } from "./support.ts";

const words = ["ant", "bee", "cat", "dog", "eel"];
const input = Array.from({ length: 7 }, (_, n) =>
	Array.from({ length: 25 }, (_, i) => words[(i * (n + 2) + n) % (2 + (n % 4))]),
);

interface Run {
	readonly results: { readonly [name: string]: { readonly time: number; readonly rows: unknown[] }[] };
	readonly batches: { readonly number: number; readonly batchTime: number; readonly numRecords: number }[];
	readonly zeroTime: number | undefined;
}

/** Runs all batches; `fault` is called at every step and may break things. */
async function run(
	cell: Cell,
	fault: (
		ssc: StreamingContext,
		step: "made" | "started" | "before" | "advancing" | "advanced" | "output",
		n: number,
	) => Promise<void> | undefined,
	at = gate(0),
): Promise<Run> {
	const { ssc, clock } = manual(cell);
	const events = new Events(ssc);
	const results: { [name: string]: { time: number; rows: unknown[] }[] } = { totals: [], windows: [] };
	try {
		const source = new TestSource<string>(ssc, input, 2);
		const pairs = source.stream.map((word) => {
			if (word === "ant") pass(at);
			return [word, 1] as [string, number];
		});
		const totals = pairs.updateStateByKey<{ n: number }>((values, state = { n: 0 }) => {
			state.n += values.length;
			return state;
		});
		const windows = pairs.reduceByKeyAndWindow(
			(a, b) => a + b,
			(a, b) => a - b,
			3000,
			1000,
		);
		const collect = (name: string, stream: DStream<unknown>) =>
			stream.foreachRDD(async (rdd, time) => {
				const n = time.milliseconds / 1000;
				if (name === "totals") await fault(ssc, "output", n);
				const rows = await rdd.collect();
				results[name].push({ time: time.milliseconds, rows });
			});
		collect("totals", totals as DStream<unknown>);
		collect("windows", windows as DStream<unknown>);
		await fault(ssc, "made", 0);
		const started = ssc.start();
		await fault(ssc, "started", 0);
		await started;
		for (let n = 1; n <= input.length; n++) {
			await fault(ssc, "before", n);
			const advanced = clock.advance(1000);
			await fault(ssc, "advancing", n);
			await advanced;
			await fault(ssc, "advanced", n);
		}
	} finally {
		open(at);
		await ssc.stop();
	}
	const batches = events
		.of("BatchCompleted")
		.map(({ batch: { number, batchTime, numRecords } }) => ({ number, batchTime, numRecords }));
	return { results, batches, zeroTime: ssc.zeroTime };
}

/** The last answer for each batch: outputs are at least once. */
function last(run: Run): { [name: string]: { time: number; rows: unknown[] }[] } {
	return Object.fromEntries(
		Object.entries(run.results).map(([name, list]) => [
			name,
			[...new Map(list.map((each) => [each.time, each])).values()],
		]),
	);
}

let undisturbed: Run;
beforeAll(async () => {
	undisturbed = await run(cells[0], async () => undefined);
	expect(undisturbed.batches.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

function same(disturbed: Run, again: number): void {
	expect(last(disturbed)).toEqual(undisturbed.results);
	for (const list of Object.values(disturbed.results)) expect(list.length).toBeLessThanOrEqual(input.length + again);
	expect(disturbed.zeroTime).toBe(undisturbed.zeroTime);
	const byNumber = new Map(disturbed.batches.map((batch) => [batch.number, batch]));
	expect([...byNumber.values()].sort((a, b) => a.number - b.number)).toEqual(undisturbed.batches);
}

describe.each(cells.filter(({ runtime, executors }) => runtime === "threads" || executors === 2))("$name", (cell) => {
	test("a driver that dies between batches changes nothing, and no batch runs twice", async () => {
		const disturbed = await run(cell, async (ssc, step, n) => {
			if (step === "advanced" && (n === 2 || n === 5)) await killDriver(ssc);
		});
		expect(disturbed.results).toEqual(undisturbed.results);
		expect(disturbed.batches).toEqual(undisturbed.batches);
		same(disturbed, 0);
	});
});

describe.each(fewCells)("$name", (cell) => {
	test("a driver that dies while the clock moves changes nothing", async () => {
		const disturbed = await run(cell, async (ssc, step, n) => {
			if (step === "advancing" && n === 4) await killDriver(ssc);
		});
		same(disturbed, 1);
	});

	test("a driver that dies before it is started changes nothing", async () => {
		same(await run(cell, async (ssc, step) => (step === "made" ? killDriver(ssc) : undefined)), 0);
	});

	test("a driver that dies while it starts changes nothing", async () => {
		same(await run(cell, async (ssc, step) => (step === "started" ? killDriver(ssc) : undefined)), 0);
	});

	test("a driver that dies while the notebook works on a batch asks again", async () => {
		let killed = false;
		const disturbed = await run(cell, async (ssc, step, n) => {
			if (step !== "output" || n !== 3 || killed) return;
			killed = true;
			await killDriver(ssc);
		});
		expect(killed).toBe(true);
		same(disturbed, 1);
	});

	test("two deaths in one batch change nothing", async () => {
		let deaths = 0;
		const disturbed = await run(cell, async (ssc, step, n) => {
			if (step !== "output" || n !== 4 || deaths === 2) return;
			deaths++;
			await killDriver(ssc);
		});
		expect(deaths).toBe(2);
		same(disturbed, 2);
	});

	test("awaitBatches counts on over the death of a driver", async () => {
		const { ssc, clock } = manual(cell);
		try {
			const source = new TestSource<number>(ssc, [[1], [2], [3]]);
			source.stream.count().foreachRDD(() => undefined);
			await ssc.start();
			const three = ssc.awaitBatches(3);
			await clock.advance(1000);
			await killDriver(ssc);
			await clock.advance(1000);
			await killDriver(ssc);
			await clock.advance(1000);
			await three;
		} finally {
			await ssc.stop();
		}
	});

	test("queue entries that no batch has taken survive, also those that were pushed at the last moment", async () => {
		const { ssc, clock } = manual(cell);
		const seen: unknown[] = [];
		try {
			const queue: number[][] = [[1], [2], [3]];
			ssc.queueStream(queue).foreachRDD(async (rdd) => {
				seen.push(await rdd.collect());
			});
			await ssc.start();
			await clock.advance(1000);
			expect(queue).toEqual([[2], [3]]);
			queue.push([4]);
			const dead = killDriver(ssc);
			queue.push([5]);
			await dead;
			queue.push([6]);
			for (let n = 0; n < 6; n++) await clock.advance(1000);
			expect(queue).toEqual([]);
		} finally {
			await ssc.stop();
		}
		expect(seen).toEqual([[1], [2], [3], [4], [5], [6], []]);
	});

	test("an action that runs meanwhile fails with the reason, and works when it is run again", async () => {
		const { ssc } = manual(cell);
		const at = gate(cell.runtime === "threads" ? 1 : 0);
		try {
			const rdd = ssc.sparkContext.parallelize([1, 2, 3], 2).map((x) => {
				pass(at);
				return x * 2;
			});
			const first = rdd.collect();
			if (cell.runtime === "threads") await held(at, 1);
			const failed = expect(first).rejects.toMatchObject({
				code: "STREAM_TASK",
				message: expect.stringContaining("driver ended"),
			});
			await killDriver(ssc);
			await failed;
			expect(await rdd.collect()).toEqual([2, 4, 6]);
		} finally {
			open(at);
			await ssc.stop();
		}
	});

	test("an output that was added or removed just before the death stays added or removed", async () => {
		const { ssc, clock } = manual(cell);
		const kept: unknown[] = [];
		try {
			const source = new TestSource<number>(ssc, [[1], [2], [3]]);
			source.stream.foreachRDD(async (rdd) => {
				kept.push(...(await rdd.collect()));
			});
			await ssc.start();
			await clock.advance(1000);
			const late: unknown[] = [];
			source.stream.foreachRDD(async (rdd) => {
				late.push(...(await rdd.collect()));
			});
			await killDriver(ssc);
			await clock.advance(1000);
			expect(late).toEqual([2]);
		} finally {
			await ssc.stop();
		}
		expect(kept).toEqual([1, 2]);
	});

	test("stop works while there is no driver", async () => {
		const { ssc, clock } = manual(cell);
		new TestSource<number>(ssc, [[1]]).stream.foreachRDD(() => undefined);
		await ssc.start();
		await clock.advance(1000);
		const dead = killDriver(ssc);
		await ssc.stop();
		expect(ssc.getState()).toBe("STOPPED");
		await dead;
	});
});

describe.each(cells.filter(({ runtime }) => runtime === "threads"))("$name", (cell) => {
	test("a driver that dies while executors are in the middle of a batch changes nothing", async () => {
		const at = gate(0);
		let deaths = 0;
		const disturbed = await run(
			cell,
			async (ssc, step, n) => {
				if (n !== 3) return;
				if (step === "before") Atomics.store(at, LEFT, 1);
				if (step !== "advancing") return;
				await held(at, 1);
				deaths++;
				await killDriver(ssc);
			},
			at,
		);
		same(disturbed, 1);
		expect(deaths).toBe(1);
	});
});
