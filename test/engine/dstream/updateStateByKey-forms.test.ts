// The other forms of updateStateByKey: initial states, whole partitions, with the batch time.
import { describe, expect, test } from "vitest";
import { type DStream, HashPartitioner, ManualClock, StreamingContext, type Time } from "../../../engine/index.ts";
import { TestSource } from "../../../engine/testing/index.ts";
import { cellOptions, fewCells, matrix, runFailing, scenario, sorted } from "../../support/matrix.ts";

type Pair = [string, number];
const input: Pair[][] = [
	[
		["a", 1],
		["b", 2],
	],
	[["a", 3]],
	[],
];

matrix("updateStateByKey, other forms", [
	scenario(
		"a hash partitioner gives the number of partitions",
		input,
		(s) =>
			s
				.updateStateByKey<number>((values, sum = 0) => values.reduce((a, b) => a + b, sum), new HashPartitioner(1))
				.transform((rdd) => rdd.mapValues((n) => n)),
		[
			[
				["a", 1],
				["b", 2],
			],
			[
				["a", 4],
				["b", 2],
			],
			[
				["a", 4],
				["b", 2],
			],
		] as Pair[][],
	),
	scenario(
		"the form with a time gets time and key of each call",
		input,
		(s) =>
			s.updateStateByKey<string>(
				(time: Time, key: string, values: number[], state: string | undefined) =>
					`${state ?? ""}${key}${time.milliseconds / 1000}:${values.length} `,
				2,
				true,
			),
		[
			[
				["a", "a1:1 "],
				["b", "b1:1 "],
			],
			[
				["a", "a1:1 a2:1 "],
				["b", "b1:1 b2:0 "],
			],
			[
				["a", "a1:1 a2:1 a3:0 "],
				["b", "b1:1 b2:0 b3:0 "],
			],
		],
	),
	scenario(
		"the form of whole partitions keeps exactly the pairs it gives",
		input,
		(s) =>
			s.updateStateByKey<number>(
				(entries) => {
					const kept: Pair[] = [];
					for (const [key, values, state] of entries) {
						if (values.length > 0) kept.push([key, (state ?? 0) + values.reduce((a, b) => a + b)]);
					}
					return kept;
				},
				2,
				true,
			),
		[
			[
				["a", 1],
				["b", 2],
			],
			[["a", 4]],
			[],
		] as Pair[][],
	),
]);

async function run(cell: (typeof fewCells)[number], batches: (Pair[] | null)[], initial: Pair[], fails = false) {
	const clock = new ManualClock();
	const ssc = new StreamingContext({ ...cellOptions(cell), batch: 1000, clock });
	const out: unknown[] = [];
	const states = ssc.sparkContext.parallelize(initial, 2);
	const stream: DStream<Pair> = new TestSource<Pair>(ssc, batches, 2).stream;
	stream
		.updateStateByKey<number>(
			(values, state) => {
				if (fails && values.includes(-1)) throw new Error("not this one");
				return values.reduce((a, b) => a + b, state ?? 0);
			},
			undefined,
			states,
		)
		.foreachRDD(async (rdd, time) => {
			out.push([time.milliseconds / 1000, sorted(await rdd.collect())]);
		});
	await ssc.start();
	for (let n = 0; n < batches.length; n++) {
		await clock.advance(1000);
		await ssc.awaitBatches(0).catch(() => undefined);
	}
	await ssc.stop().catch(() => undefined);
	return out;
}

describe.each(fewCells)("initial states, $name", (cell) => {
	test("the function also runs for initial keys without data, the first state of a key counts", async () => {
		expect(
			await run(
				cell,
				[[["a", 1]], [["c", 1]]],
				[
					["a", 10],
					["b", 20],
					["a", 99],
				],
			),
		).toEqual([
			[
				1,
				[
					["a", 11],
					["b", 20],
				],
			],
			[
				2,
				[
					["a", 11],
					["b", 20],
					["c", 1],
				],
			],
		]);
	});

	test("they wait for the first batch that has an RDD", async () => {
		expect(await run(cell, [null, [["a", 1]]], [["a", 10]])).toEqual([[2, [["a", 11]]]]);
	});

	test("a first batch that fails does not use them up", async () => {
		const quiet = process.stderr.write;
		process.stderr.write = () => true;
		try {
			expect(await run(cell, [[["a", -1]], [["a", 1]]], [["a", 10]], true)).toEqual([[2, [["a", 11]]]]);
		} finally {
			process.stderr.write = quiet;
		}
	});
});

test("pairs that are none are told", async () => {
	const { errors } = await runFailing(fewCells[0], [[["a", 1]]] as Pair[][], (s) =>
		s.updateStateByKey<number>((() => [1]) as never, 1, true),
	);
	expect(errors[0].message).toMatch(/updateState.*pairs \[key, state\]/s);
});
