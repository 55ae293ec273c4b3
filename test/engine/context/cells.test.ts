// Contexts and streams of notebook cells: cells that run again, change, or are deleted while the stream runs.
import { describe, expect, test } from "vitest";
import type { DStream, ManualClock, StreamError, StreamingContext } from "../../../engine/index.ts";
import { TestSource } from "../../../engine/testing/index.ts";
import { manual } from "../../faults/support.ts";
import { type Cell, fewCells } from "../../support/matrix.ts";
import { FakeHost } from "./host.ts";

interface Notebook {
	readonly host: FakeHost;
	readonly seen: { [name: string]: unknown[] };
	ssc: StreamingContext;
	clock: ManualClock;
	source: TestSource<number>;
	collect(name: string, stream: DStream<number>): void;
	/** One batch with this input. */
	batch(...input: number[]): Promise<void>;
}

/** A notebook whose cell "context" has made a context and a source. */
async function notebook(cell: Cell, body: (made: Notebook) => Promise<void>): Promise<void> {
	const host = new FakeHost();
	await host.during(async () => {
		const seen: { [name: string]: unknown[] } = {};
		const made: Notebook = {
			host,
			seen,
			...newContext(host, cell),
			collect: (name, stream) =>
				stream.foreachRDD(async (rdd) => {
					seen[name] ??= [];
					seen[name].push(...(await rdd.collect()));
				}),
			async batch(...input) {
				made.source.push(input);
				await made.clock.advance(1000);
			},
		};
		try {
			await body(made);
		} finally {
			await made.ssc.stop().catch(() => undefined);
		}
	});
}

function newContext(host: FakeHost, cell: Cell) {
	return host.cell("context", () => {
		const made = manual(cell);
		return { ...made, source: new TestSource<number>(made.ssc, [], 1) };
	});
}

// What the notebook thread decides alone is the same in both runtimes: threads for what the driver has a part in.
describe.each(fewCells)("$name", (cell) => {
	const alone = (title: string, body: () => Promise<void>) => {
		if (cell.runtime === "in-process") test(title, body);
	};
	test("running the cell of the context again stops the old one, and the new one starts at once", () =>
		notebook(cell, async (made) => {
			const { host, collect, seen } = made;
			const old = made.ssc;
			// Streams and outputs stand in another cell.
			host.cell("streams", () =>
				collect(
					"old",
					made.source.stream.map((n) => n + 1),
				),
			);
			await old.start();
			await made.batch(1);
			const stream = made.source.stream;
			Object.assign(made, newContext(host, cell));
			expect(old.getState()).toBe("STOPPED");
			expect(() => stream.map((n) => n)).toThrow(/after stopping a context/);
			host.cell("streams", () =>
				collect(
					"new",
					made.source.stream.map((n) => n + 10),
				),
			);
			await host.cell("start", () => made.ssc.start());
			await made.batch(1);
			await old.awaitTermination();
			expect(seen).toEqual({ old: [2], new: [11] });
			await expect(old.sparkContext.parallelize([1]).collect()).rejects.toMatchObject({ code: "STREAM_STATE" });
		}));

	alone("running the cell of a context that was never started makes it unusable", () =>
		notebook(cell, async (made) => {
			const old = made.ssc;
			Object.assign(made, newContext(made.host, cell));
			expect(old.getState()).toBe("STOPPED");
			expect(() => old.start()).toThrow(/already been stopped/);
			await old.awaitTermination();
		}),
	);

	alone("two contexts of one run of a cell live side by side", () =>
		notebook(cell, async ({ host }) => {
			const [a, b] = host.cell("two", () => [manual(cell).ssc, manual(cell).ssc]);
			expect([a.getState(), b.getState()]).toEqual(["INITIALIZED", "INITIALIZED"]);
			await Promise.all([a.stop(), b.stop()]);
		}),
	);

	test("an unchanged cell that runs again while the stream is active takes its outputs back; state goes on", () =>
		notebook(cell, async (made) => {
			const { host, collect, seen } = made;
			let runs = 0;
			const code = () => {
				const sums = made.source.stream
					.map((n) => [0, n] as [number, number])
					.updateStateByKey<number>((values, sum = 0) => values.reduce((a, b) => a + b, sum));
				collect(
					`run ${++runs}`,
					sums.map(([, sum]) => sum),
				);
			};
			host.cell("streams", code);
			await made.ssc.start();
			await made.batch(1);
			host.cell("streams", code);
			await made.batch(2);
			host.cell("streams", code);
			await made.batch(3);
			expect(seen).toEqual({ "run 1": [1], "run 2": [3], "run 3": [6] });
		}));

	alone("a changed cell is refused with the way out, and its first text works again afterwards", () =>
		notebook(cell, async (made) => {
			const { host, collect, seen } = made;
			const first = () =>
				collect(
					"first",
					made.source.stream.map((n) => n + 1),
				);
			const changed = () =>
				collect(
					"changed",
					made.source.stream.map((n) => n + 2),
				);
			host.cell("streams", first);
			await made.ssc.start();
			await made.batch(1);
			for (let times = 0; times < 2; times++) {
				let error: unknown;
				try {
					host.cell("streams", changed);
				} catch (thrown) {
					error = thrown;
				}
				expect(error).toMatchObject({
					code: "STREAM_STATE",
					fields: { step: "map", expected: "the function this cell declared before start()", got: "another function" },
				});
				expect((error as StreamError).message).toMatch(
					/map \(cell \[\d+\], line 1\): Adding new inputs.*after starting.*stop the context, make a new one/,
				);
				// Its outputs went with the run that failed; the stream itself goes on.
				await made.clock.advance(1000);
			}
			host.cell("streams", first);
			await made.batch(3);
			expect(seen).toEqual({ first: [2, 4] });
		}),
	);

	test("outputs and views of streams from before the start come and go while the stream runs", () =>
		notebook(cell, async (made) => {
			const { host, collect, seen } = made;
			const doubled = host.cell("streams", () => {
				const stream = made.source.stream.map((n) => n * 2);
				collect("always", stream);
				return stream;
			});
			await made.ssc.start();
			await made.batch(1);
			host.cell("late", () => collect("late", doubled));
			const view = host.cell("view", () =>
				(doubled as unknown as { [key: symbol]: () => { [mime: string]: { view: string; state: string } } })[
					Symbol.for("Jupyter.display")
				](),
			);
			const { view: id, state } = view["application/vnd.millrace.view+json"];
			expect(state).toBe("ACTIVE");
			await made.batch(2);
			const rows = () =>
				host.events
					.filter((event) => event.kind === "view-batch" && event.view === id)
					.map((event) => (event.kind === "view-batch" ? event.batch : 0));
			await host.caughtUp();
			expect(rows()).toEqual([2]);
			host.delete("late");
			await made.batch(3);
			await host.caughtUp();
			expect(rows()).toEqual([2, 3]);
			host.delete("view");
			await made.batch(4);
			await host.caughtUp();
			expect(rows()).toEqual([2, 3]);
			expect(seen).toEqual({ always: [2, 4, 6, 8], late: [4] });
		}));

	alone("a callback that ends while a cell is running does not take the cell's outputs away", () =>
		notebook(cell, async (made) => {
			const { host, collect, seen } = made;
			const doubled = made.source.stream.map((n) => n * 2);
			host.cell("other", () => collect("other", doubled));
			host.cell("mine", () => collect("mine", doubled));
			await made.ssc.start();
			await made.batch(1);
			// The cell runs again and waits for a batch before it has declared its output: the batch has the old one.
			let declared = Promise.resolve();
			host.cell("mine", () => {
				declared = made.batch(2).then(() => undefined);
				collect("mine", doubled);
			});
			await declared;
			await made.batch(3);
			expect(seen).toEqual({ other: [2, 4, 6], mine: [2, 4, 6] });
		}),
	);

	test("the stop button ends the stream gracefully without the notebook, and stop() then waits for the same end", () =>
		notebook(cell, async (made) => {
			const { host, collect, seen } = made;
			host.cell("streams", () =>
				collect(
					"all",
					made.source.stream.map((n) => n),
				),
			);
			await made.ssc.start();
			await made.batch(1);
			host.press({ kind: "stop", graceful: true });
			await made.ssc.awaitTermination();
			expect(made.ssc.getState()).toBe("STOPPED");
			await made.ssc.stop();
			expect(seen.all).toEqual([1]);
			await host.caughtUp();
			expect(host.events.at(-1)).toMatchObject({
				kind: "listener",
				event: { type: "StreamingStopped", reason: "graceful" },
			});
		}));

	alone("waiting tells the host how far it has seen", () =>
		notebook(cell, async (made) => {
			const { host, collect } = made;
			host.cell("streams", () => collect("all", made.source.stream));
			await made.ssc.start();
			await made.batch(1);
			await host.caughtUp();
			const run = host.events[0].run;
			const { seq } = host.barriers.at(-1) as { run: number; seq: number };
			expect(host.barriers.at(-1)?.run).toBe(run);
			expect(
				host.events.find((event) => event.kind === "listener" && event.event.type === "BatchCompleted")?.seq,
			).toBeLessThanOrEqual(seq);
		}),
	);

	test("foreachRDD on the driver is replaced by a re-run cell, changed or not, and follows live variables", () =>
		notebook(cell, async (made) => {
			const { host } = made;
			const out = new Int32Array(new SharedArrayBuffer(16));
			const exports = host.exports as { k: number };
			exports.k = 1;
			const first = () =>
				made.source.stream.foreachRDD(
					async (rdd) => {
						for (const n of await rdd.collect()) Atomics.add(out, 0, n * exports.k);
					},
					{ on: "driver" },
				);
			const second = () =>
				made.source.stream.foreachRDD(
					async (rdd) => {
						for (const n of await rdd.collect()) Atomics.add(out, 1, n * exports.k);
					},
					{ on: "driver" },
				);
			host.cell("streams", first);
			await made.ssc.start();
			await made.batch(1);
			host.cell("streams", first);
			await made.batch(2);
			expect([...out]).toEqual([3, 0, 0, 0]);
			host.cell("change", () => {
				exports.k = 10;
			});
			await made.batch(1);
			expect([...out]).toEqual([13, 0, 0, 0]);
			host.cell("streams", second);
			await made.batch(5);
			expect([...out]).toEqual([13, 50, 0, 0]);
			host.cell("change", () => {
				exports.k = 100;
			});
			await made.batch(1);
			expect([...out]).toEqual([13, 150, 0, 0]);
		}));
});
