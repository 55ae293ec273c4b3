// transform, foreachRDD and print.
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { type DStream, ManualClock, RDD, StreamingContext, Time } from "../../../engine/index.ts";
import { TestSource } from "../../../engine/testing/index.ts";
import { type Cell, cellOptions, fewCells, matrix, scenario } from "../../support/matrix.ts";

const factor = 2;

matrix("transform", [
	scenario(
		"transform applies a function of RDDs to each batch",
		[[1, 2], [], [3]],
		(s) => s.transform((rdd) => rdd.map((x) => x + 1)),
		[[2, 3], [], [4]],
		{ ordered: true },
	),
	scenario(
		"functions inside the function are captured again, with what they use",
		[[1, 2, 3]],
		(s) =>
			s.transform((rdd) => {
				const more = 10;
				return rdd.map((x) => x * factor + more).filter((x) => x > 12);
			}),
		[[14, 16]],
		{ ordered: true },
	),
	scenario(
		"the function gets the batch time",
		[[1], [1], [1]],
		(s) =>
			s.transform((rdd, time) => {
				const ms = time.milliseconds;
				return rdd.map((x) => x + ms);
			}),
		[[1001], [2001], [3001]],
	),
	scenario(
		"the function may be asynchronous and use actions",
		[[3, 1, 2], [5]],
		(s) =>
			s.transform(async (rdd) => {
				const most = (await rdd.collect()).reduce((a, b) => Math.max(a, b), 0);
				return rdd.filter((x) => x === most);
			}),
		[[3], [5]],
	),
	scenario(
		"the function may use operators that shuffle",
		[["a", "b", "a"]],
		(s) => s.transform((rdd) => rdd.map((w): [string, number] => [w, 1]).reduceByKey((a, b) => a + b)),
		[
			[
				["a", 2],
				["b", 1],
			],
		],
	),
	scenario(
		"the function may choose by batch",
		[[1], [2], [3]],
		(s) => s.transform((rdd, time) => (time.milliseconds === 2000 ? rdd.filter(() => false) : rdd)),
		[[1], [], [3]],
	),
	scenario(
		"a transformed stream goes on as any other",
		[["a"], ["a", "b"]],
		(s) =>
			s
				.transform((rdd) => rdd.map((w): [string, number] => [w, 1]))
				.updateStateByKey<number>((v, n = 0) => n + v.length),
		[
			[["a", 1]],
			[
				["a", 2],
				["b", 1],
			],
		],
	),
]);

interface Bench {
	readonly ssc: StreamingContext;
	readonly clock: ManualClock;
	readonly stream: DStream<number>;
	run(batches: number): Promise<void>;
}

function bench(cell: Cell, input: readonly (readonly number[] | null)[]): Bench {
	const clock = new ManualClock();
	const ssc = new StreamingContext({ ...cellOptions(cell), batch: 1000, clock });
	onTestFinished(() => ssc.stop().catch(() => undefined));
	return {
		ssc,
		clock,
		stream: new TestSource<number>(ssc, input, 2).stream,
		async run(batches) {
			await ssc.start();
			for (let n = 0; n < batches; n++) await clock.advance(1000);
			await ssc.stop();
		},
	};
}

describe.each(fewCells)("$name", (cell) => {
	test("transform joins each batch with an RDD of the notebook", async () => {
		const { ssc, stream, run } = bench(cell, [
			[1, 2],
			[2, 3],
		]);
		const names = ssc.sparkContext.parallelize([
			[1, "one"],
			[2, "two"],
		]);
		const seen: unknown[] = [];
		stream
			.map((x) => [x, x * 10])
			.transform((rdd) => rdd.join(names).map(([, [n, name]]) => `${name} ${n}`))
			.foreachRDD(async (rdd) => {
				seen.push((await rdd.collect()).sort());
			});
		await run(2);
		expect(seen).toEqual([["one 10", "two 20"], ["two 20"]]);
	});

	test("a cached RDD of the notebook is computed once for all batches", async () => {
		const { ssc, stream, run } = bench(cell, [[1], [1], [1]]);
		const table = ssc.sparkContext
			.parallelize([[1, 0]], 1)
			.mapValues(() => Math.random() + Date.now())
			.cache();
		const seen: number[] = [];
		stream
			.map((x) => [x, x])
			.transform((rdd) => rdd.join(table).map(([, [, drawn]]) => drawn))
			.foreachRDD(async (rdd) => {
				seen.push(...(await rdd.collect()));
			});
		await run(3);
		expect(seen).toHaveLength(3);
		expect(new Set(seen).size).toBe(1);
	});

	test("foreachRDD runs in the notebook, in order, sees and changes its variables, and is awaited", async () => {
		const { stream, run } = bench(cell, [[1, 2], null, [], [3]]);
		const log: string[] = [];
		let sum = 0;
		stream.foreachRDD(async (rdd, time) => {
			expect(rdd).toBeInstanceOf(RDD);
			expect(time).toBeInstanceOf(Time);
			log.push(`begin ${time.milliseconds}`);
			for (const x of await rdd.collect()) sum += x;
			log.push(`end ${time.milliseconds}`);
		});
		await run(4);
		expect(sum).toBe(6);
		expect(log).toEqual([1000, 3000, 4000].flatMap((ms) => [`begin ${ms}`, `end ${ms}`]));
	});

	test("RDDs of foreachRDD take transformations and actions", async () => {
		const { stream, run } = bench(cell, [[3, 1, 2]]);
		const seen: unknown[] = [];
		stream.foreachRDD(async (rdd) => {
			const even = rdd.map((x) => x * 2);
			seen.push(
				await even.count(),
				await even.take(2),
				await even.reduce((a, b) => a + b),
				await rdd.isEmpty(),
				await even
					.map((x): [number, number] => [x % 4, x])
					.reduceByKey((a, b) => a + b)
					.collect(),
			);
		});
		await run(1);
		expect(seen.slice(0, 4)).toEqual([3, [6, 2], 12, false]);
		expect(seen[4]).toEqual(
			expect.arrayContaining([
				[0, 4],
				[2, 8],
			]),
		);
	});

	test("two outputs of one stream both get every batch, and the stream is computed from the same elements", async () => {
		const { stream, run } = bench(cell, [[1], [2]]);
		const drawn = stream.map((x) => x + Math.random());
		const a: number[] = [];
		const b: number[] = [];
		drawn.foreachRDD(async (rdd) => void a.push(...(await rdd.collect())));
		drawn.foreachRDD(async (rdd) => void b.push(...(await rdd.collect())));
		await run(2);
		expect(a).toHaveLength(2);
		expect(b).toEqual(a);
	});

	test("an output may work on a batch longer than another output of the same stream", async () => {
		const { stream, run } = bench(cell, [[1, 2]]);
		let over = (): void => undefined;
		const first = new Promise<void>((resolve) => {
			over = resolve;
		});
		const seen: unknown[] = [];
		stream.foreachRDD(async (rdd) => {
			seen.push(await rdd.count());
			over();
		});
		stream.foreachRDD(async (rdd) => {
			await first;
			// Turns of the event loop in which the other output's answer arrives.
			for (let i = 0; i < 20; i++) await rdd.count();
			seen.push(await rdd.map((x) => x * 2).collect());
		});
		await run(1);
		expect(seen).toEqual([2, [2, 4]]);
	});

	test("foreachRDD on the driver is captured and may use foreachPartition", async () => {
		const { stream, run } = bench(cell, [[1, 2, 3], [4]]);
		const printed: string[] = [];
		const out = vi.spyOn(console, "log").mockImplementation((text: string) => void printed.push(text));
		const err = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
			printed.push(...String(text).split("\n"));
			return true;
		});
		stream.foreachRDD(
			async (rdd, time) => {
				const ms = time.milliseconds;
				await rdd.foreachPartition((elements) => {
					for (const x of elements) console.log(`element ${x} at ${ms}`);
				});
			},
			{ on: "driver" },
		);
		await run(2);
		out.mockRestore();
		err.mockRestore();
		expect(printed.filter((line) => line.startsWith("element")).sort()).toEqual([
			"element 1 at 1000",
			"element 2 at 1000",
			"element 3 at 1000",
			"element 4 at 2000",
		]);
	});

	test("an error of foreachRDD is the very error, thrown by the next await, and the next batch goes on", async () => {
		const { ssc, clock, stream } = bench(cell, [[1], [2]]);
		const error = new RangeError("not the first");
		const quiet = vi.spyOn(process.stderr, "write").mockImplementation(() => true);
		const seen: number[] = [];
		stream.foreachRDD((_rdd, time) => {
			if (time.milliseconds === 1000) throw error;
			seen.push(time.milliseconds);
		});
		await ssc.start();
		await clock.advance(1000);
		await expect(ssc.awaitBatches(0)).rejects.toBe(error);
		await clock.advance(1000);
		await ssc.awaitBatches(0);
		await ssc.stop();
		quiet.mockRestore();
		expect(seen).toEqual([2000]);
	});

	test("print writes the batch time and the first elements", async () => {
		const { stream, run } = bench(cell, [[1, 2, 3], [], null]);
		const printed: string[] = [];
		const out = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
			printed.push(String(text));
			return true;
		});
		stream.print(2);
		stream.map((x) => [`k${x}`, { n: x }]).print();
		stream.print(0);
		await run(3);
		out.mockRestore();
		const rule = "-------------------------------------------";
		const text = (ms: number, ...lines: string[]) => [rule, `Time: ${ms} ms`, rule, ...lines, "", ""].join("\n");
		expect(printed.join("")).toBe(
			[
				text(1000, "1", "2", "..."),
				text(1000, "[ 'k1', { n: 1 } ]", "[ 'k2', { n: 2 } ]", "[ 'k3', { n: 3 } ]"),
				text(1000, "..."),
				text(2000),
				text(2000),
				text(2000),
			].join(""),
		);
	});
});

test.each([
	["print(-1)", (s: DStream<number>) => s.print(-1), /print: expected a whole number/],
	["print(1.5)", (s: DStream<number>) => s.print(1.5), /print: expected a whole number/],
	[
		"foreachRDD without a function",
		(s: DStream<number>) => s.foreachRDD(undefined as never),
		/foreachRDD: expected a function/,
	],
	[
		"foreachRDD somewhere else",
		(s: DStream<number>) => s.foreachRDD(() => 0, { on: "moon" as never }),
		/expected on: "notebook" or "driver"/,
	],
	["map without a function", (s: DStream<number>) => s.map("x" as never), /map: expected a function, got string/],
	["union with something else", (s: DStream<number>) => s.union([] as never), /union: expected a DStream/],
	[
		"reduceByKey into no partitions",
		(s: DStream<number>) => (s as unknown as DStream<[string, number]>).reduceByKey((a, b) => a + b, 0),
		/Positive number of partitions required/,
	],
])("%s is refused when it is called", async (_name, declare, message) => {
	const { ssc, stream } = bench(fewCells[0], []);
	const quiet = vi.spyOn(process.stderr, "write").mockImplementation(() => true);
	expect(() => declare(stream)).toThrow(message);
	await ssc.stop();
	quiet.mockRestore();
});
