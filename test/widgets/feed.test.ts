// The page's half of the protocol: gaps, late messages, acknowledgements, with a model that only records.
import { expect, test } from "vitest";
import { diff, encodeDelta } from "../../engine/views/delta.ts";
import type { ViewModel } from "../../engine/views/model.ts";
import { apply, createModel } from "../../engine/views/model.ts";
import type { AfmModel } from "../../widgets/afm.ts";
import { SnapshotFeed } from "../../widgets/feed.ts";
import { description, Feed } from "./sample.ts";

type Callback = (...values: never[]) => void;

class FakeAfm implements AfmModel {
	readonly sent: { kind: string; have?: number; n?: number; graceful?: boolean }[] = [];
	readonly handlers = new Map<string, Set<Callback>>();
	broken = false;
	snapshot: unknown;

	constructor(snapshot: unknown) {
		this.snapshot = snapshot;
	}

	get(key: string): unknown {
		return key === "snapshot" ? this.snapshot : undefined;
	}

	send(content: unknown): void {
		if (this.broken) throw new Error("no comm");
		const { page, ...rest } = content as { kind: string; page?: string };
		if (rest.kind !== "stop") expect(page).toBe("me");
		this.sent.push(rest);
	}

	on(event: string, callback: Callback): void {
		this.handlers.set(event, (this.handlers.get(event) ?? new Set()).add(callback));
	}

	off(event: string, callback: Callback): void {
		this.handlers.get(event)?.delete(callback);
	}

	emit(event: string, ...values: unknown[]): void {
		for (const handler of this.handlers.get(event) ?? []) handler(...(values as never[]));
	}

	delta(before: ViewModel | undefined, after: ViewModel, n: number): void {
		const { content, buffers } = encodeDelta(diff(before, after));
		this.emit("msg:custom", { ...content, n }, buffers);
	}

	update(snapshot: ViewModel): void {
		this.snapshot = snapshot;
		this.emit("change:snapshot");
	}
}

const source = new Feed();
const a = createModel(description());
const b = source.start().reduce(apply, a);
const c = source.batch(1).reduce(apply, b);
const d = source.batch(2).reduce(apply, c);

function follow(start: ViewModel | undefined = a) {
	const model = new FakeAfm(start);
	let changes = 0;
	const feed = new SnapshotFeed("me", () => void changes++);
	feed.connect(model);
	return { model, feed, changes: () => changes };
}

test("it starts with the synced state and says hello with its version", () => {
	const { model, feed, changes } = follow();
	expect(feed.snapshot).toBe(a);
	expect(changes()).toBe(1);
	expect(model.sent).toEqual([{ kind: "hello", have: 0 }]);
});

test("deltas are applied in order and acknowledged once they are drawn, not before", () => {
	const { model, feed } = follow();
	model.delta(a, b, 1);
	model.delta(b, c, 2);
	expect(feed.snapshot).toEqual(c);
	expect(model.sent).toHaveLength(1);
	feed.drawn();
	feed.drawn();
	expect(model.sent.slice(1)).toEqual([{ kind: "ack", n: 2 }]);
});

test("a gap asks once for the whole snapshot and goes on with the answer", () => {
	const { model, feed } = follow();
	model.delta(b, c, 2);
	model.delta(c, d, 3);
	expect(feed.snapshot).toBe(a);
	expect(model.sent.slice(1)).toEqual([{ kind: "resync", have: 0 }]);
	model.delta(undefined, c, 4);
	model.delta(c, d, 5);
	expect(feed.snapshot).toEqual(d);
	expect(model.sent).toHaveLength(2);
});

test("a delta that the synced state has overtaken changes nothing, and is acknowledged all the same", () => {
	const { model, feed } = follow();
	model.update(d);
	model.delta(b, c, 3);
	expect(feed.snapshot).toBe(d);
	feed.drawn();
	expect(model.sent.slice(1)).toEqual([{ kind: "ack", n: 3 }]);
});

test("an older or foreign synced state does not take the view back", () => {
	const { model, feed } = follow(d);
	model.update(b);
	model.update({ format: 2 } as never);
	model.update(null as never);
	expect(feed.snapshot).toBe(d);
});

test("without a kernel the saved snapshot is shown and nothing is thrown", () => {
	const model = new FakeAfm(d);
	model.broken = true;
	const feed = new SnapshotFeed("me", () => undefined);
	feed.connect(model);
	feed.stop(true);
	expect(feed.snapshot).toBe(d);
});

test("a feed that moves to another model of the same view leaves the first one alone", () => {
	const { model, feed } = follow();
	const second = new FakeAfm(c);
	feed.connect(second);
	expect([...model.handlers.values()].map((set) => set.size)).toEqual([0, 0]);
	expect(feed.snapshot).toBe(c);
	expect(second.sent).toEqual([{ kind: "hello", have: c.version }]);
});

test("the stop button's message", () => {
	const { model, feed } = follow();
	feed.stop(false);
	expect(model.sent.at(-1)).toEqual({ kind: "stop", graceful: false });
});
