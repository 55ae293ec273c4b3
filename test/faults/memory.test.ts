// What is held stays bounded: the ring over many batches, and input that comes faster than it is worked on.
import { describe, expect, test } from "vitest";
import { type SparkContext, StreamingContext } from "../../engine/index.ts";
import { ringOf } from "../../engine/testing/faults.ts";
import { TestSource } from "../../engine/testing/index.ts";
import { cellOptions, cells, fewCells } from "../support/matrix.ts";
import { LineServer, manual, write } from "./support.ts";

const MB = 2 ** 20;

describe("the ring", () => {
	test("holds no more after 500 batches with state and windows than after 60", async () => {
		const { ssc, clock } = manual(cells[1]);
		let last: unknown[] = [];
		try {
			const source = new TestSource<number>(ssc, [], 2);
			const pairs = source.stream.map((n) => [n % 50, n] as [number, number]);
			const totals = pairs.updateStateByKey<{ sum: number }>((values, state = { sum: 0 }) => ({
				sum: values.reduce((a, b) => a + b, state.sum),
			}));
			totals.foreachRDD(async (rdd) => {
				last = await rdd.filter(([key]) => key === 7).collect();
			});
			pairs
				.reduceByKeyAndWindow(
					(a, b) => a + b,
					(a, b) => a - b,
					10_000,
					1000,
				)
				.foreachRDD(() => undefined);
			pairs.window(5000, 2000).foreachRDD(() => undefined);
			await ssc.start();
			const bytes: number[] = [];
			const counts: { [name: string]: number }[] = [];
			for (let n = 0; n < 500; n++) {
				source.push(Array.from({ length: 100 }, (_, i) => n * 100 + i));
				await clock.advance(1000);
				const ring = ringOf(ssc);
				bytes.push(ring?.bytes ?? Number.NaN);
				const contents = ring?.contents();
				counts.push(
					Object.fromEntries(
						Object.entries(contents ?? {}).map(([name, list]) => [name, Array.isArray(list) ? list.length : 0]),
					),
				);
			}
			const early = Math.max(...bytes.slice(20, 60));
			expect(early).toBeGreaterThan(0);
			expect(Math.max(...bytes.slice(60))).toBeLessThanOrEqual(early * 1.05);
			for (const name of Object.keys(counts[0])) {
				const before = Math.max(...counts.slice(20, 60).map((each) => each[name]));
				expect(Math.max(...counts.slice(60).map((each) => each[name])), name).toBeLessThanOrEqual(before);
			}
			// And what is held is right.
			let sum = 0;
			for (let i = 7; i < 50_000; i += 50) sum += i;
			expect(last).toEqual([[7, { sum }]]);
		} finally {
			await ssc.stop();
		}
	});

	test("drops the blocks of batches that are done", async () => {
		const server = await LineServer.listen();
		const { ssc, clock } = manual(cells[0], { "spark.streaming.blockInterval": 5 });
		try {
			let count = 0;
			ssc.socketTextStream("127.0.0.1", server.port).foreachRDD(async (rdd) => {
				count += await rdd.count();
			});
			await ssc.start();
			const socket = await server.connection(1);
			for (let n = 1; n <= 10; n++) {
				await write(socket, `${"x".repeat(99)}\n`.repeat(5000));
				while (count < n * 5000) await clock.advance(1000);
				// This batch and the one before it, at most: half a megabyte each.
				expect(ringOf(ssc)?.bytes).toBeLessThanOrEqual(2.5 * MB);
			}
			await clock.advance(1000);
			await clock.advance(1000);
			expect(ringOf(ssc)?.bytes).toBe(0);
			expect(count).toBe(50_000);
		} finally {
			await ssc.stop();
			await server.close();
		}
	});
});

describe.each(fewCells)("$name", (cell) => {
	test("input faster than the job is held back at the source, and all of it is worked on in the end", async () => {
		const server = await LineServer.listen();
		const { runtime } = cell;
		const ssc = new StreamingContext({
			...cellOptions(cell, { "millrace.maxInputBytes": 256 * 1024 }),
			batch: 20,
			runtime,
		});
		let most = 0;
		let held = 0;
		let sampling = true;
		const sample = () => {
			most = Math.max(most, ringOf(ssc)?.bytes ?? 0);
			if (sampling) setImmediate(sample);
		};
		try {
			let count = 0;
			let arrived: () => void = () => undefined;
			const line = `${"0123456789".repeat(9)}abcdefghi\n`;
			const lines = 200_000;
			const all = new Promise<void>((resolve) => {
				arrived = resolve;
			});
			const slow = ssc.socketTextStream("127.0.0.1", server.port).map((text) => {
				// A job that is slower than the loopback by far.
				let sum = 0;
				for (let i = 0; i < 2000; i++) sum = (sum + text.charCodeAt(i % text.length) * i) % 65_521;
				return sum;
			});
			slow.foreachRDD(async (rdd) => {
				count += await rdd.count();
				if (count >= lines) arrived();
			});
			await ssc.start();
			sample();
			const socket = await server.connection(1);
			const sent = write(socket, line.repeat(lines));
			socket.on("drain", () => undefined);
			held = socket.writableLength;
			await all;
			await sent;
			expect(count).toBe(lines);
			// Waiting input is at most the limit and a block; as much again may belong to the batch that was just worked on;
			// and half of a block's memory may be empty.
			expect(most).toBeGreaterThan(0);
			expect(most).toBeLessThanOrEqual(4 * (256 * 1024 + MB));
			expect(held).toBeGreaterThan(0);
		} finally {
			sampling = false;
			await ssc.stop();
			await server.close();
		}
	});
});

test("a notebook output that does not answer holds back its batches' input, not the batches of others", async () => {
	const { ssc, clock } = manual(cells[0], { "millrace.maxPendingBatches": 2 });
	let go: () => void = () => undefined;
	const answered = new Promise<void>((resolve) => {
		go = resolve;
	});
	const slow: number[] = [];
	const completed: number[] = [];
	ssc.addStreamingListener({ onBatchCompleted: ({ batch }) => completed.push(batch.number) });
	const fast: unknown[] = [];
	try {
		const source = new TestSource<number>(ssc, [[1], [2], [3], [4]], 1);
		source.stream.foreachRDD(async (_rdd, time) => {
			await answered;
			slow.push(time.milliseconds);
		});
		source.stream
			.map((n) => [0, n] as [number, number])
			.updateStateByKey<number>((values, sum = 0) => values.reduce((a, b) => a + b, sum))
			.foreachRDD(async (rdd) => {
				fast.push(...(await rdd.collect()));
				if (fast.length === 4) go();
			});
		await ssc.start();
		// One move of the clock, four batches: none of them waits for the slow output, and state sees each in its turn.
		await clock.advance(4000);
	} finally {
		await ssc.stop();
	}
	expect(fast).toEqual([
		[0, 1],
		[0, 3],
		[0, 6],
		[0, 10],
	]);
	expect(slow).toEqual([1000, 2000, 3000, 4000]);
	expect(completed).toEqual([1, 2, 3, 4]);
});

test("an RDD of a batch that the notebook asks for after its batch says that it is gone", async () => {
	const { ssc, clock } = manual(cells[0]);
	try {
		let kept: { collect(): Promise<unknown[]> } | undefined;
		new TestSource<number>(ssc, [[1], [2]]).stream.foreachRDD((rdd) => {
			kept ??= rdd.map((n) => n + 1);
		});
		await ssc.start();
		await clock.advance(2000);
		await expect(kept?.collect()).rejects.toThrow(/its batch may be over/);
		const sc: SparkContext = ssc.sparkContext;
		expect(await sc.parallelize([1]).collect()).toEqual([1]);
	} finally {
		await ssc.stop();
	}
});
