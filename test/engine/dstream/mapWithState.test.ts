// mapWithState: once per record with the state of its key; timeouts, snapshots, initial states, and a random oracle.
import { describe, expect, test } from "vitest";
import {
	type DStream,
	ManualClock,
	type State,
	StateSpec,
	StreamingContext,
	type Time,
} from "../../../engine/index.ts";
import { StateHandle } from "../../../engine/rdd/mapWithState-state.ts";
import { TestSource } from "../../../engine/testing/index.ts";
import { cellOptions, fewCells, matrix, randomness, runFailing, scenario, sorted } from "../../support/matrix.ts";

type Pair = [string, number];
const sums = () =>
	StateSpec.function((key: string, n: number | undefined, state: State<number>) => {
		const sum = (n ?? 0) + (state.getOption() ?? 0);
		state.update(sum);
		return [key, sum];
	});

const { random } = randomness("mapWithState");
const history: Pair[][] = Array.from({ length: 15 }, () =>
	Array.from(
		{ length: Math.floor(random() * 8) },
		(): Pair => [`k${Math.floor(random() * 6)}`, Math.floor(random() * 10)],
	),
);

/** What the function below gives and leaves, by a plain Map: 0 removes, 9 only looks. */
function oracle() {
	const states = new Map<string, number>();
	const mapped: [string, number | null][][] = [];
	const snapshots: Pair[][] = [];
	for (const batch of history) {
		// Within a partition the order of records counts; per key it is the order of the batch.
		mapped.push(
			batch.map(([key, n]) => {
				const before = states.get(key) ?? null;
				if (n === 0) states.delete(key);
				else if (n !== 9) states.set(key, (before ?? 0) * 2 + n);
				return [key, before];
			}),
		);
		snapshots.push([...states]);
	}
	return { mapped, snapshots };
}
const looking = () =>
	StateSpec.function((key: string, n: number | undefined, state: State<number>): [string, number | null] => {
		const before = state.getOption() ?? null;
		if (n === 0) {
			if (state.exists()) state.remove();
		} else if (n !== 9 && n !== undefined) state.update((before ?? 0) * 2 + n);
		return [key, before];
	});
const expected = oracle();

/** Only the 2nd, 4th … batches look for keys that timed out; what is told says which call it was. */
const idle = () =>
	StateSpec.function((key: string, n: number | undefined, state: State<number>) => {
		if (state.isTimingOut()) return `${key} out at ${state.get()}, value ${n}`;
		state.update((state.getOption() ?? 0) + (n ?? 0));
		return `${key} ${state.get()}`;
	}).timeout(1500);
const idleInput: Pair[][] = [
	[
		["a", 1],
		["b", 1],
	],
	[["b", 1]],
	[["b", 1]],
	[],
	[["a", 5]],
	[],
	[],
	[],
];

matrix("mapWithState", [
	scenario(
		"several records of a key see each other's updates",
		[
			[
				["a", 1],
				["a", 2],
			],
			[["a", 3]],
		] as Pair[][],
		(s) => s.mapWithState(sums()),
		[
			[
				["a", 1],
				["a", 3],
			],
			[["a", 6]],
		] as Pair[][],
	),
	scenario(
		"a batch without records calls nothing and is empty",
		[[["a", 1]], []] as Pair[][],
		(s) => s.mapWithState(sums()),
		[[["a", 1]], []] as Pair[][],
	),
	scenario(
		"a batch without an RDD counts as empty",
		[[["a", 1]], null, [["a", 1]]] as (Pair[] | null)[],
		(s) => s.mapWithState(sums()),
		[[["a", 1]], [], [["a", 2]]] as Pair[][],
	),
	scenario(
		"snapshots have all keys",
		[[["a", 1]], [["b", 1]], []] as Pair[][],
		(s) => s.mapWithState(sums()).stateSnapshots(),
		[
			[["a", 1]],
			[
				["a", 1],
				["b", 1],
			],
			[
				["a", 1],
				["b", 1],
			],
		] as Pair[][],
	),
	scenario(
		"the form with a time gets the batch time and may give nothing",
		[[["a", 1]], [["b", 2]]] as Pair[][],
		(s) =>
			s.mapWithState(
				StateSpec.function((time: Time, key: string, _n: number | undefined, _state: State<number>) =>
					key === "a" ? undefined : `${key}@${time.milliseconds}`,
				),
			),
		[[], ["b@2000"]],
	),
	scenario("results agree with a plain Map", history, (s) => s.mapWithState(looking()), expected.mapped as never),
	scenario(
		"states agree with a plain Map",
		history,
		(s) => s.mapWithState(looking()).stateSnapshots(),
		expected.snapshots,
	),
	scenario(
		"results and states of one batch can be joined: the batch counts once",
		history,
		(s) => {
			const mapped = s.mapWithState(sums().numPartitions(2));
			return mapped
				.reduceByKey((a, b) => Math.max(a, b))
				.join(mapped.stateSnapshots())
				.filter(([, [largest, state]]) => largest !== state);
		},
		history.map(() => []),
	),
	scenario(
		"keys that are idle for longer than the timeout go in a checkpoint batch",
		idleInput,
		(s) => s.mapWithState(idle().numPartitions(1)).checkpoint(2000),
		// a was used at 1 s: at 2 s it is 1 s idle; at 4 s 3 s. b was used at 3 s: at 4 s 1 s, at 6 s 3 s.
		[
			["a 1", "b 1"],
			["b 2"],
			["b 3"],
			["a out at 1, value undefined"],
			["a 5"],
			["b out at 3, value undefined"],
			[],
			["a out at 5, value undefined"],
		],
	),
	scenario(
		"keys that timed out are in no snapshot",
		idleInput,
		(s) => s.mapWithState(idle()).checkpoint(2000).stateSnapshots(),
		[
			[
				["a", 1],
				["b", 1],
			],
			[
				["a", 1],
				["b", 2],
			],
			[
				["a", 1],
				["b", 3],
			],
			[["b", 3]],
			[
				["a", 5],
				["b", 3],
			],
			[["a", 5]],
			[["a", 5]],
			[],
		] as Pair[][],
	),
	scenario(
		"reading a state keeps its key from timing out",
		[[["a", 1]], [["a", 0]], [["a", 0]], [["a", 0]]] as Pair[][],
		(s) =>
			s
				.mapWithState(
					StateSpec.function((_key: string, n: number | undefined, state: State<number>) => {
						if (!state.exists()) state.update(n as number);
						return state.isTimingOut() ? "out" : "in";
					}).timeout(1500),
				)
				.checkpoint(1000),
		[["in"], ["in"], ["in"], ["in"]],
	),
]);

async function withInitial(cell: (typeof fewCells)[number], initial: Pair[], input: Pair[][], snapshots: boolean) {
	const clock = new ManualClock();
	const ssc = new StreamingContext({ ...cellOptions(cell), batch: 1000, clock });
	const out: unknown[] = [];
	const states = ssc.sparkContext.parallelize(initial, 2);
	const mapped = new TestSource<Pair>(ssc, input, 2).stream.mapWithState(sums().initialState(states));
	const stream: DStream<Pair> = snapshots ? mapped.stateSnapshots() : mapped;
	stream.foreachRDD(async (rdd) => {
		out.push(sorted(await rdd.collect()));
	});
	await ssc.start();
	for (let n = 0; n < input.length; n++) await clock.advance(1000);
	await ssc.stop();
	return out;
}

describe.each(fewCells)("$name", (cell) => {
	test("initial states are there from the first batch on, the last of a key counts", async () => {
		const initial: Pair[] = [
			["a", 5],
			["b", 7],
			["a", 6],
		];
		expect(await withInitial(cell, initial, [[], [["a", 1]]], true)).toEqual([
			[
				["a", 6],
				["b", 7],
			],
			[
				["a", 7],
				["b", 7],
			],
		]);
		expect(await withInitial(cell, initial, [[["a", 1]], [["c", 1]]], false)).toEqual([[["a", 7]], [["c", 1]]]);
	});

	test("an error names the step and the record, and the batch leaves no trace", async () => {
		const { outputs, errors } = await runFailing(
			cell,
			[
				[["a", 1]],
				[
					["a", 2],
					["b", -1],
				],
				[["a", 3]],
			] as Pair[][],
			(s) =>
				s.mapWithState(
					StateSpec.function((key: string, n: number | undefined, state: State<number>) => {
						if (n === -1) throw new Error("bad record");
						state.update((state.getOption() ?? 0) + (n as number));
						return [key, state.get()];
					}),
				),
		);
		expect(errors[0].message).toMatch(/mapWithState.*bad record/s);
		expect(outputs).toEqual([[["a", 1]], null, [["a", 4]]]);
	});
});

describe("State", () => {
	const wrapped = (exists: boolean, value?: number, out = false) => {
		const state = new StateHandle<number>();
		state.wrap(exists, value, out);
		return state;
	};

	test("get without a state says so, getOption is undefined", () => {
		expect(() => wrapped(false).get()).toThrow("State is not set");
		expect(wrapped(false).getOption()).toBeUndefined();
		expect(String(wrapped(false))).toBe("<state not set>");
		expect(String(wrapped(true, 3))).toBe("3");
	});

	test("a removed state can neither be updated nor removed again", () => {
		const state = wrapped(true, 1);
		state.remove();
		expect(state.exists()).toBe(false);
		expect(() => state.update(1)).toThrow("Cannot update the state after it has been removed");
		expect(() => state.remove()).toThrow("Cannot remove the state that has already been removed");
	});

	test("a state that is timing out can only be read", () => {
		const state = wrapped(true, 1, true);
		expect([state.isTimingOut(), state.get()]).toEqual([true, 1]);
		expect(() => state.update(1)).toThrow("Cannot update the state that is timing out");
		expect(() => state.remove()).toThrow("Cannot remove the state that is timing out");
	});

	test("null is a state, undefined is none", () => {
		const state = new StateHandle<number | null>();
		state.wrap(false, undefined);
		state.update(null);
		expect([state.exists(), state.get()]).toEqual([true, null]);
		expect(() => state.update(undefined as never)).toThrow(/remove\(\)/);
	});
});

test("wrong specs are refused where they are made", () => {
	const ssc = new StreamingContext({ master: "local[1]", runtime: "in-process", batch: 1000 });
	const pairs = ssc.queueStream<Pair>([]);
	expect(() => StateSpec.function(1 as never)).toThrow(/a function/);
	expect(() => sums().numPartitions(0)).toThrow(/Positive number of partitions/);
	expect(() => sums().timeout(0)).toThrow(/above 0/);
	expect(() => sums().initialState([] as never)).toThrow(/an RDD/);
	expect(() => pairs.mapWithState((() => 1) as never)).toThrow(/a StateSpec/);
	const other = new StreamingContext({ master: "local[1]", runtime: "in-process", batch: 1000 });
	expect(() => pairs.mapWithState(sums().initialState(other.sparkContext.parallelize([["a", 1]])))).toThrow(
		/another context/,
	);
});
