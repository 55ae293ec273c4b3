// Free variables of every construct of the language.
import { parse } from "acorn";
import { describe, expect, it } from "vitest";
import type { AstNode } from "../../../engine/capture/declarations.ts";
import { freeVariables } from "../../../engine/capture/scope.ts";

function analyse(text: string) {
	const program = parse(`(${text}\n)`, {
		ecmaVersion: "latest",
		sourceType: "script",
		allowImportExportEverywhere: true,
	});
	return freeVariables((program as unknown as { body: { expression: AstNode }[] }).body[0].expression);
}

function names(text: string): string {
	return [...analyse(text).variables.keys()].sort().join(" ");
}

describe("free variables", () => {
	it.each([
		["() => a", "a"],
		["(a) => a + b", "b"],
		["(a = b, { c = d, [e]: f, ...g }, [h, , i = a], ...j) => [a, c, f, g, h, i, j]", "b d e"],
		["() => { var x = y; { let z = x; const w = z; } return w; }", "w y"],
		["() => { if (p) { var hoisted = 1; } return hoisted; }", "p"],
		["() => { for (var i = 0; i < n; i++); return i; }", "n"],
		["() => { for (const [k, v] of o) f(k, v); return k; }", "f k o"],
		["() => { for (const x in x0) x; }", "x0"],
		["() => { for (let i = s; i < e; i += d) g(i); return i; }", "d e g i s"],
		["() => { try { t(); } catch ({ m, n = q }) { m(n); } finally { u(); } }", "q t u"],
		["() => { try { t(); } catch { e; } }", "e t"],
		["() => { outer: for (;;) { continue outer; } }", ""],
		["() => { switch (s) { case c: let x = 1; default: x; } return x; }", "c s x"],
		["() => o.p.q", "o"],
		["() => o?.p[q]?.(r)", "o q r"],
		["() => ({ a, b: c, [d]: e, f() { return g; }, get h() { return i; }, ...j })", "a c d e g i j"],
		["function f() { return f; }", ""],
		["() => { g(); function g() { return h; } }", "h"],
		["() => { { function g() {} } return g; }", "g"],
		["function () { return arguments; }", ""],
		["() => x`${y}`", "x y"],
		[
			"() => class A extends B { static s = c; f = d; #p = e; [g]() { return A; } static { h; var v; v; } get k() { return this.#p; } }",
			"B c d e g h",
		],
		["class A extends B { x = A }", "B"],
		["() => { let a = 1; ({ a, b: c.d, e: [f = g], ...h } = i); }", "c f g h i"],
		["() => { this.n++; this.a.b += c; delete this.d[e]; }", "c e"],
		["() => typeof x", "x"],
		["async () => { for await (const x of y) await z(x); }", "y z"],
		["function* () { yield* x; }", "x"],
		["(a, b = () => a + c) => { var c = 1; return b() + c; }", "c"],
		["(a = () => x) => { let x; return a; }", "x"],
		["() => { const { [k]: v = d } = o; return v; }", "d k o"],
		["() => (a, b ? c : d) ?? e", "a b c d e"],
		["() => import(x)", "x"],
		["() => import.meta", ""],
		["() => { class C {} return new C(D); }", "D"],
		["class { #p; has(x) { return #p in x && y; } }", "y"],
		["() => { while (a) { do { let a = 1; } while (b); } }", "a b"],
		["() => { a: { break a; } return a; }", "a"],
		["() => /re/g.test(s) + 1n + `t`", "s"],
	])("of %s are: %s", (text, expected) => {
		expect(names(text)).toBe(expected);
	});

	it("tell how each name is used", () => {
		const { variables } = analyse("() => { typeof t; n.a = n.b; n['c']++; w = 1; b(b.x); for (q.r of z); }");
		const get = (name: string) => variables.get(name);
		expect(get("t")).toMatchObject({ onlyTypeof: true, assigned: -1 });
		expect([...(get("n")?.members ?? [])]).toEqual(["b"]);
		expect([...(get("n")?.assignedMembers.keys() ?? [])]).toEqual(["a", "c"]);
		expect(get("n")?.bare).toBe(-1);
		expect(get("w")?.assigned).toBeGreaterThan(0);
		expect(get("b")?.bare).toBeGreaterThan(0);
		expect([...(get("q")?.assignedMembers.keys() ?? [])]).toEqual(["r"]);
		expect(get("z")?.onlyTypeof).toBe(false);
	});

	it("tell what a class needs while it is evaluated", () => {
		const { variables } = analyse(
			"class A extends base { [key]() { return later; } static s = early; f = lazy; static { block; } static m() { return never; } }",
		);
		const eager = [...variables.values()].filter((v) => v.eager).map((v) => v.name);
		expect(eager.sort()).toEqual(["base", "block", "early", "key"]);
	});

	it("find this, super, arguments, new.target, import.meta, eval and import()", () => {
		expect(analyse("() => this").thisAt).toBeGreaterThan(0);
		expect(analyse("function () { return () => this; }").thisAt).toBe(-1);
		expect(analyse("class { f = this; static { this; } m() { return super.m; } }")).toMatchObject({
			thisAt: -1,
			superAt: -1,
		});
		expect(analyse("class { [this.x]() {} }").thisAt).toBeGreaterThan(0);
		expect(analyse("() => arguments").argumentsAt).toBeGreaterThan(0);
		expect(analyse("function () { return () => [arguments, new.target]; }")).toMatchObject({
			argumentsAt: -1,
			newTargetAt: -1,
		});
		expect(analyse("() => import.meta.url").importMetaAt).toBeGreaterThan(0);
		expect(analyse("() => eval('x')").evalAt).toBeGreaterThan(0);
		expect(analyse("(eval0) => (0, eval)('x')").evalAt).toBe(-1);
		expect(analyse("() => [import('a'), import('b')]").dynamicImports).toHaveLength(2);
		expect(analyse("function f() { f = 1; }").ownNameAssignedAt).toBeGreaterThan(0);
	});

	it("of a module are what it does not declare or import", () => {
		const program = parse(
			"import d, { a as b } from 'm'; export const c = b + d + x; export { c as e }; export default function f() { return y; }",
			{
				ecmaVersion: "latest",
				sourceType: "module",
			},
		);
		expect([...freeVariables(program as unknown as AstNode).variables.keys()]).toEqual(["x", "y"]);
	});
});
