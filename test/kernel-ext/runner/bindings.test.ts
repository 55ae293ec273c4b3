// The table of top-level names.
import { describe, expect, test } from "vitest";
import type { CompiledCell } from "../../../kernel-ext/cells/types.ts";
import { Bindings } from "../../../kernel-ext/runner/bindings.ts";

function cell(parts: Partial<CompiledCell>): CompiledCell {
	const names = (parts.tdz ?? []).map((name) => ({ name, kind: "const" as const, type: "" }));
	return {
		url: "cell-1.ts",
		body: "",
		async: false,
		hasResult: false,
		names,
		tdz: [],
		imports: [],
		modules: [],
		map: "",
		...parts,
	};
}

const make = (): Bindings => new Bindings("/notebooks/notebook.ts", () => undefined);

describe("names", () => {
	test("throw before they are initialised and are plain properties after", () => {
		const bindings = make();
		bindings.prepare(cell({ tdz: ["k"] }));
		expect(() => bindings.exports.k).toThrow("Cannot access 'k' before initialization");
		expect(bindings.get("k")).toBeUndefined();
		bindings.exports.k = 3;
		expect(Object.getOwnPropertyDescriptor(bindings.exports, "k")).toEqual({
			value: 3,
			writable: true,
			enumerable: true,
			configurable: true,
		});
		expect([bindings.has("k"), bindings.has("toString")]).toEqual([true, false]);
	});

	test("that a failed cell did not reach get their old values back", () => {
		const bindings = make();
		bindings.exports.old = 1;
		const restore = bindings.prepare(cell({ tdz: ["old", "fresh", "reached"] }));
		bindings.exports.reached = 2;
		restore();
		expect(bindings.exports).toEqual({ old: 1, reached: 2 });
		expect(bindings.has("fresh")).toBe(false);
	});

	test("that stayed uninitialised in an abandoned cell do not throw after the next one failed", () => {
		const bindings = make();
		bindings.prepare(cell({ tdz: ["k"] }));
		bindings.prepare(cell({ tdz: ["k"] }))();
		expect(bindings.has("k")).toBe(false);
	});
});

describe("imports", () => {
	const imports = [
		{ local: "d", specifier: "m", imported: "default" },
		{ local: "ns", specifier: "m", imported: "*" },
		{ local: "n", specifier: "m", imported: "name" },
	];

	test("follow the interop of CommonJS and ES modules", () => {
		const bindings = make();
		const commonjs = { name: 1 };
		bindings.bindImports(cell({ imports }), new Map([["m", commonjs]]));
		expect([bindings.exports.d, bindings.exports.ns, bindings.exports.n]).toEqual([commonjs, commonjs, 1]);
		const transpiled = { __esModule: true, default: "d", name: 2 };
		bindings.bindImports(cell({ imports }), new Map([["m", transpiled]]));
		expect([bindings.exports.d, bindings.exports.n]).toEqual(["d", 2]);
	});

	test("take the default of a namespace", async () => {
		const bindings = make();
		const namespace = await import("node:path");
		bindings.bindImports(cell({ imports: imports.slice(0, 2) }), new Map([["m", namespace as unknown]]));
		expect(bindings.exports.d).toBe(namespace.default);
	});

	test("are remembered until the name is declared otherwise", () => {
		const bindings = make();
		bindings.bindImports(cell({ imports }), new Map([["m", { name: 1 }]]));
		expect(bindings.imported("n")).toEqual({ specifier: "m", imported: "name", from: "/notebooks/notebook.ts" });
		bindings.prepare(cell({ tdz: ["n"] }));
		expect(bindings.imported("n")).toBeUndefined();
		expect(bindings.imported("d")).toBeDefined();
	});

	test("of a missing name fail as in a module", () => {
		const bindings = make();
		expect(() => bindings.bindImports(cell({ imports }), new Map([["m", {}]]))).toThrow(
			"The requested module 'm' does not provide an export named 'name'",
		);
	});
});
