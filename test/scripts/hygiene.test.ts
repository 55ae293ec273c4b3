// The lint of hygiene. What it forbids is written in pieces here, because this file is checked, too.
import { expect, test } from "vitest";
import { findings, notImported, notListed, packageOf } from "../../scripts/lib/hygiene.mjs";

const what = (path: string, text: string) =>
	findings(path, text).map((each) => `${each.line}: ${each.what.split(":")[0]}`);

test("a path of one machine is found, a path that only looks like one is not", () => {
	expect(what("docs/a.md", `see\n"${"/ro"}ot/x" there`)).toEqual(["2: path of one machine"]);
	expect(what("docs/a.md", `(${"/wo"}rk/main)`)).toEqual(["1: path of one machine"]);
	expect(what("docs/a.md", `file ${"/ho"}me/jo/notebook`)).toEqual(["1: path of one machine"]);
	expect(what("docs/a.md", "src/work/list.ts and /path/to/environment and /rootless")).toEqual([]);
});

test("an address of a registry is found, also in a lock file", () => {
	expect(what("package-lock.json", `"${"resolved"}": "${"https"}://registry.npm${"js.org"}/acorn"`)).toHaveLength(1);
	expect(what("requirements.txt", `--index-url ${"https"}://pypi.${"org/simple"}`)).toHaveLength(1);
});

test("a test that runs alone is found in code only", () => {
	const text = `test.${"only"}("x", () => {});`;
	expect(what("test/a.test.ts", text)).toEqual(["1: a test marked to run alone"]);
	expect(what("docs/a.md", text)).toEqual([]);
});

test("a source file begins with a comment that says what it is", () => {
	expect(what("engine/a/b.ts", "export {};\n")).toEqual([
		"1: the first line must be a comment that says what the file is",
	]);
	expect(what("engine/a/b.ts", "// A file.\nexport {};\n")).toEqual([]);
	expect(what("test/a.test.ts", "export {};\n")).toEqual([]);
});

test("a file above 400 lines gives its reason in the header", () => {
	const body = "export {};\n".repeat(400);
	expect(findings("engine/a/b.ts", `// A file.\n${body}`)[0]?.what).toContain("401 lines");
	expect(findings("engine/a/b.ts", `// A file.\n// Long because it is one table.\n${body}`)).toEqual([]);
	expect(findings("engine/a/b.ts", `// A file.\n${body.slice(11)}`)).toEqual([]);
});

test("packages that are not imported and packages that are not listed are found", () => {
	expect(notImported(["acorn", "vega", "biome"], ["acorn", "./x.ts"], ["biome"])).toEqual(["vega"]);
	expect(notListed(["acorn"], ["acorn", "node:fs", "fs", "./x.ts", "millrace", "@a/b/c", "@a/b"])).toEqual(["@a/b"]);
	expect(packageOf("@jupyterlab/services/lib/x")).toBe("@jupyterlab/services");
});
