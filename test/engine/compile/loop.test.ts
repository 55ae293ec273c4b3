// The stage compiler: one loop per chain of narrow operators, for every kind of input and of sink.
import { describe, expect, test } from "vitest";
import { loopText, type Shape, type SinkShape } from "../../../engine/compile/index.ts";
import type { FunctionTable } from "../../../engine/executor/functions.ts";
import { environment, LoopCache, RecordFailure } from "../../../engine/executor/loops.ts";
import type { Opened, TaskSink } from "../../../engine/plan/operators.ts";
import type { Pipe, Step } from "../../../engine/plan/stage.ts";
import "../../../engine/rdd/operators.ts";

type F = (...args: never[]) => unknown;
const functions: { [key: string]: F } = {
	double: (x: number) => x * 2,
	odd: (x: number) => x % 2 === 1,
	words: (line: string) => line.split(" "),
	pair: (w: string) => [w, 1],
	plus: (v: number) => v + 1,
	big: (pair: [string, number]) => pair[1] > 1,
	first: (pair: [string, number]) => pair[0],
	bad() {
		throw new Error("bad");
	},
};
const table = { get: ({ key }: { key: string }) => functions[key] } as unknown as FunctionTable;
const step = (op: string, key: string): Step => ({ op, params: {}, fns: { f: { key, version: 1 } } });
const add = (a: number, b: number) => a + b;

function run(input: Opened, steps: Step[], sink: TaskSink): TaskSink {
	new LoopCache(table).get(
		"stage",
		{ input: undefined as unknown as Pipe["input"], steps },
		input.shape,
		sink.shape,
	)(input, sink, environment);
	return sink;
}

const records = (input: Opened, ...steps: Step[]) =>
	(run(input, steps, { shape: "records", items: [] }) as { items: unknown[] }).items;
const list = (...items: unknown[]): Opened => ({ shape: "records", items });
const pairs = (...of: [unknown, unknown][]): Opened => ({
	shape: "table",
	keys: of.map(([k]) => k),
	values: of.map(([, v]) => v),
});
const combine = () => ({
	shape: "combine" as const,
	ids: new Map<unknown, number>(),
	keys: [] as unknown[],
	values: [] as unknown[],
	combine: add as never,
});

describe("a loop over text", () => {
	test.each([
		["a\nb\n", ["a", "b"]],
		["a\nb", ["a", "b"]],
		["\n\na\n", ["", "", "a"]],
		["", []],
	])("%j has the lines %j", (text, lines) => {
		expect(records({ shape: "text", text })).toEqual(lines);
	});
});

test("a loop runs all steps on each element", () => {
	expect(records(list(1, 2, 3), step("filter", "odd"), step("map", "double"))).toEqual([2, 6]);
	expect(
		records(
			{ shape: "text", text: "a b\nc" },
			step("flatMap", "words"),
			step("map", "pair"),
			step("mapValues", "plus"),
		),
	).toEqual([
		["a", 2],
		["b", 2],
		["c", 2],
	]);
});

test("pairs are never made as arrays between a table and a table", () => {
	const { text } = loopText("table", [step("mapValues", "plus"), step("mapValues", "plus")], "pairs");
	expect(text).not.toMatch(/\[k\d+, v\d+\]/);
	expect(run(pairs(["a", 1]), [step("mapValues", "plus")], { shape: "pairs", keys: [], values: [] })).toMatchObject({
		keys: ["a"],
		values: [2],
	});
});

test("an element of a table is a pair for functions that take elements", () => {
	expect(records(pairs(["a", 1], ["b", 2]), step("filter", "big"), step("map", "first"))).toEqual(["b"]);
});

test("a combining sink merges by value of the key", () => {
	const sink = combine();
	run(list([[1], 1], [[1], 2], ["a", 1], [-0, 1], [0, 1], [Number.NaN, 1], [Number.NaN, 1]), [], sink);
	expect(sink.keys).toEqual([[1], "a", -0, Number.NaN]);
	expect(sink.values).toEqual([3, 1, 2, 2]);
});

test("a limited sink stops at its limit, also inside flatMap and over several inputs", () => {
	const sink = { shape: "limited" as const, items: [] as unknown[], limit: 3 };
	const steps = [step("flatMap", "words")];
	run(list("a b", "c d", "e f"), steps, sink);
	expect(sink.items).toEqual(["a", "b", "c"]);
	run(list("x"), steps, sink);
	expect(sink.items).toEqual(["a", "b", "c"]);
});

test("a counting sink counts and an each sink calls", () => {
	expect(run(list(1, 2, 3), [step("filter", "odd")], { shape: "count", count: 0 })).toMatchObject({ count: 2 });
	const seen: unknown[] = [];
	run(pairs(["a", 1]), [], { shape: "each", each: (x) => seen.push(x) });
	expect(seen).toEqual([["a", 1]]);
});

test.each([
	["records", list("r"), "r"],
	["text", { shape: "text", text: "one\ntwo" } as Opened, "one"],
	["table", pairs(["k", 9]), ["k", 9]],
] as const)("an error in a loop over %s carries the record", (_shape, input, record) => {
	let thrown: unknown;
	try {
		records(input, step("map", "bad"));
	} catch (error) {
		thrown = error;
	}
	expect(thrown).toBeInstanceOf(RecordFailure);
	expect((thrown as RecordFailure).record).toEqual({ value: record });
});

test("what is no pair is refused where pairs are needed", () => {
	expect(() => run(list("no pair"), [], combine())).toThrow(RecordFailure);
	expect(() => records(list(7), step("mapValues", "plus"))).toThrow(RecordFailure);
});

test("the same arguments give the same text, and a new version of a function a new loop", () => {
	const shapes: Shape[] = ["text", "records", "table"];
	const sinks: SinkShape[] = ["combine", "pairs", "records", "limited", "count", "each"];
	for (const shape of shapes)
		for (const sink of sinks)
			expect(loopText(shape, [step("map", "double")], sink)).toEqual(loopText(shape, [step("map", "double")], sink));
	const versions = new Map<number, (x: number) => number>();
	const cache = new LoopCache({
		get: ({ version }: { version: number }) => {
			if (!versions.has(version)) versions.set(version, (x) => x * version);
			return versions.get(version);
		},
	} as unknown as FunctionTable);
	const loop = (version: number) =>
		cache.get(
			"s",
			{ input: undefined as never, steps: [{ op: "map", params: {}, fns: { f: { key: "double", version } } }] },
			"records",
			"records",
		);
	expect(loop(1)).toBe(loop(1));
	expect(loop(2)).not.toBe(loop(1));
});
