// Parts that die again and again: the context gives up with a reason instead of starting threads for ever.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { killDriver } from "../../engine/testing/faults.ts";
import { TestSource } from "../../engine/testing/index.ts";
import { cells } from "../support/matrix.ts";
import { Events, manual } from "./support.ts";

beforeEach(() => {
	vi.spyOn(process.stderr, "write").mockImplementation(() => true);
});
afterEach(() => {
	vi.restoreAllMocks();
});

test("a driver that a transform ends in every attempt is given up, and everyone who waits is told", async () => {
	const { ssc, clock } = manual(cells[3]);
	new TestSource<number>(ssc, [[1], [2]], 1).stream
		.transform((rdd, time) => {
			if (time.milliseconds === 2000) process.exit(3);
			return rdd;
		})
		.foreachRDD(() => undefined);
	await ssc.start();
	await clock.advance(1000);
	const over = expect(ssc.awaitTermination()).rejects.toMatchObject({
		code: "STREAM_STATE",
		message: expect.stringContaining("the driver ended 6 times in a row"),
	});
	const moved = expect(clock.advance(1000)).rejects.toMatchObject({ code: "STREAM_STATE" });
	await moved;
	await over;
	expect(ssc.getState()).toBe("STOPPED");
	await ssc.stop();
});

test("a function that ends its executor fails its batch after four attempts, and the stream goes on", async () => {
	const { ssc, clock } = manual(cells[3]);
	const events = new Events(ssc);
	const seen: unknown[] = [];
	new TestSource<number>(ssc, [[1], [2], [3]], 1).stream
		.map((n) => {
			if (n === 2) process.exit(1);
			return n;
		})
		.foreachRDD(async (rdd) => {
			seen.push(...(await rdd.collect()));
		});
	await ssc.start();
	await clock.advance(2000);
	await expect(ssc.awaitBatches(0)).rejects.toMatchObject({
		message: expect.stringContaining("the executor ended 4 times"),
	});
	await clock.advance(1000);
	await ssc.stop();
	expect(seen).toEqual([1, 3]);
	expect(events.of("ExecutorLost")).toHaveLength(4);
});

describe("drivers", () => {
	test("drivers may die often as long as batches complete in between", async () => {
		const { ssc, clock } = manual(cells[0]);
		const seen: unknown[] = [];
		new TestSource<number>(
			ssc,
			Array.from({ length: 8 }, (_, n) => [n]),
			1,
		).stream.foreachRDD(async (rdd) => {
			seen.push(...(await rdd.collect()));
		});
		await ssc.start();
		for (let n = 0; n < 8; n++) {
			await clock.advance(1000);
			await killDriver(ssc);
		}
		await ssc.stop();
		expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
	});
});
