// Listener events: Spark's names, their order per batch, what they carry, and listeners that fail.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
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
	vi.spyOn(process.stdout, "write").mockImplementation(() => true);
});
afterEach(() => {
	vi.restoreAllMocks();
});

describe.each(fewCells)("$name", (cell) => {
	test("each batch is submitted, started, has its outputs in order of registration, and is completed", async () => {
		const { ssc, clock } = manual(cell);
		const events = new Events(ssc);
		const source = new TestSource<number>(ssc, [[1, 2], [3], []], 2);
		source.stream.print();
		source.stream.map((n) => n + 1).foreachRDD(() => undefined);
		source.stream.count().foreachRDD(() => undefined, { on: "driver" });
		await ssc.start();
		for (let n = 0; n < 3; n++) await clock.advance(1000);
		await ssc.stop();
		const types = events.all.map(({ type }) => type).filter((type) => !type.startsWith("Executor"));
		const started = types.indexOf("StreamingStarted");
		expect(started).toBe(0);
		expect(types.at(-1)).toBe("StreamingStopped");
		for (let n = 1; n <= 3; n++) {
			const mine = events.all.filter(
				(event) =>
					("batch" in event ? event.batch.batchTime : "output" in event ? event.output.batchTime : 0) === n * 1000,
			);
			const order = mine.map((event) => ("output" in event ? `${event.type} ${event.output.id}` : event.type));
			expect(order[0]).toBe("BatchSubmitted");
			expect(order[1]).toBe("BatchStarted");
			expect(order.at(-1)).toBe("BatchCompleted");
			expect(order).toHaveLength(9);
			for (let id = 0; id < 3; id++)
				expect(order.indexOf(`OutputOperationStarted ${id}`)).toBeLessThan(
					order.indexOf(`OutputOperationCompleted ${id}`),
				);
			expect(order.filter((each) => each.startsWith("OutputOperationStarted"))).toEqual(
				[0, 1, 2].map((id) => `OutputOperationStarted ${id}`),
			);
		}
		const batches = events.of("BatchCompleted").map(({ batch }) => batch);
		expect(
			batches.map(({ number, batchTime, numRecords, failed }) => ({ number, batchTime, numRecords, failed })),
		).toEqual([
			{ number: 1, batchTime: 1000, numRecords: 2, failed: false },
			{ number: 2, batchTime: 2000, numRecords: 1, failed: false },
			{ number: 3, batchTime: 3000, numRecords: 0, failed: false },
		]);
		for (const batch of batches) {
			const { submissionTime, processingStartTime = Number.NaN, processingEndTime = Number.NaN } = batch;
			expect(batch.schedulingDelay).toBe(processingStartTime - submissionTime);
			expect(batch.processingDelay).toBe(processingEndTime - processingStartTime);
			expect(batch.totalDelay).toBe(processingEndTime - submissionTime);
			expect(batch.schedulingDelay).toBeGreaterThanOrEqual(0);
			expect(batch.processingDelay).toBeGreaterThanOrEqual(0);
			expect(batch.inputs).toEqual([
				{ streamId: expect.stringMatching(/^[0-9a-f]{12}$/), name: "test source", numRecords: batch.numRecords },
			]);
			expect(batch.outputs.map(({ id, name }) => `${id} ${name}`)).toEqual(["0 print", "1 foreachRDD", "2 foreachRDD"]);
			for (const output of batch.outputs) {
				expect(output.description).toMatch(/^(print|foreachRDD) at .*events\.test\.ts:\d+$/);
				expect(output.endTime).toBeGreaterThanOrEqual(output.startTime as number);
				expect(output.failureReason).toBeUndefined();
			}
		}
		const submitted = events.of("BatchSubmitted")[0].batch;
		expect(submitted).toMatchObject({ number: 1, numRecords: 2, failed: false });
		expect(submitted.processingStartTime).toBeUndefined();
		expect(events.of("BatchStarted")[0].batch.processingEndTime).toBeUndefined();
		expect(events.of("ExecutorAdded").map(({ executor }) => executor)).toEqual(
			Array.from({ length: cell.executors }, (_, i) => i),
		);
	});

	test("batches without an RDD give no events; numbers count them all the same", async () => {
		const { ssc, clock } = manual(cell);
		const events = new Events(ssc);
		new TestSource<number>(ssc, [[1], null, [2]], 1).stream.foreachRDD(() => undefined);
		await ssc.start();
		await clock.advance(3000);
		await ssc.stop();
		expect(events.of("BatchSubmitted").map(({ batch }) => batch.number)).toEqual([1, 3]);
		expect(events.of("BatchCompleted").map(({ batch }) => batch.number)).toEqual([1, 3]);
	});

	test("a failed output has its reason, its batch is failed and completed, and other outputs run", async () => {
		const { ssc, clock } = manual(cell);
		const events = new Events(ssc);
		const source = new TestSource<number>(ssc, [[1], [2]], 1);
		source.stream.foreachRDD(() => {
			throw new RangeError("not this one");
		});
		let others = 0;
		source.stream.foreachRDD(() => {
			others++;
		});
		await ssc.start();
		await clock.advance(1000);
		await clock.advance(1000);
		await ssc.stop().catch(() => undefined);
		expect(others).toBe(2);
		const [batch] = events.of("BatchCompleted").map((event) => event.batch);
		expect(batch.failed).toBe(true);
		expect(batch.outputs.map(({ failureReason }) => failureReason)).toEqual(["RangeError: not this one", undefined]);
		expect(
			events.of("OutputOperationCompleted").filter(({ output }) => output.failureReason !== undefined),
		).toHaveLength(2);
		expect(warned.filter((text) => text.includes("batch 1000 ms failed: not this one"))).toHaveLength(1);
	});

	test("a listener that throws, now or later, is told of and stops nobody", async () => {
		const { ssc, clock } = manual(cell);
		const order: string[] = [];
		const first = {
			onBatchCompleted: () => {
				order.push("first");
				throw new Error("first listener");
			},
		};
		ssc.addStreamingListener(first);
		ssc.addStreamingListener({
			async onBatchCompleted() {
				order.push("second");
				throw new Error("second listener");
			},
		});
		ssc.addStreamingListener({ onBatchCompleted: () => void order.push("third") });
		new TestSource<number>(ssc, [[1], [2]], 1).stream.foreachRDD(() => undefined);
		await ssc.start();
		await clock.advance(1000);
		ssc.removeStreamingListener(first);
		await clock.advance(1000);
		await ssc.stop();
		expect(order).toEqual(["first", "second", "third", "second", "third"]);
		expect(warned.join("")).toContain("listener: Error: first listener");
		expect(warned.join("")).toContain("listener: Error: second listener");
	});
});
