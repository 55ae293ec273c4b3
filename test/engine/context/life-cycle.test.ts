// The life of a context: Spark's states and messages, stopping from everywhere, waiting, bad options.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ManualClock, SparkContext, StreamingContext, seconds } from "../../../engine/index.ts";
import { TestSource } from "../../../engine/testing/index.ts";
import { Events, manual } from "../../faults/support.ts";
import { fewCells } from "../../support/matrix.ts";

let warned: string[];
beforeEach(() => {
	warned = [];
	vi.spyOn(process.stderr, "write").mockImplementation((text) => {
		warned.push(String(text));
		return true;
	});
});
afterEach(() => {
	vi.restoreAllMocks();
});

const idle = { master: "local[1]", appName: "idle", runtime: "in-process" } as const;

describe("options", () => {
	test.each([
		[0, /batch duration: expected more than 0 ms/],
		[-1, /batch duration/],
		["abc", /batch duration/],
		[Number.NaN, /batch duration/],
		[null, /Batch duration for StreamingContext cannot be null/],
		[undefined, /Batch duration for StreamingContext cannot be null/],
		[1.5, /batch duration/],
		[Number.POSITIVE_INFINITY, /batch duration/],
		[{}, /batch duration/],
	])("a batch duration of %s is STREAM_CONFIG", (batch, text) => {
		const made = [
			() => new StreamingContext("local[1]", "x", batch as never),
			() => new StreamingContext({ master: "local[1]", batch: batch as never }),
		];
		for (const make of made)
			expect(make).toThrow(expect.objectContaining({ code: "STREAM_CONFIG", message: expect.stringMatching(text) }));
	});

	test.each(["local[0]", "yarn", "", "local[-1]", "local[a]", "spark://host:7077", 7])(
		"the master %s is STREAM_CONFIG",
		(master) => {
			expect(() => new StreamingContext({ master: master as never, batch: 100 })).toThrow(
				expect.objectContaining({
					code: "STREAM_CONFIG",
					message: expect.stringContaining('master: expected "local"'),
				}),
			);
		},
	);

	test("the batch duration may be a Duration, ms, or come with a SparkContext", () => {
		const sc = new SparkContext("local[1]", "x");
		expect(new StreamingContext({ ...idle, batch: seconds(2) }).batchDuration.milliseconds).toBe(2000);
		expect(new StreamingContext({ ...idle, batch: 250 }).batchDuration.milliseconds).toBe(250);
		expect(new StreamingContext(sc, 300).sparkContext).toBe(sc);
	});

	test("remember may be called once", () => {
		const ssc = new StreamingContext({ ...idle, batch: 100 });
		ssc.remember(seconds(5));
		expect(() => ssc.remember(100)).toThrow("Remember duration already set as 5000 ms. Cannot set it again.");
	});
});

describe.each(fewCells)("$name", (cell) => {
	const started = async (body: (made: ReturnType<typeof manual> & { source: TestSource<number> }) => Promise<void>) => {
		const made = manual(cell);
		const source = new TestSource<number>(made.ssc, [], 1);
		source.stream.foreachRDD(() => undefined);
		await made.ssc.start();
		try {
			await body({ ...made, source });
		} finally {
			await made.ssc.stop().catch(() => undefined);
		}
	};

	test("states go from INITIALIZED over ACTIVE to STOPPED", async () => {
		const { ssc } = manual(cell);
		expect(ssc.getState()).toBe("INITIALIZED");
		new TestSource<number>(ssc).stream.foreachRDD(() => undefined);
		const up = ssc.start();
		expect(ssc.getState()).toBe("ACTIVE");
		await up;
		const down = ssc.stop();
		expect(ssc.getState()).toBe("STOPPED");
		await down;
	});

	test("a second start warns, and one after stop is refused", () =>
		started(async ({ ssc }) => {
			await ssc.start();
			expect(warned.join("")).toContain("StreamingContext has already been started");
			await ssc.stop();
			expect(() => ssc.start()).toThrow(
				expect.objectContaining({
					code: "STREAM_STATE",
					message: expect.stringContaining("StreamingContext has already been stopped"),
				}),
			);
		}));

	test("without outputs start fails, and the context cannot be used again", async () => {
		const { ssc } = manual(cell);
		ssc.queueStream([[1]]).map((x) => x);
		expect(() => ssc.start()).toThrow("No output operations registered, so nothing to execute");
		expect(ssc.getState()).toBe("STOPPED");
		expect(() => ssc.start()).toThrow("StreamingContext has already been stopped");
		await ssc.awaitTermination();
	});

	test("a second active context is refused with the place of the first, and can start later", () =>
		started(async ({ ssc }) => {
			const other = manual(cell);
			new TestSource<number>(other.ssc).stream.foreachRDD(() => undefined);
			expect(() => other.ssc.start()).toThrow(
				/Only one StreamingContext may be started in this JVM. Currently running StreamingContext was started at .*support\.ts:\d+/,
			);
			expect(other.ssc.getState()).toBe("INITIALIZED");
			await ssc.stop();
			await other.ssc.start();
			expect(other.ssc.getState()).toBe("ACTIVE");
			await other.ssc.stop();
		}));

	test("new streams and operations are refused after start and after stop, with Spark's words", () =>
		started(async ({ ssc, source }) => {
			const after =
				"Adding new inputs, transformations, and output operations after starting a context is not supported";
			expect(() => source.stream.map((x) => x + 1)).toThrow(after);
			expect(() => ssc.socketTextStream("localhost", 9)).toThrow(after);
			await ssc.stop();
			expect(() => source.stream.map((x) => x)).toThrow(
				"Adding new inputs, transformations, and output operations after stopping a context is not supported",
			);
		}));

	test("stop may be called again and by several at once; a later one only warns", () =>
		started(async ({ ssc }) => {
			await Promise.all([ssc.stop(), ssc.stop({ graceful: true })]);
			await ssc.stop();
			expect(ssc.getState()).toBe("STOPPED");
		}));

	test("stop before start warns, ends awaitTermination, and leaves nothing that could be started", async () => {
		const { ssc } = manual(cell);
		const over = ssc.awaitTermination();
		await ssc.stop();
		await over;
		expect(warned.join("")).toContain("StreamingContext has not been started yet");
		expect(() => ssc.start()).toThrow("has already been stopped");
		await ssc.stop();
		expect(warned.join("")).toContain("StreamingContext has already been stopped");
	});

	test("stop(false) leaves the SparkContext usable, stop(true) after it ends that, too", () =>
		started(async ({ ssc }) => {
			await ssc.stop(false);
			expect(await ssc.sparkContext.parallelize([1, 2]).collect()).toEqual([1, 2]);
			await ssc.stop(true);
			await expect(ssc.sparkContext.parallelize([1]).collect()).rejects.toMatchObject({ code: "STREAM_STATE" });
		}));

	test("stop inside a listener is refused; the stream goes on", () =>
		started(async ({ ssc, clock }) => {
			const errors: unknown[] = [];
			ssc.addStreamingListener({
				onBatchCompleted: () => void ssc.stop().catch((error: unknown) => errors.push(error)),
			});
			await clock.advance(2000);
			expect(errors).toHaveLength(2);
			expect((errors[0] as Error).message).toContain("Cannot stop StreamingContext within listener bus thread.");
			expect(ssc.getState()).toBe("ACTIVE");
		}));

	test.each([false, true])(
		"stop inside foreachRDD ends the stream (graceful: %s), and an error after it is still told",
		async (graceful) => {
			const { ssc, clock } = manual(cell);
			let after = "";
			const source = new TestSource<number>(ssc, [[1], [2], [3]]);
			source.stream.foreachRDD(async () => {
				await ssc.stop({ graceful });
				after = ssc.getState();
				throw new RangeError("after the end");
			});
			await ssc.start();
			await clock.advance(1000).catch(() => undefined);
			await ssc.awaitTermination().catch((error: Error) => expect(error.message).toBe("after the end"));
			expect(ssc.getState()).toBe("STOPPED");
			await vi.waitUntil(() => after !== "");
			expect(after).toBe("STOPPED");
		},
	);

	test("stopping the SparkContext first does not make stop hang", () =>
		started(async ({ ssc }) => {
			await ssc.sparkContext.stop();
			await ssc.stop().catch((error: unknown) => expect(error).toMatchObject({ code: "STREAM_STATE" }));
			expect(ssc.getState()).toBe("STOPPED");
		}));

	test("awaitTermination resolves with stop, awaitTerminationOrTimeout tells which it was", () =>
		started(async ({ ssc }) => {
			expect(await ssc.awaitTerminationOrTimeout(1)).toBe(false);
			const both = Promise.all([ssc.awaitTermination(), ssc.awaitTerminationOrTimeout(60_000)]);
			await ssc.stop();
			expect(await both).toEqual([undefined, true]);
		}));

	test("awaitBatches counts batches without a job, and says what it waited for when time is out", () =>
		started(async ({ ssc, clock, source }) => {
			source.push(null, [1], null);
			const three = ssc.awaitBatches(3);
			await clock.advance(3000);
			await three;
			await expect(ssc.awaitBatches(2, { timeout: 1 })).rejects.toMatchObject({
				code: "STREAM_TIMEOUT",
				message: expect.stringMatching(/awaitBatches: expected 2 batches within 0.001 s, got 0; .*last event/),
			});
			await expect(ssc.awaitBatches(-1)).rejects.toMatchObject({ code: "STREAM_CONFIG" });
			await expect(ssc.awaitBatches(1.5)).rejects.toMatchObject({ code: "STREAM_CONFIG" });
			await ssc.awaitBatches(0);
			const never = ssc.awaitBatches(5);
			const refused = expect(never).rejects.toMatchObject({
				code: "STREAM_STATE",
				message: expect.stringContaining("stopped while 5 more batches were waited for"),
			});
			await ssc.stop();
			await refused;
			await expect(ssc.awaitBatches(1)).rejects.toMatchObject({ code: "STREAM_STATE" });
		}));

	test.each(["awaitBatches", "stop", "awaitTermination"] as const)(
		"the very error of a batch is thrown once, by %s",
		async (by) => {
			const { ssc, clock } = manual(cell);
			const own = new RangeError("did not hold");
			new TestSource<number>(ssc, [[1], [2], [3], [4]]).stream.foreachRDD((_, time) => {
				if (time.milliseconds === 1000) throw own;
			});
			await ssc.start();
			const waiting = by === "awaitTermination" ? expect(ssc.awaitTermination()).rejects.toBe(own) : undefined;
			await clock.advance(1000);
			await waiting;
			if (by === "awaitBatches") {
				const next = ssc.awaitBatches(1);
				const told = expect(next).rejects.toBe(own);
				await clock.advance(1000);
				await told;
				const quiet = ssc.awaitBatches(1);
				await clock.advance(1000);
				await quiet;
			}
			if (by === "stop") await expect(ssc.stop()).rejects.toBe(own);
			await ssc.stop();
			expect(ssc.getState()).toBe("STOPPED");
		},
	);

	test("several errors before an await give one error, not one per await", async () => {
		const { ssc, clock } = manual(cell);
		new TestSource<number>(ssc, [[1], [2], [3]]).stream.foreachRDD((_, time) => {
			if (time.milliseconds < 3000) throw new Error(`at ${time.milliseconds}`);
		});
		await ssc.start();
		await clock.advance(2000);
		await expect(ssc.awaitBatches(0)).rejects.toThrow("at 1000");
		await ssc.awaitBatches(0);
		await clock.advance(1000);
		await ssc.stop();
	});

	test("after stop no event is delivered", () =>
		started(async ({ ssc, clock }) => {
			const events = new Events(ssc);
			await clock.advance(1000);
			await ssc.stop();
			expect(events.all.at(-1)).toMatchObject({ type: "StreamingStopped" });
			const before = events.all.length;
			await clock.advance(1000);
			expect(events.all).toHaveLength(before);
		}));

	test("a graceful stop finishes the batches that wait for the notebook", async () => {
		const { ssc, clock } = manual(cell);
		const seen: number[] = [];
		let first: () => void = () => undefined;
		const begun = new Promise<void>((resolve) => {
			first = resolve;
		});
		let go: () => void = () => undefined;
		const may = new Promise<void>((resolve) => {
			go = resolve;
		});
		new TestSource<number>(ssc, [[1], [2], [3]], 1).stream.foreachRDD(async (rdd) => {
			first();
			await may;
			seen.push(...(await rdd.collect()));
		});
		await ssc.start();
		const moved = clock.advance(3000);
		await begun;
		const over = ssc.stop({ graceful: true });
		go();
		await over;
		await moved.catch(() => undefined);
		expect(seen).toEqual([1, 2, 3]);
	});

	test("queue.push of something that is no batch is refused, and nothing of that push goes in", async () => {
		const { ssc, clock } = manual(cell);
		const queue: number[][] = [[1]];
		const seen: unknown[] = [];
		ssc.queueStream(queue).foreachRDD(async (rdd) => {
			seen.push(await rdd.collect());
		});
		await ssc.start();
		expect(() => queue.push([2], "abc" as never)).toThrow(
			expect.objectContaining({
				code: "STREAM_CONFIG",
				message: expect.stringContaining("RDDs or arrays of elements in the queue"),
			}),
		);
		expect(queue).toEqual([[1]]);
		queue.push([3]);
		await clock.advance(3000);
		await ssc.stop();
		expect(seen).toEqual([[1], [3], []]);
		expect(() => new StreamingContext({ ...idle, batch: 100 }).queueStream([5] as never)).toThrow(/in the queue/);
		expect(() => new StreamingContext({ ...idle, batch: 100 }).queueStream("abc" as never)).toThrow(
			/queueStream: expected an array/,
		);
	});
});

test("a program whose stream has stopped is not kept alive by a manual clock", async () => {
	const clock = new ManualClock(5000);
	await clock.advance(1000);
	expect(clock.now()).toBe(6000);
	const ssc = new StreamingContext({ ...idle, batch: 1000, clock });
	const times: number[] = [];
	ssc.queueStream([[1]]).foreachRDD((_, time) => void times.push(time.milliseconds));
	await clock.advance(1500);
	await ssc.start();
	expect(ssc.zeroTime).toBe(7000);
	await clock.advance(1000);
	await ssc.stop();
	expect(times).toEqual([8000]);
	await clock.advance(1000);
	expect(clock.now()).toBe(9500);
});
