// Deltas: random histories against the model, and the binary form against the delta.
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeDelta, diff, encodeDelta, patch } from "../../../engine/views/delta.ts";
import type { ViewEvent } from "../../../engine/views/events.ts";
import type { ViewModel } from "../../../engine/views/model.ts";
import { apply, createModel, markStopping } from "../../../engine/views/model.ts";
import { description, Feed, receiver, wordRows } from "../../widgets/sample.ts";

const wire = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** What a page makes of a delta that came over the wire, its buffers at odd places. */
function received(before: ViewModel | undefined, after: ViewModel, has: ViewModel | undefined) {
	const { content, buffers } = encodeDelta(diff(before, after));
	const odd = buffers.map((buffer) => {
		const shifted = new Uint8Array(buffer.length + 3);
		shifted.set(buffer, 3);
		return new DataView(shifted.buffer, 3);
	});
	return patch(has, decodeDelta(wire(content), odd));
}

test("a page that gets every delta of a random history, however they are merged, has the kernel's snapshot", () => {
	const step = fc.oneof(
		fc.record({
			kind: fc.constant("batch" as const),
			failed: fc.boolean(),
			words: fc.array(fc.string({ unit: "grapheme" }), { maxLength: 30 }),
		}),
		fc.constant({ kind: "error" as const }),
		fc.constant({ kind: "stopping" as const }),
		fc.constant({ kind: "start" as const }),
		fc.constant({ kind: "number" as const }),
	);
	fc.assert(
		fc.property(fc.array(fc.tuple(step, fc.boolean()), { maxLength: 200 }), (steps) => {
			const feed = new Feed();
			let model = createModel(description());
			let sent = model;
			let page = wire(model);
			let number = 0;
			for (const [what, send] of steps) {
				let events: ViewEvent[] = [];
				if (what.kind === "batch")
					events = feed.batch(++number, { failed: what.failed }, wordRows(number, [...new Set(what.words)]));
				else if (what.kind === "number")
					events = feed.batch(
						++number,
						{},
						{ columns: [{ name: "v", type: "number" }], rows: [[number / 3]], total: 1 },
					);
				else if (what.kind === "error")
					events = [feed.listener({ type: "ReceiverError", receiver: receiver({ lastErrorMessage: `e${number}` }) })];
				else if (what.kind === "start") events = feed.start();
				else model = markStopping(model);
				model = events.reduce(apply, model);
				if (!send) continue;
				const next = received(sent, model, page);
				expect(next).toEqual(wire(model));
				page = next as typeof page;
				sent = model;
			}
		}),
		{ numRuns: 60 },
	);
});

test("a delta that does not start where the page is gives nothing: the page asks for all of it", () => {
	const feed = new Feed();
	const a = createModel(description());
	const b = feed.start().reduce(apply, a);
	const c = feed.batch(1).reduce(apply, b);
	expect(received(b, c, a)).toBeUndefined();
	expect(received(b, c, undefined)).toBeUndefined();
	expect(received(undefined, c, a)).toEqual(wire(c));
});

test("a delta holds only what changed: one batch, not the history", () => {
	const feed = new Feed();
	let before = createModel(description());
	for (let number = 1; number <= 100; number++) before = feed.batch(number).reduce(apply, before);
	const after = apply(before, feed.listener({ type: "ReceiverError", receiver: receiver() }));
	const delta = diff(before, after);
	expect(delta.batches).toEqual([]);
	expect(Object.keys(delta.head)).toEqual(["receivers"]);
	expect("rows" in delta).toBe(false);
});

test("numbers cross as Float64, so that they are the same to the last bit, and null stays null", () => {
	const rows = {
		columns: [
			{ name: "a", type: "number" as const },
			{ name: "b", type: "json" as const },
		],
		rows: [
			[0.1 + 0.2, null],
			[null, "[1]"],
			[1e308, "{}"],
		],
		total: 3,
	};
	const before = createModel(description());
	const after = new Feed().batch(1, {}, rows).reduce(apply, before);
	expect(received(before, after, before)?.rows?.rows).toEqual(rows.rows);
	const { content } = encodeDelta(diff(before, after));
	expect(content.rows?.columns.map((column) => column.binary)).toEqual([true, false]);
});

test("a message with a buffer missing or too short is an error that names what is wrong", () => {
	const before = createModel(description());
	const after = new Feed().batch(1).reduce(apply, before);
	const { content, buffers } = encodeDelta(diff(before, after));
	expect(() => decodeDelta(content, [])).toThrow(/without one of its buffers/);
	expect(() => decodeDelta(content, [buffers[0].subarray(1), ...buffers.slice(1)])).toThrow(/announced 7 numbers/);
	expect(() => decodeDelta({ ...content, format: 2 as never }, buffers)).toThrow(/format 1 and got 2/);
});
