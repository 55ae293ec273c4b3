// Functions of notebook cells: live names, imports, positions. Cells are given as the cell compiler emits them.
import vm from "node:vm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { capture, freeze, mapRevivedStack, sameCapture } from "../../../engine/capture/index.ts";
import type { CaptureContext, NotebookBindings } from "../../../engine/capture/types.ts";
import { type CaptureError, parseStack } from "../../../engine/errors/index.ts";
import { CallingWorker } from "./fixtures/pool.ts";

/** A notebook of two functions: run a cell, and what capture asks about names. */
class Notebook implements NotebookBindings {
	readonly exports: { [name: string]: unknown } = {};
	readonly imports = new Map<string, { specifier: string; imported: string; from?: string }>();
	#count = 0;

	/** Runs the body of a compiled cell; line `n` of the body is line `n + 100` of the cell, columns move by 10. */
	run(body: string): unknown {
		const filename = `cell-${++this.#count}.ts`;
		const make = new vm.Script(`(function (exports, __import) {\n${body}\n})`, { filename, lineOffset: -1 });
		return make.runInThisContext()(this.exports, undefined);
	}

	has(name: string) {
		return Object.hasOwn(this.exports, name) || this.imports.has(name);
	}

	get(name: string) {
		return this.exports[name];
	}

	imported(name: string) {
		return this.imports.get(name);
	}

	locate(url: string, line: number, column: number) {
		if (!/^cell-\d+\.ts$/.test(url)) return undefined;
		return { url, line: line + 100, column: column + 10, cell: `key of ${url}`, execution: Number(url.slice(5, -3)) };
	}
}

const origin = { cell: "abc", execution: 3, line: 12, column: 1 };
let worker: CallingWorker;
beforeAll(() => {
	worker = new CallingWorker();
});
afterAll(() => worker.close());

function context(bindings: NotebookBindings, more: Partial<CaptureContext> = {}): CaptureContext {
	return { step: "map", origin, place: "executor", bindings, ...more };
}

async function call(bindings: NotebookBindings, fn: unknown, ...args: unknown[]) {
	const answer = await worker.call(structuredClone(capture(fn as Function, context(bindings))), args);
	if (answer.error) throw new Error(answer.error.raw);
	return answer.value;
}

function refusal(bindings: NotebookBindings, fn: unknown, more: Partial<CaptureContext> = {}): CaptureError {
	try {
		capture(fn as Function, context(bindings, more));
	} catch (error) {
		return error as CaptureError;
	}
	throw new Error("the capture was not refused");
}

describe("functions of cells", () => {
	it("read notebook names as of the capture, and say which", async () => {
		const nb = new Notebook();
		const fn = nb.run("exports.k = 3; exports.unused = process.stdout; return (x) => x * exports.k;");
		expect(await call(nb, fn, 5)).toBe(15);
		const before = capture(fn as Function, context(nb));
		expect(before.live).toEqual(["k"]);
		nb.exports.k = 10;
		const after = capture(fn as Function, context(nb));
		expect(sameCapture(before, after)).toBe(false);
		expect(await call(nb, fn, 5)).toBe(50);
	});

	it("take along functions of other cells with the names these read", async () => {
		const nb = new Notebook();
		nb.run("exports.m = 2; exports.twice = (x) => x * exports.m;");
		const fn = nb.run("exports.n = 1; return (x) => [1].map(() => (0, exports.twice)(x) + exports.n)[0];");
		expect(await call(nb, fn, 4)).toBe(9);
		expect(capture(fn as Function, context(nb)).live).toEqual(["m", "n", "twice"]);
	});

	it("find themselves and one another by their notebook names", async () => {
		const nb = new Notebook();
		nb.run(`
			function even(n) { return n === 0 || (0, exports.odd)(n - 1); } exports.even = even;
			function odd(n) { return n !== 0 && (0, exports.even)(n - 1); } exports.odd = odd;
			const fact = (n) => n <= 1 ? 1 : n * (0, exports.fact)(n - 1); exports.fact = fact;`);
		const fn = nb.run("return (n) => [(0, exports.even)(n), (0, exports.fact)(n)];");
		expect(await call(nb, fn, 5)).toEqual([false, 120]);
		expect(await call(nb, nb.exports.fact, 6)).toBe(720);
	});

	it("load imported names in the worker again", async () => {
		const nb = new Notebook();
		nb.imports.set("base", { specifier: "node:path", imported: "basename" });
		nb.imports.set("util", { specifier: "node:util", imported: "*" });
		nb.imports.set("parse", { specifier: "acorn", imported: "parse", from: import.meta.filename });
		nb.exports.base = () => "not this one";
		const fn = nb.run(
			"return (s) => [(0, exports.base)(s), exports.util.format('%d', 1), (0, exports.parse)('1', {ecmaVersion: 2024}).type];",
		);
		expect(await call(nb, fn, "/a/b")).toEqual(["b", "1", "Program"]);
		expect(capture(fn as Function, context(nb)).live).toEqual([]);
	});

	it("may be classes over classes of other cells", async () => {
		const nb = new Notebook();
		nb.run("class Base { base() { return 'base' + exports.k; } } exports.Base = Base; exports.k = 1;");
		nb.run(
			"class Derived extends exports.Base { derived() { return super.base() + '!'; } } exports.Derived = Derived;",
		);
		const fn = nb.run("return () => new exports.Derived().derived();");
		expect(await call(nb, fn)).toBe("base1!");
		// The class that was extended stays the base, whatever its name means later.
		nb.run("class Base { base() { return 'new'; } } exports.Base = Base;");
		expect(await call(nb, fn)).toBe("base1!");
	});

	it("keep captured variables of a cell's inner functions beside notebook names", async () => {
		const nb = new Notebook();
		const fn = nb.run("exports.k = 2; const make = (w) => (x) => x * w * exports.k; return make(7);");
		expect(await call(nb, fn, 1)).toBe(14);
	});

	it("see `exports` as an ordinary object with these names only", async () => {
		const nb = new Notebook();
		const fn = nb.run("exports.a = 1; exports.b = 2; return (x) => exports.a + exports['b'] + x;");
		const [root] = capture(fn as Function, context(nb)).nodes;
		expect(root).toMatchObject({ kind: "function", slots: [], live: [{ name: "a" }, { name: "b" }] });
		expect(await call(nb, fn, 1)).toBe(4);
	});

	it("find var and function declarations of scripts that run in the main context", async () => {
		const nb = new Notebook();
		const name = "millraceTestVariable";
		vm.runInThisContext(`var ${name} = 5; function ${name}Function() { return ${name} + 1; } let ${name}Let = 7;`);
		const fn = vm.runInThisContext(`() => [${name}, ${name}Function(), ${name}Let]`);
		expect(await call(nb, fn)).toEqual([5, 6, 7]);
	});

	it("can be captured again in the thread they were revived in, with the same hash and positions", async () => {
		const nb = new Notebook();
		const fn = nb.run(
			"exports.k = 2;\nreturn (x) => {\n  if (x < 0) throw new Error('negative');\n  return x * exports.k;\n};",
		);
		const captured = capture(fn as Function, context(nb));
		expect((await worker.call(captured, [4], { again: true })).value).toBe(8);
		const failed = await worker.call(captured, [-1], { again: true });
		expect(failed.error?.frames[0]).toMatchObject({ url: "cell-1.ts", line: 103, column: 30, execution: 1 });
	});

	it("of a frozen function no name is live", () => {
		const nb = new Notebook();
		const fn = freeze(nb.run("exports.k = 2; return (x) => x * exports.k;"));
		expect(capture(fn as Function, context(nb)).live).toEqual([]);
	});

	it("name the cell and line of the call when they are refused", () => {
		const nb = new Notebook();
		nb.run("exports.conn = { out: process.stdout, f() {} };");
		const error = refusal(nb, nb.run("return function score(x) { return exports.conn.out.fd + x; }"));
		expect(error.message).toMatch(
			/^map \(cell \[3\], line 12\): the function score cannot run in an executor thread: it captures\n {2}conn\n {4}→ conn\.out\nIt is a .*\nOpen it inside the function/,
		);
		expect(error.fields).toMatchObject({ step: "map", cell: 3, path: ["conn", "conn.out"] });
	});

	it.each([
		["assignment to a notebook name", "return () => { exports.k = 1; };", "assigns to the captured variable `k`"],
		["increment of a notebook name", "return () => exports.k++;", "assigns to the captured variable `k`"],
		["destructuring into a notebook name", "return (o) => { ({ k: exports.k } = o); };", "assigns to the captured"],
		["loop over a notebook name", "return (o) => { for (exports.k of o); };", "assigns to the captured variable"],
		["deletion of a notebook name", "return () => delete exports.k;", "assigns to the captured variable `k`"],
		["bare exports", "return () => exports;", "uses `exports` as a whole"],
		["computed member of exports", "return (n) => exports[n];", "uses `exports` as a whole"],
		["a name nobody defined", "return () => exports.nowhere;", "is not defined in the notebook"],
		[
			"a decorated class",
			"const __esDecorate = 1; class C { static { __esDecorate; } } return () => C;",
			"is a decorated class",
		],
	])("are refused: %s", (_title, body, reason) => {
		const nb = new Notebook();
		nb.exports.k = 0;
		const error = refusal(nb, nb.run(body));
		expect(error.code).toBe("STREAM_CAPTURE");
		expect(error.fields.reason).toContain(reason);
	});

	it("are refused while a name is not initialised", () => {
		const nb = new Notebook();
		const fn = nb.run("return () => exports.late;");
		Object.defineProperty(nb.exports, "late", {
			configurable: true,
			get() {
				throw new ReferenceError("Cannot access 'late' before initialization");
			},
		});
		expect(refusal(nb, fn).fields).toMatchObject({ path: ["late"], reason: "is not initialised yet" });
	});
});

/** What V8 says of the same error in the cell itself, moved as `locate` moves positions. */
function direct(fn: unknown, ...args: unknown[]) {
	try {
		(fn as (...args: unknown[]) => unknown)(...args);
	} catch (error) {
		return parseStack((error as Error).stack)
			.filter((f) => f.url.startsWith("cell-"))
			.map(({ url, line, column }) => ({ url, line: line + 100, column: column + 10 }));
	}
	throw new Error("the function did not throw");
}

describe("positions", () => {
	it("of errors in the worker are those of the cell, to line and column", async () => {
		const nb = new Notebook();
		const fn = nb.run(`const helper = (x) => {
  const y = x + 1;
      throw new Error('bad ' + y);
}; exports.helper = helper;
return (x) =>   (0, exports.helper)(x);`);
		const { error } = await worker.call(capture(fn as Function, context(nb)), [1]);
		expect(error?.frames).toHaveLength(2);
		expect(error?.frames).toMatchObject(direct(fn, 1));
		expect(error?.frames[0]).toMatchObject({ line: 103, fn: "helper", execution: 1, cell: "key of cell-1.ts" });
		const lines = (error?.stack ?? "").split("\n");
		expect(lines[0]).toBe("Error: bad 2");
		expect(lines[1]).toBe("    at helper (cell-1.ts:103:23)");
		expect(error?.stack).not.toContain("node:internal");
		expect(error?.raw).toContain("cell-1.ts#map");
	});

	it("of the engine and of Node are left out of the stack, the user's other files stay", () => {
		const stack = [
			"TypeError: x",
			"    at run (file:///somewhere/user.ts:1:2)",
			`    at task (${new URL("../../../engine/executor/task.ts", import.meta.url).href}:3:4)`,
			"    at node:internal/x:5:6",
			"    at new Promise (<anonymous>)",
		].join("\n");
		expect(mapRevivedStack(stack)).toBe(
			"TypeError: x\n    at run (file:///somewhere/user.ts:1:2)\n    at new Promise (<anonymous>)",
		);
	});

	it.each([
		[
			"a class whose constructor stands further down",
			"  class C { f = 1; fail() { throw new Error('x'); }\n  constructor() {} }\n  return () => new C().fail();",
		],
		[
			"a field of a class without constructor",
			"let C = class { f = (() => { throw new Error('x'); })(); };\n  return () => new C();",
		],
		[
			"a method by itself",
			"const o = { async: 1,\n   get  q() { throw new Error('x'); },\n m (a,\n b) { throw new Error('y'); } };\n const m = o.m; return () => m();",
		],
		[
			"a getter by itself",
			"const o = { get  q() { throw new Error('x'); } };\n const q = Object.getOwnPropertyDescriptor(o, 'q').get; return () => q();",
		],
		[
			"a function declaration over several lines",
			"function\n   far\n (a, b = (() => { throw new Error('x'); })()) { return a; }\n return () => far();",
		],
		["a generator", "function * g () { yield 1; throw new Error('x'); }\n return () => [...g()];"],
		["a callback", "const f = function (x) { return [x].map((y) => { throw new Error(y); }); };\n return (x) => f(x);"],
		[
			"a base class made by an expression",
			"class A { constructor() { throw new Error('x'); } }\n class B extends (A ?? Array) { b = 1 }\n return () => new B();",
		],
		[
			"a computed key",
			"const o = { ['a' + 'b' + 'c'](x) { throw new Error('x'); } };\n const f = o.abc; return () => f();",
		],
	])("are right in %s", async (_title, body) => {
		const nb = new Notebook();
		const fn = nb.run(body);
		const expected = direct(fn);
		const { error } = await worker.call(capture(fn as Function, context(nb)), []);
		expect(error?.frames.map(({ url, line, column }) => ({ url, line, column }))).toEqual(expected);
	});
});

describe("engine handles", () => {
	class FakeRdd {
		secret = process.stdout;
	}
	const rdd = new FakeRdd();
	const handle: CaptureContext["handle"] = (value) =>
		value === rdd ? { type: "RDD", id: "rdd-1", data: { n: 1 }, places: ["driver"] } : undefined;

	it("cross to the driver as ids", async () => {
		const nb = new Notebook();
		nb.exports.rdd = rdd;
		const captured = capture(
			nb.run("return () => [exports.rdd, exports.rdd === exports.rdd];") as Function,
			context(nb, { place: "driver", handle }),
		);
		expect((await worker.call(captured, [])).value).toEqual([{ type: "RDD", id: "rdd-1", data: { n: 1 } }, true]);
	});

	it("are refused in executors", () => {
		const nb = new Notebook();
		nb.exports.rdd = rdd;
		const error = refusal(nb, nb.run("return () => exports.rdd;"), { handle });
		expect(error.fields.reason).toBe("is an RDD; RDD handles exist only in the driver (SPARK-5063)");
	});
});
