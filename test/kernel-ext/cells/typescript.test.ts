// Cells are full TypeScript: what other notebook converters get wrong, and what V8 cannot run as written.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the strings are cells
import { expect, test } from "vitest";
import { Notebook } from "./notebook.ts";

// One for all tests: a service takes half a second to start, and every name may be declared again.
const nb = new Notebook();

test("shorthand of an earlier name is an object property", async () => {
	await nb.run("const k = 3; let m = 4;");
	expect(await nb.run("({ k })")).toEqual({ k: 3 });
	expect(await nb.run("const o = { m: 9 }; ({ m } = o); m")).toBe(9);
});

test("export keywords of the user are taken away and names stay names", async () => {
	expect(
		await nb.run(
			"export const a = 1; export function f() { return a } export class C {} export enum E { Z }\nf() + E.Z",
		),
	).toBe(1);
	expect(await nb.run("export { a as kk, f };\nkk + 1")).toBe(2);
	expect(await nb.run("kk + f()")).toBe(2);
	expect(await nb.run("export default a + 4")).toBe(5);
	expect(await nb.run("export default { deep: a }")).toEqual({ deep: 1 });
	expect(await nb.run("export default function named() { return 6 }\nnamed()")).toBe(6);
	expect(await nb.run("(export_ => export_)(1)")).toBe(1);
	expect(typeof (await nb.run("export default class {}"))).toBe("function");
	expect(await nb.run("export { join as glue } from 'node:path';\nglue('x', 'y')")).toBe("x/y");
	expect(await nb.run("export * as up from 'node:path';\nup.sep")).toBe("/");
	await nb.run("export {};");
	await nb.run("export type T = number; export interface I { t: T }\nexport type { T as U };");
	await expect(nb.compile("export * from 'node:path'")).rejects.toThrow(/import \* as name/);
});

test("import with require gives the module itself", async () => {
	expect(await nb.run("import path = require('node:path'); path.join('a', 'b')")).toBe("a/b");
	expect(await nb.run("path.sep")).toBe("/");
});

test("a namespace can be used in every later cell", async () => {
	await nb.run("namespace Tools { export const twice = (n: number) => n * 2 }");
	for (let n = 0; n < 3; n++) expect(await nb.run(`Tools.twice(${n})`)).toBe(n * 2);
});

test("values whose type has no name can be kept", async () => {
	await nb.run("const fs = await import('node:fs');");
	expect(await nb.run("typeof fs.readFileSync")).toBe("function");
	await nb.run("const hidden = (() => { class Inner { #x = 1; y = 2 } return new Inner() })();");
	expect(await nb.run("hidden.y")).toBe(2);
});

test("a cell that failed half-way leaves its names", async () => {
	await expect(nb.run("const early = 1; throw new Error('stop'); const never = 2;"))
		.rejects.toThrow("stop")
		.catch(() => {});
	expect(await nb.run("early")).toBe(1);
});

test("cells are checked strictly, but an empty let or array may be filled later", async () => {
	await expect(nb.compile("const f = (x) => x")).rejects.toThrow(/implicitly has an 'any' type/);
	await expect(nb.compile("const s: string = null")).rejects.toThrow(/not assignable/);
	await nb.run("let later; const list = [];");
	expect(await nb.run("later = 3; list.push(later); list")).toEqual([3]);
});

test("standard decorators run, also on accessors, and with their names in later cells", async () => {
	await nb.run(
		"const seen: string[] = [];\nfunction log(value: unknown, context: DecoratorContext) { seen.push(`${context.kind} ${String(context.name)}`); }",
	);
	await nb.run("@log class D { @log accessor z = 3; @log m() { return this.z } static make() { return new D() } }");
	expect(await nb.run("seen.push(String(new D().m() + D.make().z)); seen")).toEqual([
		"accessor z",
		"method m",
		"class D",
		"6",
	]);
	expect(nb.last?.names).toEqual([]);
});

test("using disposes at the end of the cell", async () => {
	await nb.run(
		"const log: string[] = []; const open = (name: string) => ({ name, [Symbol.dispose]() { log.push(`closed ${name}`) } });",
	);
	expect(
		await nb.run(
			"using res = open('r'), two = open('s'); const look = () => res.name; log.push(look() + two.name); log.length",
		),
	).toBe(1);
	expect(await nb.run("log")).toEqual(["rs", "closed s", "closed r"]);
	expect(
		await nb.run(
			"const before = log.length; await using slow = { async [Symbol.asyncDispose]() { log.push('late') } }; before",
		),
	).toBe(3);
	expect(await nb.run("log.at(-1)")).toBe("late");
});

test("parameter properties, satisfies, overloads, generics, abstract classes and private fields run", async () => {
	await nb.run(
		"class P { constructor(private readonly a: number, public b = a * 2) {} sum() { return this.a + this.b } }",
	);
	expect(await nb.run("new P(2).sum()")).toBe(6);
	await nb.run(
		"function over(x: string): string; function over(x: number): number; function over(x: any) { return x }\nabstract class Q<T> { abstract get(): T }\nclass R extends Q<number> { get() { return 1 } }",
	);
	expect(await nb.run("over('a') + new R().get() + ({ z: 1 } satisfies Record<string, number>).z")).toBe("a11");
	expect(
		await nb.run(
			"const enumLike = { A: 1 } as const; type V = (typeof enumLike)[keyof typeof enumLike]; const vv: V = 1; <number>vv + vv!",
		),
	).toBe(2);
	expect(
		await nb.run(
			"function* gen() { yield* [1, 2] }\nasync function* agen() { yield 3 }\nconst all = [...gen()]; for await (const x of agen()) all.push(x); all",
		),
	).toEqual([1, 2, 3]);
});

test("a type of an earlier cell is kept, and replaced when it is declared again", async () => {
	await nb.run("interface Row { id: number } const rows: Row[] = [{ id: 1 }];");
	await nb.run("interface Row { name: string }");
	expect(await nb.run("const r: Row = { name: 'x' }; rows[0].id + r.name")).toBe("1x");
});

test("nobody may call a top-level name exports", async () => {
	await expect(nb.compile("const exports = {}")).rejects.toThrow(/kernel's own name/);
	expect(await nb.run("((exports: number) => exports)(2)")).toBe(2);
	await nb.run("const seenFrom = 1;");
	await expect(nb.compile("1;\n((exports: number) => exports + seenFrom)(2)")).rejects.toThrow(
		/2:33 This cannot run here: a local name `exports` hides the notebook's names from `seenFrom`/,
	);
});

test("global and package augmentations hold in later cells", async () => {
	await nb.run(
		"declare global { interface Array<T> { mine(): number } }\ndeclare module 'streams' { interface DStream<T> { extra: T } }\nArray.prototype.mine = () => 3;",
	);
	try {
		expect(await nb.run("[1].mine()")).toBe(3);
		await nb.compile("import type { DStream } from 'streams'; const ex = (d: DStream<number>): number => d.extra;");
	} finally {
		Reflect.deleteProperty(Array.prototype, "mine");
	}
});
