// The plan: ids that stay, pictures, cells that are run again.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { type DStream, installHost, ManualClock, StateError, StreamingContext } from "../../../engine/index.ts";
import { planDot, planView } from "../../../engine/plan/view.ts";
import { TestSource } from "../../../engine/testing/index.ts";
import { FakeHost } from "./fake-host.ts";

const idOf = (stream: DStream<never> | DStream<unknown>) => stream.draft.freeze().id;

function context(clock = new ManualClock()): StreamingContext {
	const ssc = new StreamingContext({ master: "local[2]", batch: 1000, clock, runtime: "in-process" });
	onTestFinished(() => ssc.stop().catch(() => undefined));
	return ssc;
}

beforeEach(() => {
	const quiet = vi.spyOn(process.stderr, "write").mockImplementation(() => true);
	onTestFinished(() => quiet.mockRestore());
});

test("the same program has the same ids in two processes, each different from the others", () => {
	const program = fileURLToPath(new URL("./fixtures/program.ts", import.meta.url));
	const run = () =>
		JSON.parse(
			execFileSync(process.execPath, [program], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }),
		) as string[];
	const [first, second] = [run(), run()];
	expect(second).toEqual(first);
	expect(new Set(first).size).toBe(first.length);
});

test("an id does not depend on the function, but on operator, parameters and place in the graph", () => {
	const ids = (build: (s: DStream<string>) => DStream<unknown>) => idOf(build(context().socketTextStream("h", 1)));
	expect(ids((s) => s.map((x) => x))).toBe(ids((s) => s.map((x) => `${x}!`)));
	expect(ids((s) => s.map((x) => x))).not.toBe(ids((s) => s.filter((x) => x)));
	expect(ids((s) => s.window(1000))).not.toBe(ids((s) => s.window(2000)));
	expect(ids((s) => s.map((x) => x).map((x) => x))).not.toBe(ids((s) => s.map((x) => x)));
});

test("equal nodes are told apart by their order", () => {
	const declare = () => {
		const lines = context().socketTextStream("h", 1);
		return [lines.map((x) => x), lines.map((x) => x)].map(idOf);
	};
	const [a, b] = declare();
	expect(a).not.toBe(b);
	expect(declare()).toEqual([a, b]);
});

test("the picture has every node once, parents first, with labels and shuffles", () => {
	const lines = context().socketTextStream("localhost", 9999);
	const pairs = lines.map((w) => [w, 1]);
	const counts = pairs.reduceByKey((a, b) => a + b);
	const both = counts.union(
		pairs.reduceByKeyAndWindow(
			(a, b) => a + b,
			(a, b) => a - b,
			30_000,
			1000,
		),
	);
	const view = planView([both.draft, counts.draft]);
	expect(view.nodes.map(({ label, kind, shuffle }) => [label, kind, shuffle])).toEqual([
		["socket localhost:9999", "source", false],
		["map", "dstream", false],
		["reduceByKey", "dstream", true],
		["reduceByKey", "dstream", true],
		[expect.stringContaining("30 s"), "dstream", expect.any(Boolean)],
		["union", "dstream", false],
	]);
	const at = (id: string) => view.nodes.findIndex((node) => node.id === id);
	expect(view.edges.map(({ from, to }) => [at(from), at(to)])).toEqual([
		[0, 1],
		[1, 2],
		[1, 3],
		[3, 4],
		[2, 5],
		[4, 5],
	]);
	for (const node of view.nodes)
		expect(node.origin).toMatchObject({ file: expect.stringContaining("plan.test.ts"), line: expect.any(Number) });
});

test("the picture in DOT quotes what labels may hold", () => {
	const origin = { line: 1, column: 1 };
	const node = (id: string, label: string, shuffle: boolean) => ({
		id,
		op: "map",
		label,
		kind: "dstream" as const,
		origin,
		shuffle,
	});
	const text = planDot({
		nodes: [node("a", 'say "hi"\nthere', false), node("b", "count", true)],
		edges: [{ from: "a", to: "b" }],
	});
	expect(text).toBe(
		[
			"digraph plan {",
			'\t"a" [label="say \\"hi\\"\\nthere"];',
			'\t"b" [label="count", shape=box];',
			'\t"a" -> "b";',
			"}",
		].join("\n"),
	);
});

describe("in a notebook", () => {
	let host: FakeHost;
	beforeEach(() => {
		host = new FakeHost();
		installHost(host);
	});
	afterEach(() => installHost(undefined));

	/** Cells of a notebook: a source, and two equal streams that no name holds. */
	function notebook(keys: readonly [string, string, string], again: readonly (0 | 1 | 2)[]): string[] {
		const made: { ssc?: StreamingContext; a?: DStream<string>; b?: DStream<string> } = {};
		const lines = () => host.exports.lines as DStream<string>;
		const cells = [
			() => {
				made.ssc = context();
				host.exports.lines = made.ssc.socketTextStream("h", 1);
			},
			() => {
				made.a = lines().map((x) => `${x}a`);
			},
			() => {
				made.b = lines().map((x) => `${x}b`);
			},
		];
		for (const index of [0, 1, 2] as const) host.cell(keys[index], cells[index]);
		for (const index of again) host.cell(keys[index], cells[index]);
		// As start() does, in the order of declaration.
		for (const draft of made.ssc?.sparkContext.session.graph.drafts ?? []) draft.freeze();
		return [lines(), made.a as DStream<string>, made.b as DStream<string>].map(idOf);
	}

	test("cells that are run again before the start keep their ids, whatever the order", () => {
		const first = notebook(["1", "2", "3"], []);
		expect(new Set(first).size).toBe(3);
		expect(notebook(["a", "b", "c"], [1])).toEqual(first);
		expect(notebook(["d", "e", "f"], [2, 1, 1])).toEqual(first);
	});

	test("a name that holds the handle is part of the id", () => {
		const ssc = host.cell("1", () => context());
		const ids = host.cell("2", () => {
			host.exports.named = ssc.socketTextStream("h", 1);
			return [host.exports.named as DStream<string>, ssc.socketTextStream("h", 1)];
		});
		const [named, bare] = ids.map((stream) => stream.draft.freeze());
		expect(named.binding).toBe("named");
		expect(bare.binding).toBeUndefined();
		expect(named.id).not.toBe(bare.id);
		expect(planView([ids[0].draft]).nodes[0].label).toMatch(/\nnamed$/);
	});

	test("running the cell that made the context again stops the old one", async () => {
		const clock = new ManualClock();
		const start = () => {
			const ssc = context(clock);
			new TestSource<number>(ssc, [[1]]).stream.foreachRDD(() => undefined);
			ssc.start();
			return ssc;
		};
		const first = host.cell("1", start);
		const second = host.cell("1", start);
		expect([first.getState(), second.getState()]).toEqual(["STOPPED", "ACTIVE"]);
		await second.stop();
	});

	test("while it runs an unchanged cell is found again, a changed function and a new stream are refused", async () => {
		const clock = new ManualClock();
		const seen: string[] = [];
		const ssc = host.cell("1", () => {
			const made = context(clock);
			host.exports.numbers = new TestSource<number>(made, [[1], [2], [3]]).stream;
			return made;
		});
		const numbers = () => host.exports.numbers as DStream<number>;
		const declare = (label: string) => () => {
			numbers()
				.map((x) => x * 10)
				.foreachRDD(async (rdd) => void seen.push(`${label} ${await rdd.collect()}`));
		};
		host.cell("2", declare("first"));
		host.cell("3", () => ssc.start());
		await clock.advance(1000);
		host.cell("2", declare("again"));
		await clock.advance(1000);
		expect(seen).toEqual(["first 10", "again 20"]);

		const message =
			/Adding new inputs, transformations, and output operations after starting a context is not supported/;
		expect(() => host.cell("2", () => numbers().map((x) => x * 11))).toThrow(message);
		expect(() => host.cell("4", () => numbers().filter((x) => x > 0))).toThrow(message);
		expect(() => host.cell("4", () => ssc.socketTextStream("h", 1))).toThrow(StateError);
		// An output on a stream that was there may be added.
		host.cell("5", () => numbers().foreachRDD(async (rdd) => void seen.push(`late ${await rdd.collect()}`)));
		await clock.advance(1000);
		expect(seen).toContain("late 3");
		await ssc.stop();
	});

	test("a live variable is taken over at the next batch", async () => {
		const clock = new ManualClock();
		const seen: number[][] = [];
		host.exports.factor = 1;
		const ssc = host.cell("1", () => {
			const made = context(clock);
			// The cell compiler writes top-level names as properties of exports.
			const scale = new Function("exports", "return (x) => x * exports.factor")(host.exports) as (x: number) => number;
			new TestSource<number>(made, [[1], [1], [1]]).stream
				.map(scale)
				.foreachRDD(async (rdd) => void seen.push(await rdd.collect()));
			made.start();
			return made;
		});
		await clock.advance(1000);
		host.cell("2", () => {
			host.exports.factor = 5;
		});
		await clock.advance(1000);
		host.cell("3", () => undefined);
		await clock.advance(1000);
		await ssc.stop();
		expect(seen).toEqual([[1], [5], [5]]);
	});
});
