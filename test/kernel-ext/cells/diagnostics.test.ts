// Errors of the checker: which are told, where they point to, and what they say.
import { expect, test } from "vitest";
import { CompileError, folder, Notebook } from "./notebook.ts";

// One for all tests: a service takes half a second to start, and every name may be declared again.
const nb = new Notebook();

async function errors(code: string): Promise<CompileError["diagnostics"]> {
	try {
		await nb.compile(code);
	} catch (error) {
		if (error instanceof CompileError) return error.diagnostics;
		throw error;
	}
	return [];
}

test("a type error has line, column, end and a marked line", async () => {
	const [d, ...more] = await errors("const ok = 1;\nconst n: number =\n\t'text';");
	expect(more).toEqual([]);
	expect(d).toMatchObject({ code: 2322, line: 2, column: 7, endLine: 2, endColumn: 8 });
	expect(d?.frame).toBe("2 | const n: number =\n  |       ^");
});

test("positions do not move with names of earlier cells, exports or line ends", async () => {
	await nb.compile("const a = 1, b = 2; let c = 3;");
	expect(await errors("a; b; c = 'x'")).toMatchObject([{ code: 2322, line: 1, column: 7 }]);
	expect(await errors("export const z = 1;\r\nexport const y: string = z;")).toMatchObject([{ line: 2, column: 14 }]);
});

test("syntax errors point into the cell, also at its end", async () => {
	expect((await errors("const = 3"))[0]).toMatchObject({ code: 1134, line: 1, column: 7 });
	expect(await errors("foo(\n")).toMatchObject([{ code: 1005, line: 2, column: 1 }]);
});

test("an unknown name is an error, and a failed cell leaves none", async () => {
	expect(await errors("nobody + 1")).toMatchObject([{ code: 2304, line: 1, column: 1, endColumn: 7 }]);
	await errors("const lost: string = 1;");
	expect(await errors("lost")).toMatchObject([{ code: 2304 }]);
	const result = await nb.compiler.compile({ url: "unrun.ts", code: "const unrun = 1", folder });
	expect(result.ok).toBe(true);
	expect(await errors("unrun")).toMatchObject([{ code: 2304 }]);
});

test("const holds across cells, let and var can be assigned with checked types", async () => {
	await nb.compile("const k = 1; let m = 2; var v = 3; function f() {} import { join } from 'node:path';");
	expect(await errors("k = 2")).toMatchObject([{ code: 2588, message: expect.stringContaining("'k'") }]);
	expect(await errors("k++")).toMatchObject([{ code: 2588 }]);
	expect(await errors("join = null as any; f = f")).toMatchObject([{ code: 2588 }, { code: 2588 }]);
	expect(await errors("m = 5; v++; [m, v] = [1, 2]; ({ m } = { m: 3 }); for (m of [1]) ;")).toEqual([]);
	expect(await errors("m = 'five'")).toMatchObject([{ code: 2322 }]);
});

test("a variable of an earlier cell is narrowed by what is assigned to it", async () => {
	await nb.compile("let maybe: string | undefined;");
	expect(await errors("maybe = 'x'; maybe.length")).toEqual([]);
	expect(await errors("maybe.length")).toMatchObject([{ code: 18048 }]);
});

test("messages do not name the modules behind the cells", async () => {
	await nb.compile("class Point { x = 1 }");
	await nb.compile("class Point { y = 1 } const p = new Point();");
	const [d] = await errors("const n: number = p");
	expect(d?.message).toBe("Type 'Point' is not assignable to type 'number'.");
});

test("an unknown package is an error, a package without types is not", async () => {
	expect(await errors("import x from 'no-such-package-here'")).toMatchObject([{ code: 2307, column: 15 }]);
	expect(await errors("import local from './plain.cjs'; local")).toEqual([]);
});
