// Live variables: names of a notebook and boxes of plain programs, taken over at the next batch boundary.
import { createServer } from "node:net";
import { describe, expect, test, vi } from "vitest";
import { type DStream, freeze, live } from "../../../engine/index.ts";
import { killDriver } from "../../../engine/testing/faults.ts";
import { TestSource } from "../../../engine/testing/index.ts";
import { manual } from "../../faults/support.ts";
import { type Cell, fewCells } from "../../support/matrix.ts";
import { FakeHost } from "./host.ts";

type Names = { [name: string]: never };

/** A notebook with a running stream; `batch` gives what the stream made of one element. */
async function running(
	cell: Cell,
	names: { [name: string]: unknown },
	build: (stream: DStream<number>, exports: Names) => DStream<unknown>,
	body: (made: {
		host: FakeHost;
		exports: { [name: string]: unknown };
		batch(n: number): Promise<unknown[]>;
		die(): Promise<void>;
	}) => Promise<void>,
): Promise<void> {
	const host = new FakeHost();
	await host.during(async () => {
		const { ssc, clock } = host.cell("context", () => manual(cell));
		let last: unknown[] = [];
		try {
			const source = new TestSource<number>(ssc, [], 1);
			host.cell("names", () => Object.assign(host.exports, names));
			host.cell("streams", () =>
				build(source.stream, host.exports as Names).foreachRDD(async (rdd) => {
					last = await rdd.collect();
				}),
			);
			await ssc.start();
			await body({
				host,
				exports: host.exports,
				async batch(n) {
					source.push([n]);
					await clock.advance(1000);
					return last;
				},
				die: () => killDriver(ssc),
			});
		} finally {
			await ssc.stop();
		}
	});
}

// What the notebook thread decides alone is the same in both runtimes: threads for what the driver has a part in.
describe.each(fewCells)("$name", (cell) => {
	const alone = (title: string, body: () => Promise<void>) => {
		if (cell.runtime === "in-process") test(title, body);
	};
	test("a number that a cell changes is used from the next batch on, and only from there", () =>
		running(
			cell,
			{ k: 2 },
			(s, exports) => s.map((n) => n * exports.k),
			async ({ host, exports, batch }) => {
				expect(await batch(3)).toEqual([6]);
				host.cell("change", () => {
					exports.k = 5;
				});
				expect(await batch(3)).toEqual([15]);
				host.cell("other", () => undefined);
				expect(await batch(4)).toEqual([20]);
			},
		));

	alone("a change deep in an object, an array or a Map is seen", () =>
		running(
			cell,
			{ model: { weights: [1, 2], names: new Map([["a", { n: 1 }]]) } },
			(s, exports: { [name: string]: { weights: number[]; names: Map<string, { n: number }> } }) =>
				s.map((n) => n * exports.model.weights[1] + (exports.model.names.get("a")?.n ?? 0)),
			async ({ host, exports, batch }) => {
				const model = exports.model as { weights: number[]; names: Map<string, { n: number }> };
				expect(await batch(1)).toEqual([3]);
				host.cell("change", () => {
					model.weights[1] = 10;
				});
				expect(await batch(1)).toEqual([11]);
				host.cell("change", () => {
					model.names.set("a", { n: 100 });
				});
				expect(await batch(1)).toEqual([110]);
			},
		),
	);

	alone("a helper function that is defined anew, and one it calls, are taken over", () =>
		running(
			cell,
			(() => {
				const host = { inner: (n: number) => n + 1 };
				return { inner: host.inner };
			})(),
			(s, exports: { [name: string]: (n: number) => number }) => s.map((n) => exports.inner(n)),
			async ({ host, exports, batch }) => {
				expect(await batch(1)).toEqual([2]);
				host.cell("helper", () => {
					exports.inner = (n: number) => n * 100;
				});
				expect(await batch(2)).toEqual([200]);
			},
		),
	);

	test("state goes on when its function changes", () =>
		running(
			cell,
			{ k: 1 },
			(s, exports) =>
				s
					.map((n) => ["x", n] as [string, number])
					.updateStateByKey<number>((values, sum = 0) => values.reduce((a, b) => a + b * exports.k, sum)),
			async ({ host, exports, batch }) => {
				expect(await batch(1)).toEqual([["x", 1]]);
				host.cell("change", () => {
					exports.k = 10;
				});
				expect(await batch(1)).toEqual([["x", 11]]);
			},
		));

	test("driver functions take changes over, too", () =>
		running(
			cell,
			{ least: 2 },
			(s, exports) =>
				s.transform((rdd) => {
					const least = exports.least as number;
					return rdd.filter((n) => n >= least);
				}),
			async ({ host, exports, batch }) => {
				expect(await batch(2)).toEqual([2]);
				host.cell("change", () => {
					exports.least = 3;
				});
				expect(await batch(2)).toEqual([]);
				expect(await batch(3)).toEqual([3]);
			},
		));

	alone("what freeze was called with stays as it was", () =>
		running(
			cell,
			{ table: freeze({ k: 2 }) },
			(s, exports: { [name: string]: { k: number } }) => s.map((n) => n * exports.table.k),
			async ({ host, exports, batch }) => {
				host.cell("change", () => {
					(exports.table as { k: number }).k = 50;
				});
				expect(await batch(1)).toEqual([2]);
			},
		),
	);

	alone("a name that cannot cross any more is told under the cell that uses it, once, and the old value stays", () =>
		running(
			cell,
			{ k: 2 },
			(s, exports) => s.map((n) => n * exports.k),
			async ({ host, exports, batch }) => {
				const server = createServer();
				host.cell("bad", () => {
					exports.k = server;
				});
				host.cell("other", () => undefined);
				expect(host.reported).toHaveLength(1);
				expect(host.reported[0].cell).toBe("streams");
				expect(host.reported[0].error).toMatchObject({ code: "STREAM_CAPTURE" });
				expect(host.reported[0].error.message).toContain("k");
				expect(await batch(3)).toEqual([6]);
				host.cell("good", () => {
					exports.k = 7;
				});
				expect(await batch(3)).toEqual([21]);
				expect(host.reported).toHaveLength(1);
			},
		),
	);

	test("a change survives the death of the driver, also one that waited for its batch", () =>
		running(
			cell,
			{ k: 2 },
			(s, exports) => s.map((n) => n * exports.k),
			async ({ host, exports, batch, die }) => {
				expect(await batch(1)).toEqual([2]);
				host.cell("change", () => {
					exports.k = 3;
				});
				expect(await batch(1)).toEqual([3]);
				await die();
				expect(await batch(1)).toEqual([3]);
				host.cell("change", () => {
					exports.k = 4;
				});
				await die();
				expect(await batch(1)).toEqual([4]);
			},
		));
});

describe.each(fewCells)("plain programs, $name", (cell) => {
	test("a live variable reaches the stream at the next batch boundary; a frozen one does not", async () => {
		const { ssc, clock } = manual(cell);
		const seen: unknown[] = [];
		const k = live(2);
		const rules = live({ list: ["a"] });
		const still = freeze(k);
		try {
			const source = new TestSource<number>(ssc, [[1], [1], [1], [1]], 1);
			source.stream
				.map((n) => [n * k.value, rules.value.list.join(""), still.value])
				.foreachRDD(async (rdd) => {
					seen.push(...(await rdd.collect()));
				});
			await ssc.start();
			await clock.advance(1000);
			k.value = 3;
			k.value = 4;
			await clock.advance(1000);
			rules.value = { list: ["a", "b"] };
			await clock.advance(1000);
			k.value = 2;
			await clock.advance(1000);
		} finally {
			await ssc.stop();
		}
		k.value = 9;
		expect(seen).toEqual([
			[2, "a", 2],
			[4, "a", 2],
			[4, "ab", 2],
			[2, "ab", 2],
		]);
	});

	test("a live variable that gets a value that cannot cross keeps its old one in the stream, with a warning", async () => {
		const { ssc, clock } = manual(cell);
		const warned: string[] = [];
		const spy = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
			warned.push(String(text));
			return true;
		});
		const k = live<unknown>(2);
		const seen: unknown[] = [];
		try {
			new TestSource<number>(ssc, [[1], [1]], 1).stream
				.map((n) => n * (k.value as number))
				.foreachRDD(async (rdd) => {
					seen.push(...(await rdd.collect()));
				});
			await ssc.start();
			await clock.advance(1000);
			k.value = createServer();
			await clock.advance(1000);
		} finally {
			await ssc.stop();
			spy.mockRestore();
		}
		expect(seen).toEqual([2, 2]);
		expect(warned.join("")).toContain("cannot run in an executor thread");
	});
});
