// queueStream: one RDD per batch or all that wait, pushes while it runs, a default.
import { describe, expect, onTestFinished, test } from "vitest";
import { ManualClock, type RDD, StreamingContext } from "../../../engine/index.ts";
import { cellOptions, fewCells } from "../../support/matrix.ts";

describe.each(fewCells)("$name", (cell) => {
	function context() {
		const clock = new ManualClock();
		const ssc = new StreamingContext({ ...cellOptions(cell), batch: 1000, clock });
		onTestFinished(() => ssc.stop().catch(() => undefined));
		const seen: unknown[][] = [];
		return { clock, ssc, seen };
	}

	test("takes one entry per batch, arrays and RDDs alike, and removes it from the queue", async () => {
		const { clock, ssc, seen } = context();
		const rdd = ssc.sparkContext.parallelize([3, 4]).map((x) => x * 10);
		const queue: (RDD<number> | number[])[] = [[1, 2], rdd, []];
		ssc.queueStream(queue).foreachRDD(async (batch) => void seen.push(await batch.collect()));
		await ssc.start();
		await clock.advance(1000);
		expect(queue).toHaveLength(2);
		queue.push([5]);
		await clock.advance(4000);
		await ssc.stop();
		expect(seen).toEqual([[1, 2], [30, 40], [], [5], []]);
		expect(queue).toEqual([]);
	});

	test("takes all entries that wait with oneAtATime false", async () => {
		const { clock, ssc, seen } = context();
		const queue = [[1], [2, 3]];
		ssc.queueStream(queue, false).foreachRDD(async (batch) => void seen.push(await batch.collect()));
		await ssc.start();
		await clock.advance(1000);
		queue.push([4], [5]);
		await clock.advance(2000);
		await ssc.stop();
		expect(seen).toEqual([[1, 2, 3], [4, 5], []]);
	});

	test("a default stands in for an empty queue", async () => {
		const { clock, ssc, seen } = context();
		ssc
			.queueStream([[1]], true, ssc.sparkContext.parallelize([0]))
			.foreachRDD(async (batch) => void seen.push(await batch.collect()));
		await ssc.start();
		await clock.advance(3000);
		await ssc.stop();
		expect(seen).toEqual([[1], [0], [0]]);
	});

	test("one RDD may stand in the queue twice", async () => {
		const { clock, ssc, seen } = context();
		const rdd = ssc.sparkContext.parallelize([1]);
		ssc
			.queueStream([rdd, rdd])
			.window(2000)
			.foreachRDD(async (batch) => void seen.push(await batch.collect()));
		await ssc.start();
		await clock.advance(3000);
		await ssc.stop();
		expect(seen).toEqual([[1], [1, 1], [1]]);
	});
});

test.each([
	[[5], /expected RDDs or arrays of elements in the queue, got 5/],
	["queue", /expected an array of RDDs or of arrays/],
])("a queue of %j is refused", async (queue, message) => {
	const ssc = new StreamingContext({ ...cellOptions(fewCells[0]), batch: 1000, clock: new ManualClock() });
	expect(() => ssc.queueStream(queue as never)).toThrow(message);
	await ssc.stop();
});
