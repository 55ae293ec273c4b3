// updateStateByKey: state of every key over all batches, against recomputation from scratch.
import { expect } from "vitest";
import { matrix, randomness, scenario, sorted } from "../../support/matrix.ts";
import { keyRecords, keySums } from "./keys.ts";

type Pair = [string, number];
const total = (values: number[], state: number | undefined) => values.reduce((a, b) => a + b, state ?? 0);

matrix("updateStateByKey", [
	scenario(
		"state grows over batches, and every key is there in each",
		[["a"], ["a", "b"], []],
		(s) => s.map((w) => [w, 1]).updateStateByKey(total),
		[
			[["a", 1]],
			[
				["a", 2],
				["b", 1],
			],
			[
				["a", 2],
				["b", 1],
			],
		],
	),
	scenario(
		"the function is called for keys without values, too",
		[[["a", 1]], [], [["b", 1]]],
		(s) => s.updateStateByKey<string>((values, state = "") => `${state}${values.length}`),
		[
			[["a", "1"]],
			[["a", "10"]],
			[
				["a", "100"],
				["b", "1"],
			],
		],
	),
	scenario(
		"undefined removes a key, and it may come back",
		[
			[
				["a", 1],
				["b", 1],
			],
			[["a", -1]],
			[["b", 2]],
			[["a", 7]],
		],
		(s) => s.updateStateByKey<number>((values, state) => (values.includes(-1) ? undefined : total(values, state))),
		[
			[
				["a", 1],
				["b", 1],
			],
			[["b", 1]],
			[["b", 3]],
			[
				["a", 7],
				["b", 3],
			],
		],
	),
	scenario(
		"a new key may be refused",
		[
			[
				["a", 1],
				["b", 100],
			],
		],
		(s) => s.updateStateByKey<number>((values, state) => (state === undefined && values[0] > 50 ? undefined : 1)),
		[[["a", 1]]],
	),
	scenario(
		"objects as state may be changed in place",
		[
			[["a", 1]],
			[
				["a", 2],
				["b", 5],
			],
			[],
		],
		(s) =>
			s.updateStateByKey<{ seen: number[] }>((values, state = { seen: [] }) => {
				state.seen.push(...values);
				return state;
			}),
		[
			[["a", { seen: [1] }]],
			[
				["a", { seen: [1, 2] }],
				["b", { seen: [5] }],
			],
			[
				["a", { seen: [1, 2] }],
				["b", { seen: [5] }],
			],
		],
	),
	scenario(
		"a window over states that are changed in place has each batch's own",
		[[["a", 1]], [["a", 2]], []],
		(s) =>
			s
				.updateStateByKey<{ seen: number[] }>((values, state = { seen: [] }) => {
					state.seen.push(...values);
					return state;
				})
				.window(2000),
		[
			[["a", { seen: [1] }]],
			[
				["a", { seen: [1] }],
				["a", { seen: [1, 2] }],
			],
			[
				["a", { seen: [1, 2] }],
				["a", { seen: [1, 2] }],
			],
		],
	),
	scenario(
		"maps and dates as state keep their kind",
		[[["a", 1]], [["a", 2]]],
		(s) =>
			s.updateStateByKey<[Date, bigint]>((values, state) => [
				new Date((state?.[0].getTime() ?? 0) + values.length),
				(state?.[1] ?? 0n) + 1n,
			]),
		[[["a", [new Date(1), 1n]]], [["a", [new Date(2), 2n]]]],
	),
	scenario("keys of all kinds are found by value", [keyRecords(), [], keyRecords()], (s) => s.updateStateByKey(total), [
		keySums,
		keySums,
		keySums.map(([k, n]): [unknown, number] => [k, n * 2]),
	]),
	scenario(
		"no state before the first RDD, then absent batches keep it",
		[null, [["a", 1]], null, [["a", 1]]],
		(s) => s.updateStateByKey(total),
		[null, [["a", 1]], [["a", 1]], [["a", 2]]],
	),
	scenario(
		"falsy states are states",
		[[["a", 1]], [["a", 2]], []],
		(s) => s.updateStateByKey<number | null | string>((values) => (values[0] === 1 ? 0 : values[0] === 2 ? null : "")),
		[[["a", 0]], [["a", null]], [["a", ""]]],
	),
	scenario("a number of partitions", [["a", "b", "a"]], (s) => s.map((w) => [w, 1]).updateStateByKey(total, 2), [
		[
			["a", 2],
			["b", 1],
		],
	]),
	scenario(
		"state of reduced pairs needs no second shuffle",
		[["a", "b"], ["a"]],
		(s) =>
			s
				.map((w) => [w, 1])
				.reduceByKey((a, b) => a + b)
				.updateStateByKey(total)
				.filter(([, n]) => n > 1),
		[[], [["a", 2]]],
	),
	scenario(
		"state over a window",
		[["a"], [], ["a"]],
		(s) =>
			s
				.map((w) => [w, 1])
				.window(2000)
				.updateStateByKey(total),
		[[["a", 1]], [["a", 2]], [["a", 3]]],
	),
	scenario(
		"state of a state",
		[["a"], ["a"]],
		(s) =>
			s
				.map((w) => [w, 1])
				.updateStateByKey(total)
				.updateStateByKey(total),
		[[["a", 1]], [["a", 3]]],
	),
]);

const { seed, random } = randomness("states");
const input: Pair[][] = Array.from({ length: 30 }, () =>
	random() < 0.15
		? []
		: Array.from(
				{ length: Math.floor(random() * 15) },
				(): Pair => [`k${Math.floor(random() * 25)}`, Math.floor(random() * 10)],
			),
);

/** A key that gets a 0 is removed at once; one that gets nothing for three batches, too. */
interface Life {
	readonly sum: number;
	readonly idle: number;
	readonly log: readonly number[];
}
const live = (values: readonly number[], state: Life | undefined): Life | undefined => {
	if (values.includes(0)) return undefined;
	const idle = values.length === 0 ? (state?.idle ?? 0) + 1 : 0;
	if (idle > 2) return undefined;
	return { sum: values.reduce((a, b) => a + b, state?.sum ?? 0), idle, log: [...(state?.log ?? []), values.length] };
};

function lives(): [string, Life][][] {
	const states = new Map<string, Life>();
	return input.map((batch) => {
		const values = new Map<string, number[]>([...states.keys()].map((key) => [key, []]));
		for (const [key, n] of batch) values.set(key, [...(values.get(key) ?? []), n]);
		for (const [key, of] of values) {
			const next = live(of, states.get(key));
			if (next === undefined) states.delete(key);
			else states.set(key, next);
		}
		return [...states].map(([key, life]) => [key, life]);
	});
}

matrix(`random histories (SEED=${seed})`, [
	scenario(
		"keys come, go and come back as in a recomputation from scratch",
		input,
		(s) => s.updateStateByKey(live),
		undefined,
		{
			check: (batches) => expect(batches.map(sorted)).toEqual(lives().map(sorted)),
		},
	),
	scenario(
		"states stay in the order their keys came",
		input,
		(s) => s.updateStateByKey<number>((values, state) => values.length + (state ?? 0), 1).map(([key]) => key),
		input.map((_, n) => [
			...new Set(
				input
					.slice(0, n + 1)
					.flat()
					.map(([key]) => key),
			),
		]),
		{ ordered: true },
	),
]);
