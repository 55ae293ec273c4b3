// Modules go by reference: the worker loads them itself, and has its own state of them.
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { beforeAll, describe, expect, it } from "vitest";
import { builtinReference, loadReference, preloadModules, resolveModule } from "../../../engine/capture/modules.ts";

interface Report {
	readonly results: { readonly [name: string]: { value?: unknown; error?: string; kinds: string[] } };
	readonly here: number;
	readonly other: number;
}
let report: Report;

beforeAll(async () => {
	report = await new Promise<Report>((resolve, reject) => {
		const host = new Worker(new URL("./fixtures/modules-host.ts", import.meta.url), { execArgv: [] });
		host.once("message", resolve);
		host.once("error", reject);
	});
}, 60_000);

function result(name: string) {
	expect(report.results[name].error).toBeUndefined();
	return report.results[name];
}

describe("modules", () => {
	it("the worker is another thread", () => {
		expect(report.other).not.toBe(report.here);
	});

	it("an exported function of an ES module is loaded again by the worker", () => {
		expect(result("esm").value).toEqual([report.other, 8]);
		expect(result("esm").kinds).toContain("module whereLoaded");
		expect(result("esmItself").value).toBe(report.other);
	});

	it("of a namespace only the members that are read are taken along", () => {
		expect(result("namespace").value).toEqual([report.other, 10]);
		expect(
			result("namespace")
				.kinds.filter((k) => k.startsWith("module"))
				.sort(),
		).toEqual(["module default", "module whereLoaded"]);
	});

	it("plain data of a user's module is taken as it is now", () => {
		expect(result("data").value).toEqual({ a: 1, b: 2 });
		expect(result("data").kinds).toContain("clone");
	});

	it("a module function keeps the state of the worker's own module", () => {
		expect(result("state").value).toEqual([1, 2]);
	});

	it("exports of a CommonJS file are loaded again, require works in captured functions", () => {
		expect(result("cjs").value).toEqual([report.other, 1]);
		expect(result("cjsRequire").value).toBe("b");
		expect(result("cjsLocalRequire").value).toBe(1);
	});

	it("a function of the main module goes by value", () => {
		expect(result("main").kinds.filter((k) => k === "function")).toHaveLength(2);
		expect(result("main").value).toBe(true);
	});

	it("a relative dynamic import resolves from the file of the function", () => {
		expect(result("relativeImport").value).toBe(12);
	});

	it("a value of a module with top-level await arrives", () => {
		expect(result("asyncModule").value).toBe(42);
	});
});

describe("references", () => {
	const from = fileURLToPath(new URL("./fixtures/x.js", import.meta.url));

	it("built-in modules answer by default, by star, by name and by path", () => {
		const load = (imported: string) => loadReference({ specifier: "node:path", imported }) as { join?: unknown };
		const path = process.getBuiltinModule("node:path");
		expect(load("default")).toBe(path);
		expect(load("*").join).toBe(path.join);
		expect((load("*") as { default?: unknown }).default).toBe(path);
		expect(load("join")).toBe(path.join);
		expect(load("posix.join")).toBe(path.posix.join);
		expect(builtinReference(path.join)).toMatchObject({ specifier: "node:path" });
	});

	it("default of a CommonJS module is what it exports, of an ES module its default", () => {
		const common = loadReference({ specifier: "./local.cjs", imported: "default", from }) as { table: object };
		expect(common.table).toEqual({ a: 1 });
		const esm = loadReference({ specifier: "acorn", imported: "parse", from }) as (text: string, o: object) => unknown;
		expect(esm("1", { ecmaVersion: 2024 })).toMatchObject({ type: "Program" });
	});

	it("a module with top-level await can be loaded before, and otherwise says so", async () => {
		const reference = { specifier: "./tla.mjs", imported: "answer", from };
		expect(() => loadReference(reference)).toThrow(/uses await at its top level.*await import/);
		await preloadModules([reference]);
		expect(loadReference(reference)).toBe(42);
	});

	it("a missing export and a missing module are told", () => {
		expect(() => loadReference({ specifier: "node:path", imported: "nothing" })).toThrow(/no export named nothing/);
		expect(() => resolveModule("./missing.ts", from)).toThrow(/missing/);
	});
});
