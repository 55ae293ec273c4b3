// Pairs are inferred from array literals, and pair methods refuse other streams with a clear word.
import { beforeAll, expect, test } from "vitest";
import { CompileError, Notebook } from "./notebook.ts";

let nb: Notebook;
beforeAll(async () => {
	nb = new Notebook();
	await nb.compile(
		'import { lines, take, type DStream } from "streams"; const words = lines().flatMap((l) => l.split(" "));',
	);
});

test.each([
	["words.map((w) => [w, 1])", "DStream<[string, number]>"],
	["words.map((w) => { const n = w.length; return [w, n]; })", "DStream<[string, number]>"],
	["words.map((w) => (w ? [w, 1] : [w, 2]))", "DStream<[string, number]>"],
	["words.map((w) => [w, [1, 2]])", "DStream<[string, number[]]>"],
	["words.map((w) => [w, { n: 1 }])", "DStream<[string, { n: number; }]>"],
	['words.flatMap((w) => w.split("").map((c) => [c, 1]))', "DStream<[string, number]>"],
	["words.map((w) => w.length)", "DStream<number>"],
	["words.map((w) => w.split(''))", "DStream<string[]>"],
	["words.map((w) => [w, 1]).reduceByKey((a, b) => a + b)", "DStream<[string, number]>"],
	[
		"words.map((w) => [w, [1, 2] as [number, number]]).reduceByKey((a, b) => [a[0] + b[0], a[1] + b[1]])",
		"DStream<[string, [number, number]]>",
	],
	["words.map((w) => [w, 1]).mapValues((n) => n / 2)", "DStream<[string, number]>"],
	["words.map((w) => [w, 1]).filter(([w, n]) => n > w.length)", "DStream<[string, number]>"],
])("%s is a %s", async (code, type) => {
	await nb.compile(`const result = ${code}`);
	expect(nb.type("result")).toBe(type);
});

test("a pair method on another stream says what it needs", async () => {
	let error: unknown;
	try {
		await nb.compile("words\n  .filter((w) => w !== '')\n  .reduceByKey((a, b) => a);");
	} catch (thrown) {
		error = thrown;
	}
	expect(error).toBeInstanceOf(CompileError);
	const [d] = (error as CompileError).diagnostics;
	expect(d?.code).toBe(2684);
	expect(d?.message).toBe(
		"`reduceByKey` needs a stream of pairs [key, value]; this is DStream<string>. Make pairs first, for example with `.map((x) => [x, 1])`.",
	);
});

test("types go through many cells", async () => {
	await nb.compile("let s0 = words.map((w) => [w, 1]);");
	for (let n = 1; n <= 30; n++) await nb.compile(`const s${n} = s${n - 1}.mapValues((v) => v + ${n});`);
	expect(nb.type("s30")).toBe("DStream<[string, number]>");
});
