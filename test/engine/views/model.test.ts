// The reducer of view events: what each event changes, and the bounds of the snapshot.
import { describe, expect, test } from "vitest";
import type { ViewEvent } from "../../../engine/views/events.ts";
import { problemOf } from "../../../engine/views/format.ts";
import type { ViewModel } from "../../../engine/views/model.ts";
import {
	apply,
	createModel,
	MAX_BATCHES,
	MAX_ROWS,
	markStopping,
	newestEnded,
	snapshot,
	upstream,
} from "../../../engine/views/model.ts";
import { batch, description, ended, Feed, plan, receiver, wordRows } from "../../widgets/sample.ts";

const run = (model: ViewModel, events: readonly ViewEvent[]) => events.reduce(apply, model);

describe("batches", () => {
	test("a batch goes from waiting to running to done, with its delays", () => {
		const feed = new Feed();
		let model = createModel(description());
		model = apply(model, feed.listener({ type: "BatchSubmitted", batch: batch(1) }));
		expect(model.batches.map((b) => [b.number, b.status, b.processing])).toEqual([[1, "waiting", null]]);
		expect(newestEnded(model)).toBeUndefined();
		model = apply(model, feed.listener({ type: "BatchStarted", batch: batch(1, { schedulingDelay: 3 }) }));
		expect(model.batches[0]).toMatchObject({ status: "running", scheduling: 3, total: null });
		model = apply(
			model,
			feed.listener({ type: "BatchCompleted", batch: ended(1, { processingDelay: 7, totalDelay: 10 }) }),
		);
		expect(model.batches[0]).toMatchObject({ status: "done", processing: 7, total: 10 });
		expect(newestEnded(model)?.number).toBe(1);
		expect([model.completed, model.records]).toEqual([1, batch(1).numRecords]);
	});

	test("a failed batch is counted as failed", () => {
		const model = run(createModel(description()), [...new Feed().batch(1, { failed: true })]);
		expect([model.completed, model.failed, model.batches[0].status]).toEqual([1, 1, "failed"]);
	});

	test("a restarted driver that tells of an ended batch again neither counts it twice nor takes it back", () => {
		const feed = new Feed();
		const before = run(createModel(description()), feed.batch(1));
		feed.run = 2;
		feed.seq = 0;
		const after = run(before, feed.batch(1));
		expect([after.completed, after.records, after.batches[0].status]).toEqual([
			before.completed,
			before.records,
			"done",
		]);
	});

	test(`only the newest ${MAX_BATCHES} batches are kept, the totals count all`, () => {
		const feed = new Feed();
		let model = createModel(description());
		for (let number = 1; number <= MAX_BATCHES + 30; number++) model = run(model, feed.batch(number));
		expect(model.batches).toHaveLength(MAX_BATCHES);
		expect([model.batches[0].number, model.batches.at(-1)?.number, model.completed]).toEqual([31, 150, 150]);
	});

	test("a late word on a forgotten batch changes nothing", () => {
		const feed = new Feed();
		let model = createModel(description());
		for (let number = 1; number <= MAX_BATCHES + 5; number++) model = run(model, feed.batch(number));
		const late = feed.listener({ type: "BatchCompleted", batch: ended(2) });
		expect(apply(model, late)).toBe(model);
	});

	test("batches that complete out of order stand in order", () => {
		const feed = new Feed();
		const events = [2, 1, 3].map((number) => feed.listener({ type: "BatchCompleted", batch: ended(number) }));
		expect(run(createModel(description()), events).batches.map((b) => b.number)).toEqual([1, 2, 3]);
	});
});

describe("rows", () => {
	test("rows of an older batch do not replace newer ones", () => {
		const feed = new Feed();
		const model = run(createModel(description()), feed.batch(5));
		const late = feed.make({ kind: "view-batch", view: "view-1", batch: 4, batchTime: 0, data: wordRows(4) });
		expect(apply(model, late)).toBe(model);
	});

	test("rows and long texts are cut, and the total says how many there were", () => {
		const data = {
			columns: [{ name: "value", type: "string" as const }],
			rows: Array.from({ length: 500 }, () => ["x".repeat(1000)]),
			total: 12_345,
		};
		const model = run(createModel(description()), new Feed().batch(1, {}, data));
		expect(model.rows?.rows).toHaveLength(MAX_ROWS);
		expect(model.rows?.rows[0][0]).toHaveLength(200);
		expect(model.rows?.total).toBe(12_345);
	});

	test("a cut never leaves half a character behind", () => {
		const data = {
			columns: [{ name: "value", type: "string" as const }],
			rows: [[`${"x".repeat(198)}😀😀`]],
			total: 1,
		};
		const cell = String(run(createModel(description()), new Feed().batch(1, {}, data)).rows?.rows[0][0]);
		expect(() => encodeURIComponent(cell)).not.toThrow();
		expect(cell.endsWith("…")).toBe(true);
	});

	test("a single number per batch becomes a line over batches, and other rows end it", () => {
		const feed = new Feed();
		const one = (value: number) => ({
			columns: [{ name: "value", type: "number" as const }],
			rows: [[value]],
			total: 1,
		});
		let model = createModel(description());
		for (const [index, value] of [5, 7, 6].entries()) model = run(model, feed.batch(index + 1, {}, one(value)));
		expect(model.history).toEqual([
			{ batch: 1, value: 5 },
			{ batch: 2, value: 7 },
			{ batch: 3, value: 6 },
		]);
		expect(run(model, feed.batch(4)).history).toEqual([]);
	});

	test("a view of 200 rows and 120 batches is less than 100 KB of JSON", () => {
		const feed = new Feed();
		let model = createModel(description());
		const words = Array.from({ length: 400 }, (_, index) => `a word of some length, number ${index}`);
		for (let number = 1; number <= 300; number++) model = run(model, feed.batch(number, {}, wordRows(number, words)));
		expect(JSON.stringify(snapshot(model)).length).toBeLessThan(100_000);
	});
});

describe("context, receivers, errors, plan", () => {
	test("the state follows the context, and a stop that is under way ends with it", () => {
		const feed = new Feed();
		let model = run(createModel(description()), feed.start());
		expect([model.state, model.master]).toEqual(["ACTIVE", "local[2]"]);
		model = markStopping(model);
		expect(model.stopping).toBe(true);
		expect(markStopping(model)).toBe(model);
		model = run(model, feed.stop());
		expect([model.state, model.stopping, model.stopReason]).toEqual(["STOPPED", false, "stopped"]);
		expect(markStopping(model)).toBe(model);
	});

	test("a receiver keeps its last error, per stream", () => {
		const feed = new Feed();
		const failed = receiver({ active: false, lastErrorMessage: "connect ECONNREFUSED" });
		const model = run(createModel(description()), [
			...feed.start(),
			feed.listener({ type: "ReceiverError", receiver: failed }),
		]);
		expect(model.receivers).toEqual([failed]);
	});

	test("an output error is shown with its batch", () => {
		const event = new Feed().make({
			kind: "output-error",
			output: 0,
			batchTime: 9,
			error: { name: "Error", message: "no", stack: "" },
		});
		expect(apply(createModel(description()), event).error).toEqual({ batchTime: 9, message: "no" });
	});

	test("what is wrong names the batch while the view remembers it", () => {
		const feed = new Feed();
		const error = { name: "Error", message: "no", stack: "" };
		const failed = run(createModel(description()), [
			...feed.batch(2, { failed: true }),
			feed.make({ kind: "output-error", output: 0, batchTime: ended(2).batchTime, error }),
		]);
		expect(problemOf(failed)).toBe("Batch 2 failed: no");
		expect(problemOf({ ...failed, batches: [] })).toBe("Error: no");
		expect(problemOf(createModel(description()))).toBeUndefined();
	});

	test("a view of a node shows what leads to it, a dag view the whole plan", () => {
		const event = new Feed().make({ kind: "plan", plan });
		expect(apply(createModel(description({ node: "m" })), event).plan.nodes.map((n) => n.id)).toEqual(["s", "f", "m"]);
		expect(apply(createModel(description({ node: "m", kind: "dag" })), event).plan).toBe(plan);
		const unknown = createModel(description({ node: "gone" }));
		expect(apply(unknown, event).plan).toBe(unknown.plan);
	});

	test("a plan that is a circle by mistake does not hang the view", () => {
		const circle = {
			nodes: plan.nodes.slice(0, 2),
			edges: [
				{ from: "s", to: "f" },
				{ from: "f", to: "s" },
			],
		};
		expect(upstream(circle, "f")?.nodes).toHaveLength(2);
	});

	test("prints and console output change no view", () => {
		const feed = new Feed();
		const model = createModel(description());
		expect(apply(model, feed.make({ kind: "print", output: 0, batchTime: 0, text: "x" }))).toBe(model);
		expect(apply(model, feed.make({ kind: "console", stream: "stdout", text: "x" }))).toBe(model);
	});

	test("a view that is opened late starts with what its stream has told so far", () => {
		const feed = new Feed();
		const first = run(run(createModel(description()), feed.start()), feed.batch(1));
		const late = createModel(description({ view: "view-2", state: "ACTIVE" }), first);
		expect([late.state, late.completed, late.batches, late.receivers]).toEqual([
			"ACTIVE",
			1,
			first.batches,
			first.receivers,
		]);
		expect(late.rows).toBeNull();
	});

	test("every change raises the version by one and leaves the old model as it was", () => {
		const before = createModel(description());
		const frozen = JSON.stringify(before);
		const after = run(before, new Feed().start());
		expect(after.version).toBe(4);
		expect(JSON.stringify(before)).toBe(frozen);
	});

	test("an event of another version of the driver is an error that says so", () => {
		expect(() => apply(createModel(description()), { kind: "new", seq: 1, run: 1 } as never)).toThrow(
			/driver and the view host differ in version/,
		);
	});
});
