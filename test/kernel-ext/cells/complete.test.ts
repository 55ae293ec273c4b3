// Completion and the question whether a cell is complete.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the strings are cells
import { beforeAll, expect, test } from "vitest";
import { isCompleteCell } from "../../../kernel-ext/cells/is-complete.ts";
import { folder, Notebook } from "./notebook.ts";

let nb: Notebook;
beforeAll(async () => {
	nb = new Notebook();
	await nb.compile('import { lines } from "streams"; const counts = lines().map((w) => [w, 1]); let countdown = 3;');
});

/** Completes at the `|` in the code. */
async function complete(marked: string) {
	const cursor = marked.indexOf("|");
	return nb.compiler.complete(marked.replace("|", ""), cursor, folder);
}

test("methods after a dot come with kind and signature", async () => {
	const found = await complete("counts.|");
	expect(found).toMatchObject({ start: 7, end: 7 });
	expect(found.matches.map((m) => m.text).sort()).toEqual([
		"filter",
		"flatMap",
		"map",
		"mapValues",
		"print",
		"reduceByKey",
	]);
	expect(found.matches.find((m) => m.text === "print")).toEqual({
		text: "print",
		kind: "method",
		signature: "() => void",
	});
});

test("what is typed already filters and is replaced", async () => {
	const found = await complete("const x = 1;\ncounts.map|V;");
	expect(found.matches.map((m) => m.text)).toEqual(["map", "mapValues"]);
	expect([found.start, found.end]).toEqual([20, 23]);
});

test("names of earlier cells are offered before those of the platform", async () => {
	const found = await complete("coun|");
	expect(found.matches.slice(0, 2)).toEqual([
		{ text: "countdown", kind: "let", signature: "number" },
		{ text: "counts", kind: "const", signature: "DStream<[string, number]>" },
	]);
	expect(found).toMatchObject({ start: 0, end: 4 });
	expect((await complete("const counter = 1; coun|")).matches.map((m) => m.text)).toEqual(
		expect.arrayContaining(["counter", "counts"]),
	);
	expect((await complete("console.|")).matches.map((m) => m.text)).toContain("log");
});

test("offsets are UTF-16 units", async () => {
	const found = await complete('const smile = "😀"; [1].fla|');
	expect(found.matches.map((m) => m.text)).toEqual(["flat", "flatMap"]);
	expect(found.end - found.start).toBe(3);
	expect(found.end).toBe('const smile = "😀"; [1].fla'.length);
});

test("module names are completed in imports", async () => {
	const found = await complete('import { join } from "node:pa|"');
	expect(found.matches.map((m) => m.text)).toContain("node:path");
	expect((await complete('import { li| } from "streams"')).matches.map((m) => m.text)).toEqual(["lines"]);
});

test("completion works in text with errors and leaves no names", async () => {
	expect((await complete("const broken = (counts.|")).matches.length).toBeGreaterThan(5);
	await expect(nb.compile("broken")).rejects.toThrow(/broken/);
});

test.each([
	["1 + 1", "complete", ""],
	["", "complete", ""],
	["const x = await f()", "complete", ""],
	["for (;;) {", "incomplete", "  "],
	["if (a) {\n  b(", "incomplete", "    "],
	["function f() {\n\treturn 1", "incomplete", "\t"],
	["const s = `abc", "incomplete", ""],
	["const s = `a${", "incomplete", "  "],
	["/* open", "incomplete", ""],
	["const x =", "incomplete", "  "],
	["list.map(x =>", "incomplete", "  "],
	["@dec", "incomplete", ""],
	["const x = 1 +", "incomplete", ""],
	["const = 3", "invalid", ""],
	["'open", "invalid", ""],
	["a b c", "invalid", ""],
	["}", "invalid", ""],
])("%j is %s", (code, status, indent) => {
	expect(isCompleteCell(code)).toEqual({ status, indent });
});
