// Live names: every form of declaration and reference, compiled and run.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the strings are cells
import { expect, test } from "vitest";
import { Notebook } from "./notebook.ts";

// One for all tests: a service takes half a second to start, and every name may be declared again.
const nb = new Notebook();

test("a cell returns the value of its last expression statement", async () => {
	expect(await nb.run("const k = 3; k + 1")).toBe(4);
	expect(nb.last?.hasResult).toBe(true);
	expect(await nb.run("const j = 3;")).toBeUndefined();
	expect(nb.last?.hasResult).toBe(false);
	expect(await nb.run("k; interface A {}")).toBeUndefined();
	expect(await nb.run('"text"')).toBe("text");
	expect(await nb.run("[1, 2] // a comment")).toEqual([1, 2]);
	expect(await nb.run("void k, 2 /* c */ ;  // end")).toBe(2);
	expect(await nb.run("")).toBeUndefined();
	expect(await nb.run("enum OnlyEnum { A }")).toBeUndefined();
});

test("closures see later assignments and redeclarations", async () => {
	await nb.run("let k = 3; const f = (x: number) => x * k; function g() { return f(1) }");
	expect(await nb.run("f(2)")).toBe(6);
	await nb.run("k = 5");
	expect(await nb.run("[f(2), g()]")).toEqual([10, 5]);
	await nb.run("let k = 7;");
	expect(await nb.run("[f(2), g()]")).toEqual([14, 7]);
	await nb.run("function f(x: number) { return -x }");
	expect(await nb.run("g()")).toBe(-1);
});

test("a redeclaration may have another type, and the newest one counts", async () => {
	await nb.run("const a = 1; const b = 'x';");
	await nb.run("const a = 'one'; let c = a.toUpperCase();");
	expect(await nb.run("a.length + b.length")).toBe(4);
	await expect(nb.compile("a.toFixed()")).rejects.toThrow(/toFixed/);
	await nb.run("class a { n = 2 }");
	expect(await nb.run("new a().n")).toBe(2);
});

test("functions are hoisted, keep their names, and do not get the holder of the names as this", async () => {
	expect(await nb.run("fd(2); function fd(n: number): number { return n > 10 ? n : fd(n * 2) }\nfd(3)")).toBe(12);
	expect(
		await nb.run(
			"const af = () => 1, ff = function () {}, ac = class {}; let later; later = () => 2; [af.name, ff.name, ac.name, fd.name]",
		),
	).toEqual(["af", "ff", "ac", "fd"]);
	expect(await nb.run("later.name")).toBe("later");
	expect(await nb.run("function self(this: unknown) { return this }\nself()")).toBeUndefined();
	expect(await nb.run("function tag(this: unknown, s: TemplateStringsArray) { return [this, s[0]] }\ntag`t`")).toEqual([
		undefined,
		"t",
	]);
	expect(await nb.run("self?.()")).toBeUndefined();
	expect(await nb.run("const { d = () => 3 } = {} as { d?: () => number }; d.name + d()")).toBe("d3");
});

test("several declarators, destructuring, defaults, rest and shorthand all reach the names", async () => {
	await nb.run("const o = { a: 1, b: [undefined, 2, 3] as (number | undefined)[], z: 4, y: 5 };");
	await nb.run("const { a, b: [bb = a, ...cc], ...rest } = o, after = 9; let p, q = 2;");
	expect(await nb.run("[a, bb, cc, rest, after, p, q]")).toEqual([1, 1, [2, 3], { z: 4, y: 5 }, 9, undefined, 2]);
	expect(await nb.run("({ a, q })")).toEqual({ a: 1, q: 2 });
	expect(await nb.run("let m = 0, n = 0; ({ m, n = 8 } = { m: 6 } as { m: number; n?: number }); [m, n]")).toEqual([
		6, 8,
	]);
	expect(await nb.run("[m, n] = [n, m]; ({ x: m } = { x: 1 }); [m, n]")).toEqual([1, 6]);
	expect(await nb.run("const { [`k${q}`]: dyn } = { k2: 'v' } as Record<string, string>; dyn")).toBe("v");
});

test("var is hoisted, reaches the names out of blocks and loops, and update expressions work", async () => {
	expect(await nb.run("const before = typeof v; var v: number | undefined = 1; before")).toBe("undefined");
	await nb.run(
		"for (var i = 0, n2 = 3; i < n2; i++) { var inner = i * 2; }\nfor (var x of [1, 2]) {}\nfor (var key in { one: 1 }) {}\nif (i) { var [d1, { e: d2 }] = [1, { e: 2 }]; }",
	);
	expect(await nb.run("[i, n2, inner, x, key, d1, d2]")).toEqual([3, 3, 4, 2, "one", 1, 2]);
	expect(await nb.run("i++; ++i; i += 2; i **= 2; i")).toBe(49);
	expect(
		await nb.run("var w; for (const j of [1, 2]) { var w: any; w = j }\nfor (var { q } of [{ q: 4 }]) ;\n[w, q!]"),
	).toEqual([2, 4]);
	expect(await nb.run("try { throw 1 } catch (i) { var caught = i } finally {}\n[caught, i]")).toEqual([1, 49]);
});

test("inner scopes shadow names of the notebook", async () => {
	await nb.run("let k = 1; const f = 2;");
	expect(
		await nb.run("[((k: number) => k)(5), (() => { const k = 6; return k })(), [7].map((f) => f + k)[0]]"),
	).toEqual([5, 6, 8]);
	expect(
		await nb.run(
			"let out: number[] = []; { let k = 3; out.push(k) }\nfor (let k = 4; k < 5; k++) out.push(k);\nout.push(k); out",
		),
	).toEqual([3, 4, 1]);
	expect(await nb.run("function inner() { if (out) { var k: number | undefined = 9 } return k }\ninner()")).toBe(9);
	expect(await nb.run("const rec = function k(n: number): number { return n ? k(n - 1) : 42 }; rec(2)")).toBe(42);
	expect(await nb.run("switch (k as number) { case 1: let k = 'in'; out.push(k.length) }\nout.at(-1)")).toBe(2);
	expect(await nb.run("k: for (;;) { break k }\n({ k: 2, f() { return k } }).f()")).toBe(1);
});

test("classes keep private members, statics and their own name; extends reaches earlier cells", async () => {
	await nb.run(
		"class A { static count = 0; #p = 1; constructor(readonly n = 2) { A.count++; } get p() { return this.#p } static { A.count = 10 } static make() { return new A(5) } }",
	);
	expect(await nb.run("class B extends A { m() { return super.p + this.n } }\nnew B().m() + B.count")).toBe(14);
	expect(await nb.run("A.make().n")).toBe(5);
	await expect(nb.run("new Late(); class Late {}")).rejects.toThrow(/before/);
});

test("reading a const, let or class before it is initialised throws", async () => {
	await expect(nb.run("const use = () => soon; use(); const soon = 1;")).rejects.toThrow(
		"Cannot access 'soon' before initialization",
	);
	expect(nb.last?.tdz).toEqual(["use", "soon"]);
});

test("enums, const enums and namespaces work in their cell and in all later ones", async () => {
	expect(
		await nb.run(
			"enum E { A, B = 'b' }\nconst enum CE { X = 4 }\nnamespace N { let hidden = 1; export const v = 2; export function up() { return ++hidden } export namespace M { export type T = number; export const deep = 3 } }\n[E.A, E[0], E.B, CE.X, N.v, N.up()]",
		),
	).toEqual([0, "A", "b", 4, 2, 2]);
	await nb.run("1");
	expect(await nb.run("const t: N.M.T = N.M.deep; const e: E = E.A; [N.up(), t, e, CE.X]")).toEqual([3, 3, 0, 4]);
	await nb.run("2");
	expect(await nb.run("N.up() + E.A")).toBe(4);
	expect(await nb.run("class K { static own = 1 } namespace K { export const more = K.own + 1 }\nK.more")).toBe(2);
});

test("await at the top level makes the cell asynchronous, and only then", async () => {
	expect(await nb.run("const v = await Promise.resolve(3); v")).toBe(3);
	expect(nb.last?.async).toBe(true);
	expect(await nb.run("let sum = 0; for await (const n of [1, Promise.resolve(2)]) sum += n; sum")).toBe(3);
	expect(nb.last?.async).toBe(true);
	await nb.run("const g = async () => await v; class Q { async m() { await v } }");
	expect(nb.last?.async).toBe(false);
	expect(await nb.run("await g()")).toBe(3);
});

test("imports are taken out, listed, and read through the names", async () => {
	expect(
		await nb.run(
			"import path, { join as j, type ParsedPath } from 'node:path';\nimport * as os from 'node:os';\nimport 'node:util';\nimport type { Stats } from 'node:fs';\n[j('a', 'b'), path.sep, typeof os.cpus]",
		),
	).toEqual(["a/b", "/", "function"]);
	expect(nb.last?.imports).toEqual([
		{ local: "path", specifier: "node:path", imported: "default" },
		{ local: "j", specifier: "node:path", imported: "join" },
		{ local: "os", specifier: "node:os", imported: "*" },
	]);
	expect(nb.last?.modules).toEqual(["node:path", "node:os", "node:util"]);
	expect(await nb.run("const where = (p: ParsedPath) => j(p.dir, p.base); where(path.parse('/x/y'))")).toBe("/x/y");
	expect(nb.last?.modules).toEqual([]);
	expect(nb.last?.body).toContain("exports.j)(");
	await nb.run("import { readFileSync } from 'node:fs';");
	expect(nb.last?.imports).toEqual([{ local: "readFileSync", specifier: "node:fs", imported: "readFileSync" }]);
	expect(await nb.run("import { loc, type Loc } from './local.ts'; const l: Loc = { n: loc }; l.n")).toBe(41);
});

test("dynamic import, import.meta and require work in a cell", async () => {
	expect(await nb.run("const p = await import('node:path'); p.basename('/a/b')")).toBe("b");
	expect(nb.last?.body).toContain("__import('node:path')");
	expect(
		await nb.run("[import.meta.dirname, import.meta.url.startsWith('file:///'), import.meta.filename.endsWith('.ts')]"),
	).toEqual([expect.stringMatching(/fixtures$/), true, true]);
	expect(await nb.run("const r = require('node:path'); r.basename('/c/d')")).toBe("d");
});

test("names of the platform stay global unless a cell declares them", async () => {
	expect(await nb.run("typeof process.pid + typeof URL")).toBe("numberfunction");
	await nb.run("const process = { pid: 'mine' }; const name = 'n';");
	expect(await nb.run("process.pid + name")).toBe("minen");
	expect(typeof globalThis.process.pid).toBe("number");
});

test("typeof, delete of members, optional chains and templates reach the names", async () => {
	await nb.run("let o: { a?: { b: number } } | undefined = { a: { b: 1 } }; const s = 'x';");
	expect(await nb.run("[typeof o, o?.a?.b, `${s}-${o!.a!.b}`, delete o!.a, 'a' in o!]")).toEqual([
		"object",
		1,
		"x-1",
		true,
		false,
	]);
});

test("ambient declarations make no value", async () => {
	await nb.run("declare const given: number; interface I { x: 1 } type T = string;");
	expect(nb.last?.names).toEqual([]);
	(globalThis as Record<string, unknown>).given = 12;
	try {
		expect(await nb.run("given + 1")).toBe(13);
	} finally {
		delete (globalThis as Record<string, unknown>).given;
	}
	expect(await nb.run("const i: I = { x: 1 }; const t: T = 't'; t + i.x")).toBe("t1");
});

test("names lists what a cell declares, with kinds and types", async () => {
	await nb.run(
		"const k = 3; let m = 'a'; var v = [1]; function f(x: number) { return x } class C {} enum E { A } namespace N { export const q = 1 } import { join } from 'node:path';",
	);
	expect(nb.last?.names.map((n) => [n.name, n.kind, n.type])).toEqual([
		["k", "const", "3"],
		["m", "let", "string"],
		["v", "var", "number[]"],
		["f", "function", "(x: number) => number"],
		["C", "class", "typeof C"],
		["E", "enum", "typeof E"],
		["N", "namespace", "typeof N"],
		["join", "import", "(...paths: string[]) => string"],
	]);
});

test("packages without types, JSON files and several forms of one import are loaded", async () => {
	expect(await nb.run("import plain, * as whole from './plain.cjs'; [plain.plain, whole.plain]")).toEqual([1, 1]);
	expect(nb.last?.names.map((n) => n.name)).toEqual(["plain", "whole"]);
	expect(await nb.run("import data from './data.json' with { type: 'json' }; data.rows.length")).toBe(2);
	expect(nb.last?.modules).toEqual(["./data.json"]);
});

test("comments, blank lines and line ends of other systems change nothing", async () => {
	expect(await nb.run("// only a comment")).toBeUndefined();
	expect(await nb.run("\r\nconst crlf = 1;\r\n\r\ncrlf + 1\r\n// end")).toBe(2);
	expect(await nb.run("/* a */ crlf /* b */")).toBe(1);
});

test("namespace aliases and ambient variables of earlier cells can be used and assigned", async () => {
	await nb.run("namespace Far { export namespace Away { export const n = 1 } } import Near = Far.Away;");
	expect(await nb.run("Near.n")).toBe(1);
	(globalThis as Record<string, unknown>).ambientName = 1;
	try {
		await nb.run("declare let ambientName: number;");
		expect(await nb.run("ambientName = 5; ambientName")).toBe(5);
		expect((globalThis as Record<string, unknown>).ambientName).toBe(5);
	} finally {
		delete (globalThis as Record<string, unknown>).ambientName;
	}
});

test("a large cell and a deep expression compile", async () => {
	const lines = Array.from(
		{ length: 200 },
		(_, n) => `const big${n} = ((x: number) => x + ${n})(${n ? `big${n - 1}` : 0});`,
	);
	expect(await nb.run(`${lines.join("\n")}\nbig199`)).toBe(19900);
});
