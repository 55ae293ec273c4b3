// Positions of run-time errors: the stack of the compiled script leads to the line that the user typed.
import { expect, test } from "vitest";
import { composeMappings, decodeMappings, encodeMappings, trace } from "../../../kernel-ext/cells/mappings.ts";
import { Notebook } from "./notebook.ts";

// One for all tests: a service takes half a second to start, and every name may be declared again.
const nb = new Notebook();

/** Runs a cell that throws and returns `line:column` of its top frame in the cell. */
async function place(code: string): Promise<string> {
	let error: unknown;
	try {
		await nb.run(code);
	} catch (thrown) {
		error = thrown;
	}
	const found = /(cell-\d+\.ts):(\d+):(\d+)/.exec((error as Error)?.stack ?? "");
	if (!found) throw new Error(`The cell did not fail in a cell: ${String(error)}`);
	const at = nb.positions.locate(found[1] as string, Number(found[2]), Number(found[3]));
	return `${at?.line}:${at?.column}`;
}

const boom = "function boom(): never { throw new Error('boom') }\n";

test("an expression over several lines", async () => {
	expect(await place("const o: any = undefined;\nconst sum =\n  1 +\n  2 +\n    o.x;")).toBe("5:7");
});

test("a callback", async () => {
	expect(
		await place("const list = [1, 2];\n\nlist.map((n) => {\n  const m = n;\n  throw new Error('in callback');\n});"),
	).toBe("5:9");
});

test("the second of several declarators", async () => {
	expect(await place("const bad: any = null;\nconst a = 1,\n  b = 2,\n  c = bad.x;")).toBe("4:11");
});

test("code after imports", async () => {
	expect(
		await place(
			"import { join } from 'node:path';\nimport * as os from 'node:os';\n\njoin('a', os.EOL);\nnew Array(-1);",
		),
	).toBe("5:1");
});

test("code after an await", async () => {
	expect(await place("await Promise.resolve();\nconst u: any = undefined;\n  u.deep;")).toBe("3:5");
});

test("a destructuring", async () => {
	expect(await place("const nothing: any = null;\nconst x = 1;\nconst {\n  a,\n} = nothing;")).toMatch(/^[345]:/);
});

test("code below an interface", async () => {
	expect(await place("interface Row {\n  id: number;\n  name: string;\n}\ntype T = Row;\nnew Array(-1);")).toBe("6:1");
});

test("functions of earlier cells are found in their own cell", async () => {
	await nb.run(`\n\n${boom}`);
	const earlier = nb.last?.url;
	const code = "1;\n\n  boom();";
	try {
		await nb.run(code);
		expect.unreachable();
	} catch (error) {
		const frames = [...String((error as Error).stack).matchAll(/(cell-\d+\.ts):(\d+):(\d+)/g)].map((m) =>
			nb.positions.locate(m[1] as string, Number(m[2]), Number(m[3])),
		);
		expect(frames.slice(0, 2)).toEqual([
			{ url: earlier, line: 3, column: 32 },
			{ url: nb.last?.url, line: 3, column: 3 },
		]);
	}
});

test("the first line, an enum above, a decorated class above, a class member and an arrow", async () => {
	expect(await place("new Array(-1)")).toBe("1:1");
	expect(await place("enum E {\n A, B\n}\nnew Array(-1)")).toBe("4:1");
	expect(
		await place(
			"function d(v: any, c: any) {}\n@d\nclass C {\n  accessor z = 1;\n  m() {\n    throw new Error('m');\n  }\n}\nnew C().m()",
		),
	).toBe("6:11");
	expect(await place("const f =\n  () => { throw new Error('f') };\nf()")).toBe("2:17");
});

test("a script that is no cell has no place", () => {
	expect(nb.positions.locate("other.ts", 1, 1)).toBeUndefined();
});

test("mappings survive encoding, and composing follows both maps", () => {
	const inner = [
		[[0, 0, 5, 7] as [number, number, number, number], [4, 0, 3, 100000] as [number, number, number, number]],
		[],
		[[2, 0, 0, 0] as [number, number, number, number]],
	];
	expect(decodeMappings(encodeMappings(inner))).toEqual(inner);
	const composed = composeMappings([[[3, 0, 0, 4]], [[0, 0, 2, 9]]], inner);
	expect(trace(composed, 0, 3)).toEqual({ line: 3, column: 100000 });
	expect(trace(composed, 1, 50)).toEqual({ line: 0, column: 0 });
	expect(trace(composed, 0, 2)).toBeUndefined();
});
