// The ring: what is overtaken is not held, and a new driver gets exactly what it needs.
import { MessageChannel } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { type JournalContents, type JournalEntry, Ring, RingHost } from "../../../engine/journal/index.ts";
import type { PlanNode } from "../../../engine/plan/types.ts";

const shared = (bytes: number) => new SharedArrayBuffer(bytes);
const node = (id: string): PlanNode => ({
	id,
	kind: "dstream",
	op: "map",
	parents: [],
	params: {},
	functions: {},
	origin: { line: 1, column: 1 },
});
const block = (id: string, bytes = 10) => ({ id, format: "text" as const, data: shared(bytes), bytes, records: 1 });
const slices = (n: number) => ({ kind: "slices" as const, slices: [{ data: shared(n), records: n }] });
const state = (version: number, part: { base?: SharedArrayBuffer; delta?: SharedArrayBuffer }): JournalEntry => ({
	kind: "state",
	state: { store: "s", partition: 0, version, ...part },
});

function ring(...entries: JournalEntry[]): Ring {
	const made = new Ring();
	for (const entry of entries) made.append(entry);
	return made;
}

describe("queues", () => {
	const entries = [slices(1), slices(2), slices(3)];
	const taken: JournalEntry = {
		kind: "batch",
		time: 1000,
		blocks: [],
		dequeued: [{ node: "q", entries: [entries[0]] }],
	};

	test("entries that a batch took are gone from the queue and stay with the batch", () => {
		const { queues, batches } = ring({ kind: "enqueue", node: "q", entries }, taken).contents();
		expect(queues).toEqual([{ node: "q", entries: entries.slice(1), enqueued: 3 }]);
		expect(batches).toEqual([taken]);
	});

	test("a batch that a new driver writes down again takes nothing twice", () => {
		expect(ring({ kind: "enqueue", node: "q", entries }, taken, taken, taken).contents().queues).toEqual([
			{ node: "q", entries: entries.slice(1), enqueued: 3 },
		]);
	});
});

describe("state", () => {
	test("is a base and the deltas after it; a new base overtakes all", () => {
		const [base, next, one, two] = [shared(8), shared(16), shared(1), shared(2)];
		const made = ring(state(1000, { base }), state(2000, { delta: one }), state(3000, { delta: two }));
		expect(made.contents().states).toEqual([
			{ store: "s", partition: 0, image: { version: 3000, base, deltas: [one, two] } },
		]);
		expect(made.bytes).toBe(11);
		made.append(state(4000, { base: next }));
		expect(made.contents().states).toEqual([
			{ store: "s", partition: 0, image: { version: 4000, base: next, deltas: [] } },
		]);
		expect(made.bytes).toBe(16);
	});

	test("goes back to an image, or to nothing", () => {
		const [base, delta] = [shared(8), shared(1)];
		const made = ring(state(1000, { base }), state(2000, { delta }));
		made.append({ kind: "state-reset", store: "s", partition: 0, image: { version: 1000, base, deltas: [] } });
		expect(made.contents().states).toEqual([{ store: "s", partition: 0, image: { version: 1000, base, deltas: [] } }]);
		made.append(state(3000, { delta }));
		expect(made.contents().states[0].image).toEqual({ version: 3000, base, deltas: [delta] });
		made.append({ kind: "state-reset", store: "s", partition: 0, image: undefined });
		expect(made.contents().states).toEqual([]);
	});
});

describe("trimming", () => {
	test("forgets batches, their blocks, kept partitions and commits up to a time, and nothing after it", () => {
		const made = ring(
			{ kind: "block", stream: "in", block: block("a") },
			{ kind: "block", stream: "in", block: block("b") },
			{ kind: "block", stream: "in", block: block("c") },
			{ kind: "batch", time: 1000, blocks: ["a"], dequeued: [] },
			{ kind: "batch", time: 2000, blocks: ["b"], dequeued: [] },
			{ kind: "kept", key: "s@1000/0", time: 1000, ref: { data: shared(5), records: 1 } },
			{ kind: "kept", key: "s@2000/0", time: 2000, ref: { data: shared(5), records: 1 } },
			{ kind: "commit", time: 2000 },
			{ kind: "commit", time: 1000 },
			state(2000, { base: shared(7) }),
		);
		expect(made.bytes).toBe(47);
		made.append({ kind: "trim", time: 1000 });
		const contents = made.contents();
		expect(contents.batches.map(({ time }) => time)).toEqual([2000]);
		expect(contents.blocks.map(({ block: { id } }) => id)).toEqual(["b", "c"]);
		expect(contents.kept.map(({ key }) => key)).toEqual(["s@2000/0"]);
		expect(contents.commits).toEqual([2000]);
		expect(contents.trimmed).toBe(1000);
		expect(contents.states).toHaveLength(1);
		made.append({ kind: "trim", time: 500 });
		expect(made.contents().trimmed).toBe(1000);
		made.append({ kind: "drop-blocks", ids: ["b", "unknown"] });
		expect(made.contents().blocks.map(({ block: { id } }) => id)).toEqual(["c"]);
		expect(made.bytes).toBe(22);
	});
});

test("a plan change replaces what it changes", () => {
	const made = ring(
		{ kind: "run", zeroTime: 0, batchMs: 1000, remember: 0 },
		{ kind: "nodes", nodes: [node("a"), node("b")] },
		{ kind: "nodes", nodes: [node("a")] },
		{ kind: "output", key: "x", output: 1 },
		{ kind: "output", key: "y", output: 2 },
		{ kind: "output", key: "x", output: 3 },
		{ kind: "output-removed", key: "y" },
	);
	const { run, nodes, outputs } = made.contents();
	expect(run).toMatchObject({ zeroTime: 0, batchMs: 1000 });
	expect(nodes.map(({ id }) => id)).toEqual(["a", "b"]);
	expect(outputs).toEqual([3]);
	expect(new Ring().contents()).toMatchObject({
		format: 1,
		run: undefined,
		nodes: [],
		queues: [],
		blocks: [],
		states: [],
		trimmed: 0,
	});
});

test("a host serves one driver after another from the same ring, without copying shared memory", async () => {
	const host = new RingHost();
	const first = new MessageChannel();
	host.attach(first.port1);
	const own = block("a");
	first.port2.postMessage({ kind: "append", entries: [{ kind: "block", stream: "in", block: own }] });
	first.port2.close();
	const second = new MessageChannel();
	host.attach(second.port1);
	const read = async () => {
		const answer = new Promise<JournalContents>((resolve) =>
			second.port2.once("message", ({ contents }) => resolve(contents)),
		);
		second.port2.postMessage({ kind: "read" });
		return answer;
	};
	let contents = await read();
	while (contents.blocks.length === 0) contents = await read();
	expect(contents.blocks.map(({ block: { id } }) => id)).toEqual(["a"]);
	new Uint8Array(own.data)[3] = 77;
	expect(new Uint8Array(contents.blocks[0].block.data)[3]).toBe(77);
	second.port2.close();
});
