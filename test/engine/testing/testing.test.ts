// What users test their streams with: runBatches and TestSource.
import { expect, onTestFinished, test } from "vitest";
import { ManualClock, StreamingContext } from "../../../engine/index.ts";
import { runBatches, TestSource } from "../../../engine/testing/index.ts";

const inProcess = { runtime: "in-process" } as const;

test("runBatches gives the output batches, and none where there is no RDD", async () => {
	expect(await runBatches([["a b"], ["b"]], (s) => s.flatMap((l) => l.split(" ")), undefined, inProcess)).toEqual([
		["a", "b"],
		["b"],
	]);
	expect(await runBatches([[1], null, [3]], (s) => s.map((x) => x), undefined, inProcess)).toEqual([[1], [3]]);
	expect(await runBatches([[1]], (s) => s.window(2000, 2000), undefined, { ...inProcess, numBatches: 4 })).toEqual([
		[1],
		[],
	]);
});

test("runBatches compares with what is expected, in order or not", async () => {
	const input = [["b", "a"]];
	await runBatches(input, (s) => s, [["b", "a"]], inProcess);
	await runBatches(input, (s) => s, [["a", "b"]], { ...inProcess, anyOrder: true });
	await expect(runBatches(input, (s) => s, [["a", "b"]], inProcess)).rejects.toThrow(
		'runBatches, batch 1: expected ["a","b"], got ["b","a"]',
	);
	await expect(runBatches(input, (s) => s, [["a", "a"]], { ...inProcess, anyOrder: true })).rejects.toThrow(
		"in any order",
	);
	await expect(runBatches(input, (s) => s, [], inProcess)).rejects.toThrow("expected 0 output batches, got 1");
});

test("runBatches tells of each batch and takes batch duration and partitions", async () => {
	const told: number[] = [];
	const times: number[] = [];
	await runBatches(
		[[1, 2, 3], [4]],
		(s) => s.map((x) => [x, Date.now()]),
		[
			[
				[1, 50],
				[2, 50],
				[3, 50],
			],
			[[4, 100]],
		],
		{
			...inProcess,
			batch: 50,
			numInputPartitions: 3,
			onBatch: (n, ssc) => {
				told.push(n);
				times.push(ssc.zeroTime as number);
			},
		},
	);
	expect(told).toEqual([1, 2]);
	expect(times).toEqual([0, 0]);
});

test("runBatches throws the error of a batch and leaves no context behind", async () => {
	const failing = () =>
		runBatches(
			[[1]],
			(s) =>
				s.map(() => {
					throw new Error("always");
				}),
			undefined,
			inProcess,
		);
	await expect(failing()).rejects.toThrow("always");
	await expect(failing()).rejects.toThrow("always");
	expect(await runBatches([[1]], (s) => s, undefined, inProcess)).toEqual([[1]]);
});

test("a source may be fed while the stream runs, until its end", async () => {
	const clock = new ManualClock();
	const ssc = new StreamingContext({ batch: 1000, clock, ...inProcess });
	onTestFinished(() => ssc.stop().catch(() => undefined));
	const source = new TestSource<string>(ssc);
	const seen: string[][] = [];
	source.stream.foreachRDD(async (rdd) => void seen.push(await rdd.collect()));
	await ssc.start();
	await clock.advance(1000);
	source.push(["a"], TestSource.PAUSE);
	await clock.advance(2000);
	source.push(TestSource.EOF);
	expect(() => source.push(["late"])).toThrow(/the source has ended with EOF/);
	await clock.advance(1000);
	await ssc.stop();
	expect(seen).toEqual([[], ["a"], [], []]);
});
