// What cells see: the emitted declarations check under the cell compiler, pairs are inferred, pair methods need pairs.
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCompiler } from "../../../kernel-ext/cells/compiler.ts";
import { CellHost } from "../../../kernel-ext/cells/host.ts";
import type { CellCompiler, CompileResult } from "../../../kernel-ext/cells/types.ts";
import { declared, examples, preamble, used } from "../../support/examples.ts";
import { type Emitted, emitDeclarations, texts } from "./emitted.ts";

let emitted: Emitted;
let compiler: CellCompiler;
let cells = 0;
/** A folder without packages, outside the project. */
const elsewhere = tmpdir();

async function compile(code: string): Promise<CompileResult> {
	const url = `cell-${++cells}.ts`;
	const result = await compiler.compile({ url, code, folder: elsewhere });
	if (result.ok) await compiler.commit(url);
	return result;
}

async function typeOf(expression: string): Promise<string | undefined> {
	const result = await compile(`const result${cells} = ${expression}`);
	if (!result.ok) return result.diagnostics.map((d) => `TS${d.code}: ${d.message}`).join("\n");
	return result.cell.names[0].type;
}

beforeAll(async () => {
	emitted = emitDeclarations();
	compiler = createCompiler(emitted);
	const made =
		await compile(`import { HashPartitioner, StateSpec, StatsReportListener, StreamingContext, SparkContext, minutes, seconds } from "millrace";
import type { DStream, RDD, State } from "millrace";
import { runBatches, TestSource, ManualClock } from "millrace/testing";
const ssc = new StreamingContext("local[2]", "types", seconds(1));
const lines = ssc.socketTextStream("localhost", 9999);
const words = lines.flatMap((l) => l.split(" "));
const pairs = words.map((w) => [w, 1]);
const sc: SparkContext = ssc.sparkContext;
declare const anything: DStream<any>;
declare const unknowns: DStream<unknown>;`);
	if (!made.ok) throw new Error(made.diagnostics.map((d) => d.message).join("\n"));
});
afterAll(async () => {
	await compiler.dispose();
	rmSync(emitted.folder, { recursive: true, force: true });
});

test("the emitted declarations check under the cell compiler's options with skipLibCheck off", () => {
	const options = { ...new CellHost(emitted).getCompilationSettings(), skipLibCheck: false, noEmit: true };
	const program = ts.createProgram(Object.values(emitted.typings), options);
	expect(texts(ts.getPreEmitDiagnostics(program))).toEqual([]);
	expect(program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(emitted.folder)).length).toBeGreaterThan(
		20,
	);
});

test("the public declarations have no any", () => {
	const program = ts.createProgram(Object.values(emitted.typings), {
		...new CellHost(emitted).getCompilationSettings(),
		noEmit: true,
	});
	const found: string[] = [];
	const visit = (node: ts.Node, file: string) => {
		if (node.kind === ts.SyntaxKind.AnyKeyword) found.push(`${file}: ${node.parent.getText()}`);
		ts.forEachChild(node, (child) => visit(child, file));
	};
	for (const file of program.getSourceFiles())
		if (file.fileName.startsWith(emitted.folder)) visit(file, file.fileName.slice(emitted.folder.length));
	expect(found).toEqual([]);
});

describe("pairs", () => {
	test.each([
		["words.map((w) => [w, 1])", "DStream<[string, number]>"],
		["words.map((w) => { const n = w.length; return [w, n]; })", "DStream<[string, number]>"],
		["words.map((w) => (w ? [w, 1] : [w, 2]))", "DStream<[string, number]>"],
		["words.map((w) => [w, [1, 2]])", "DStream<[string, number[]]>"],
		["words.map((w) => [w, { n: 1 }])", "DStream<[string, { n: number; }]>"],
		['words.flatMap((w) => w.split("").map((c) => [c, 1]))', "DStream<[string, number]>"],
		["words.map((w) => w.length)", "DStream<number>"],
		["words.map((w) => w)", "DStream<string>"],
		["words.map((w) => ({ w, n: 1 }))", "DStream<{ w: string; n: number; }>"],
		['words.map((w) => w.split(""))', "DStream<string[]>"],
		["words.map((w) => { w; })", "DStream<void>"],
		["words.map((w) => (w as any))", "DStream<any>"],
		["words.map((w) => (w as unknown as Set<string>))", "DStream<Set<string>>"],
		["anything.map((x) => x.y)", "DStream<any>"],
		["pairs.reduceByKey((a, b) => a + b)", "DStream<[string, number]>"],
		[
			"words.map((w) => [w, [1, 2] as [number, number]]).reduceByKey((a, b) => [a[0] + b[0], a[1] + b[1]])",
			"DStream<[string, [number, number]]>",
		],
		["pairs.mapValues((n) => n / 2)", "DStream<[string, number]>"],
		["pairs.mapValues((n) => [n, `${n}`])", "DStream<[string, [number, string]]>"],
		["pairs.groupByKey()", "DStream<[string, number[]]>"],
		["pairs.filter(([w, n]) => n > w.length)", "DStream<[string, number]>"],
		["words.filter((w): w is 'a' | 'b' => w === 'a' || w === 'b')", 'DStream<"a" | "b">'],
		["words.count()", "DStream<number>"],
		["pairs.window(seconds(3))", "DStream<[string, number]>"],
		["pairs.reduceByKeyAndWindow((a, b) => a + b, seconds(3), seconds(1))", "DStream<[string, number]>"],
		[
			"pairs.reduceByKeyAndWindow((a, b) => a + b, (a, b) => a - b, 3000, 1000, { filter: ([w, n]) => n > w.length })",
			"DStream<[string, number]>",
		],
		["pairs.join(words.map((w) => [w, w.length > 1]))", "DStream<[string, [number, boolean]]>"],
		["pairs.union(pairs)", "DStream<[string, number]>"],
		["words.transform((rdd, time) => rdd.map((w) => [w, time.milliseconds]))", "DStream<[string, number]>"],
		["words.transform(async (rdd) => rdd.filter((w) => w !== ''))", "DStream<string>"],
		["sc.parallelize([['a', 1]])", "RDD<[string, number]>"],
		["sc.parallelize([1, 2]).map((n) => [n, `${n}`]).reduceByKey((a, b) => a + b)", "RDD<[number, string]>"],
		["sc.parallelize([['a', 1]]).join(sc.parallelize([['a', new Date()]]))", "RDD<[string, [number, Date]]>"],
		[
			"sc.parallelize([['a', 1]]).leftOuterJoin(sc.parallelize([['a', true]])).values()",
			"RDD<[number, boolean | undefined]>",
		],
		["sc.parallelize([['a', 1]]).cogroup(sc.parallelize([['a', 'x']]))", "RDD<[string, [number[], string[]]]>"],
		[
			"sc.parallelize([['a', 1]]).combineByKey((n) => [n, 1], (c, n) => [c[0] + n, c[1] + 1], (a, b) => [a[0] + b[0], a[1] + b[1]])",
			"RDD<[string, [number, number]]>",
		],
		["sc.range(0, 3).keyBy((n) => String(n)).sortByKey().zipWithIndex()", "RDD<[[string, number], number]>"],
		["sc.range(0, 3).groupBy((n) => n > 1)", "RDD<[boolean, number[]]>"],
		["sc.parallelize([['a', 1]]).collect()", "Promise<[string, number][]>"],
		["sc.parallelize([1]).reduce((a, b) => a + b)", "Promise<number>"],
		["ssc.queueStream([[1, 2], sc.parallelize([3])])", "DStream<number>"],
		["new TestSource(ssc, [['a'], null]).stream", "DStream<string>"],
		["runBatches([[['a', 1]]], (s) => s.reduceByKey((a, b) => a + b))", "Promise<[string, number][][]>"],
	])("%s is a %s", async (code, type) => {
		expect(await typeOf(code)).toBe(type);
	});

	test("they go through generic functions", async () => {
		expect(
			(await compile("function gen<T>(d: DStream<T>) { return d.map((x) => [x, 1]).reduceByKey((a, b) => a + b); }"))
				.ok,
		).toBe(true);
		expect(await typeOf("gen(words)")).toBe("DStream<[string, number]>");
		expect(
			(
				await compile(
					"function counted<K, V>(d: DStream<[K, V]>) { return d.updateStateByKey<number>((values, n = 0) => n + values.length); }",
				)
			).ok,
		).toBe(true);
		expect(await typeOf("counted(pairs)")).toBe("DStream<[string, number]>");
	});
});

describe("updateStateByKey", () => {
	test.each([
		[
			"pairs.updateStateByKey<number>((values, total = 0) => values.reduce((a, b) => a + b, total))",
			"DStream<[string, number]>",
		],
		[
			"pairs.updateStateByKey((values, total: number | undefined) => values.length + (total ?? 0))",
			"DStream<[string, number]>",
		],
		[
			"pairs.updateStateByKey((values: number[], state?: { n: number }) => ({ n: values.length + (state?.n ?? 0) }))",
			"DStream<[string, { n: number; }]>",
		],
		[
			"pairs.updateStateByKey<string>((values, s) => (values.length === 0 ? undefined : `${s}`))",
			"DStream<[string, string]>",
		],
		[
			"words.map((w) => [w.length, w]).updateStateByKey<string[]>((values, all = []) => [...all, ...values])",
			"DStream<[number, string[]]>",
		],
		[
			"words.map((w) => [[w, w.length] as [string, number], 1]).updateStateByKey<number>((v, n = 0) => n + v.length)",
			"DStream<[[string, number], number]>",
		],
	])("%s is a %s", async (code, type) => {
		expect(await typeOf(code)).toBe(type);
	});

	test("its values are those of the pairs", async () => {
		const result = await compile("pairs.updateStateByKey<number>((values: string[]) => values.length)");
		expect(result.ok).toBe(false);
	});
});

describe("the examples of the reference", () => {
	test.each(examples().map((each) => [each.place, each] as const))(
		"%s compiles in a cell, and types in comments are right",
		async (_place, { code }) => {
			const own = declared(code);
			const before = preamble(code);
			const missing =
				used(`${before}\n${code}`, ["ssc"]).length > 0 ? "const ssc = new StreamingContext({ batch: 1000 });" : "";
			const result = await compiler.compile({
				url: `example-${++cells}.ts`,
				code: `import { DStream, RDD, ${["StreamingContext", "SparkContext", "seconds", "ManualClock"].filter((name) => !own.includes(name)).join(", ")} } from "millrace";
import { TestSource, runBatches } from "millrace/testing";
${missing}
${before}
${code}`,
				folder: elsewhere,
			});
			expect(result.ok ? [] : result.diagnostics.map((d) => d.message)).toEqual([]);
			for (const [, name, type] of code.matchAll(/^const (\w+) = .*; \/\/ ((?:DStream|RDD|Promise)<.*>)$/gm)) {
				expect(result.ok && result.cell.names.find((each) => each.name === name)?.type).toBe(type);
			}
		},
	);
});

describe("what does not compile", () => {
	test.each([
		["words.reduceByKey((a, b) => a)", "reduceByKey"],
		["words.mapValues((v) => v)", "mapValues"],
		["words.groupByKey()", "groupByKey"],
		["words.updateStateByKey<number>(() => 1)", "updateStateByKey"],
		["words.reduceByKeyAndWindow((a: string) => a, 1000)", "reduceByKeyAndWindow"],
		["words.join(pairs)", "join"],
		["words.map((w) => w.length).reduceByKey((a, b) => a + b)", "reduceByKey"],
		["words.map((w) => [w, 1, 2]).groupByKey()", "groupByKey"],
	])("%s: pair methods on other streams", async (code, method) => {
		const result = await compile(code);
		expect(result.ok).toBe(false);
		const message = (result as Extract<CompileResult, { ok: false }>).diagnostics.map((d) => d.message).join("\n");
		expect(message).toContain(`\`${method}\` needs a stream of pairs [key, value]`);
	});

	test.each([
		["pairs.reduceByKey((a, b) => `${a}${b}`)", "another type than the values"],
		["pairs.join(words.map((w) => [w.length, w]))", "keys of two types"],
		["words.union(pairs)", "streams of two types"],
		["const s: DStream<number> = words", "a stream of strings as one of numbers"],
		["pairs.foreachRDD((rdd: RDD<string>) => rdd)", "an RDD of another type"],
		["words.flatMap((w) => w.length)", "flatMap of a number"],
		["words.window('3 s')", "a duration as text"],
		["sc.parallelize([1]).reduceByKey((a, b) => a)", "pair methods of RDDs"],
		["unknowns.reduceByKey((a, b) => a)", "pair methods on unknown"],
		["new StreamingContext('local', 'x')", "a context without a batch duration"],
	])("%s: %s", async (code) => {
		expect((await compile(code)).ok).toBe(false);
	});
});
