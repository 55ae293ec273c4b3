// Broadcast values and accumulators: what tasks see, what counts, what is refused.
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { AccumulatorV2, ManualClock, SparkContext, StreamingContext } from "../../../engine/index.ts";
import { cellOptions, fewCells } from "../../support/matrix.ts";

class Words extends AccumulatorV2<string, ReadonlySet<string>> {
	#words = new Set<string>();
	get isZero(): boolean {
		return this.#words.size === 0;
	}
	copy(): Words {
		const copy = new Words();
		for (const word of this.#words) copy.add(word);
		return copy;
	}
	reset(): void {
		this.#words.clear();
	}
	add(word: string): void {
		this.#words.add(word);
	}
	merge(other: AccumulatorV2<string, ReadonlySet<string>>): void {
		for (const word of other.value) this.#words.add(word);
	}
	get value(): ReadonlySet<string> {
		return this.#words;
	}
}

describe.each(fewCells)("$name", (cell) => {
	let sc: SparkContext;
	beforeAll(() => {
		sc = new SparkContext(cellOptions(cell));
	});
	afterAll(() => sc.stop());

	test("a broadcast value is read in tasks, also after unpersist", async () => {
		const names = sc.broadcast(new Map([["de", "Germany"]]));
		const named = sc.parallelize(["de", "fr"]).map((code) => names.value.get(code) ?? code);
		expect(await named.collect()).toEqual(["Germany", "fr"]);
		names.unpersist();
		expect(await named.collect()).toEqual(["Germany", "fr"]);
	});

	test("an executor decodes a broadcast value once", async () => {
		const shared = sc.broadcast({ n: 0 });
		const first = await sc
			.parallelize([1], 1)
			.map(() => (shared.value as { n: number }).n++)
			.collect();
		const counts = await sc
			.parallelize([1, 2, 3], 1)
			.map(() => (shared.value as { n: number }).n++)
			.collect();
		expect(first).toEqual([0]);
		// The second function sees the very object of the first where it runs on the same executor.
		expect([0, 1]).toContain(counts[0]);
		expect(counts.map((n) => n - counts[0])).toEqual([0, 1, 2]);
	});

	test("a destroyed broadcast value is refused in new and in known functions", async () => {
		const gone = sc.broadcast([1]);
		const known = sc.parallelize([1]).map(() => gone.value.length);
		gone.destroy();
		await expect(known.collect()).rejects.toThrow(/Attempted to use Broadcast\(\d+\) after it was destroyed/);
		expect(() => sc.parallelize([1]).map(() => gone.value.length)).toThrow(/after it was destroyed/);
		expect(() => gone.value).toThrow(/after it was destroyed/);
		expect(() => gone.destroy()).toThrow(/after it was destroyed/);
	});

	test("RDDs and what is no data are not broadcast", () => {
		expect(() => sc.broadcast(sc.parallelize([1]))).toThrow(/Can not directly broadcast RDDs; instead, call collect/);
		expect(() => sc.broadcast(() => 1)).toThrow(/broadcast: expected data, got function/);
	});

	test("each partition of an action counts once, a failed task does not count", async () => {
		const sum = sc.longAccumulator("sum");
		await sc.range(0, 100, 1, 7).foreach((x) => sum.add(x));
		expect([sum.value, sum.count, sum.avg, sum.name, sum.isZero]).toEqual([4950, 100, 49.5, "sum", false]);
		const tries = sc.doubleAccumulator();
		const failing = sc.parallelize([1, 2, 3], 3).foreach((x) => {
			tries.add(0.5);
			if (x === 3) throw new Error("boo");
		});
		await expect(failing).rejects.toThrow(/boo/);
		expect(tries.value).toBeLessThanOrEqual(1);
	});

	test("collections and accumulators of the user's own are merged where they were made", async () => {
		const all = sc.collectionAccumulator<string>();
		const words = sc.register(new Words(), "words");
		await sc.parallelize(["a", "b", "a"], 3).foreach((word) => {
			all.add(word);
			words.add(word);
		});
		expect([...all.value].sort()).toEqual(["a", "a", "b"]);
		expect([...words.value].sort()).toEqual(["a", "b"]);
	});

	test("an error in merge concerns no other accumulator", async () => {
		class Broken extends Words {
			override copy(): Broken {
				return new Broken();
			}
			override merge(): void {
				throw new Error("cannot merge");
			}
		}
		const broken = sc.register(new Broken(), "broken");
		const fine = sc.longAccumulator();
		const stderr = vi.spyOn(process.stderr, "write").mockImplementation(() => true);
		try {
			await sc.parallelize(["a"]).foreach((word) => {
				broken.add(word);
				fine.add(1);
			});
			expect(stderr.mock.calls.join("")).toMatch(/accumulator broken: cannot merge/);
		} finally {
			stderr.mockRestore();
		}
		expect(fine.value).toBe(1);
	});

	test("reading in a task, using before registering, registering twice and wrong merges are refused", async () => {
		const sum = sc.longAccumulator();
		await expect(
			sc
				.parallelize([1])
				.map(() => sum.value)
				.collect(),
		).rejects.toThrow(/can only be read where it was made/);
		const words = new Words();
		await expect(sc.parallelize(["a"]).foreach((word) => words.add(word))).rejects.toThrow(
			/Accumulator must be registered before send to executor/,
		);
		expect(() => sc.register(sum)).toThrow(/Cannot register an Accumulator twice/);
		expect(() => sum.merge(sc.doubleAccumulator())).toThrow(/Cannot merge LongAccumulator with DoubleAccumulator/);
		await expect(sc.parallelize(["a"]).foreach((word) => sum.add(word as never))).rejects.toThrow(
			/expected a number, got string "a"/,
		);
	});

	test("functions that a transform gives to RDDs may use both", async () => {
		const clock = new ManualClock();
		const ssc = new StreamingContext({ ...cellOptions(cell), batch: 1000, clock });
		try {
			const seen = ssc.sparkContext.longAccumulator();
			const spam = ssc.sparkContext.broadcast(["b"]);
			const outputs: string[][] = [];
			ssc
				.queueStream([["a", "b"], ["c"]])
				.transform((rdd) =>
					rdd.filter((word) => {
						seen.add(1);
						return !spam.value.includes(word);
					}),
				)
				.foreachRDD(async (rdd) => {
					outputs.push(await rdd.collect());
				});
			await ssc.start();
			await clock.advance(1000);
			await clock.advance(1000);
			expect(outputs).toEqual([["a"], ["c"]]);
			expect(seen.value).toBe(3);
		} finally {
			await ssc.stop();
		}
	});
});
