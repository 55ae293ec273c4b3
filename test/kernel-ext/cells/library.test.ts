// Whole libraries as cells: thousands of lines of real code behave the same when every top-level name is live.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Script } from "node:vm";
import { parse } from "acorn";
import ts from "typescript";
import { expect, test } from "vitest";
import { rewriteCell } from "../../../kernel-ext/cells/rewrite.ts";
import { readCell } from "../../../kernel-ext/cells/source.ts";

const require = createRequire(import.meta.url);

/** Runs the text of an ES module as a cell and returns its names. */
function load(text: string, url: string, names: Record<string, unknown> = {}): Record<string, unknown> {
	const source = readCell(text);
	expect(source.syntaxErrors).toEqual([]);
	const cell = rewriteCell(source.text, {
		url,
		folder: "/",
		earlier: new Set(),
		own: (name) => source.declared.get(name)?.ambient === false,
		isCell: () => false,
		hasResult: source.hasResult,
	});
	for (const { local, specifier, imported } of cell.imports) {
		const module = require(specifier) as Record<string, unknown>;
		names[local] = imported === "*" ? module : module[imported];
	}
	const run = new Script(`(function (exports, __import, require) {\n${cell.body}\n})`, {
		filename: url,
		lineOffset: -1,
	});
	(run.runInThisContext() as (...of: unknown[]) => void)(names, undefined, require);
	return names;
}

test("a parser of six thousand lines parses itself as before", () => {
	const text = readFileSync(require.resolve("acorn").replace(/\.js$/, ".mjs"), "utf8");
	const names = load(text, "acorn.ts");
	const options = { ecmaVersion: "latest", sourceType: "module" } as const;
	const tree = (names.parse as typeof parse)(text, options);
	expect(JSON.stringify(tree)).toBe(JSON.stringify(parse(text, options)));
}, 60_000);

test("the compiler's own sources, without types, rewrite a cell as before", () => {
	const read = (file: string): string => {
		const text = readFileSync(new URL(`../../../kernel-ext/cells/${file}`, import.meta.url), "utf8");
		const options = { target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true };
		return ts.transpileModule(text, { compilerOptions: options }).outputText.replace(/^import .*"\.\/.*$/gm, "");
	};
	const names: Record<string, unknown> = {};
	load(`${read("scope.ts")}\n${read("rewrite.ts")}`, "own.ts", names);
	const cell = "const a = 1, { b: [c] } = o; class K { m() { return a } } for (var i of [f(a)]) ({ a, i });\nawait c;";
	const options = {
		url: "x.ts",
		folder: "/nb",
		earlier: new Set(["f"]),
		own: () => true,
		isCell: () => false,
		hasResult: true,
	};
	expect((names.rewriteCell as typeof rewriteCell)(cell, options)).toEqual(rewriteCell(cell, options));
});
