// What cells can import: packages of the notebook's folder, local files, our own doors.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { put } from "../../support/temp.ts";
import { resultOf, TestKernel } from "../support/kernel.ts";

let kernel: TestKernel;
beforeAll(async () => {
	kernel = await TestKernel.start();
	const file = (path: string, text: string): string => put(kernel.folder, path, text);
	file("local.ts", "export const local: string = 'from local.ts'; export type T = { a: number };");
	file("nested/index.ts", "import { local } from '../local'; export const nested = local + ', nested';");
	file("data.json", '{ "answer": 42 }');
	file(
		"door.ts",
		"import { JUPYTER_DISPLAY } from 'millrace/kernel'; export const door: string = String(JUPYTER_DISPLAY);",
	);
	file("node_modules/cjs/package.json", '{ "name": "cjs", "main": "main.js", "types": "main.d.ts" }');
	file("node_modules/cjs/main.js", "const made = {}; made['na' + 'me'] = 'cjs'; module.exports = made;");
	file("node_modules/cjs/main.d.ts", "export const name: string;");
	const esm = { name: "esm", type: "module", exports: { ".": { types: "./main.d.ts", import: "./main.js" } } };
	file("node_modules/esm/package.json", JSON.stringify(esm));
	file(
		"node_modules/esm/main.js",
		"export default 'the default'; export const waited = await Promise.resolve('waited');",
	);
	file("node_modules/esm/main.d.ts", "declare const d: string; export default d; export const waited: string;");
	file("node_modules/bad/package.json", '{ "name": "bad", "main": "main.js", "types": "main.d.ts" }');
	file("node_modules/bad/main.js", "throw new Error('cannot start')");
	file("node_modules/bad/main.d.ts", "export const x: number;");
});
afterAll(() => kernel.stop());

async function value(code: string): Promise<string | undefined> {
	const { outputs, reply } = await kernel.execute(code);
	return reply.content.status === "ok" ? resultOf(outputs) : `${reply.content.ename}: ${reply.content.evalue}`;
}

describe("imports", () => {
	test.each([
		["a name", "import { join as joined } from 'node:path'\njoined('a', 'b')", "'a/b'"],
		["a namespace", "import * as path from 'node:path'\npath.basename('/x/y')", "'y'"],
		["a default of Node", "import fs from 'node:fs'\ntypeof fs.readFileSync", "'function'"],
		["names that only running the CommonJS package tells", "import { name as cjsName } from 'cjs'\ncjsName", "'cjs'"],
		[
			"an ESM-only package with top-level await",
			"import dflt, { waited } from 'esm'\ndflt + ', ' + waited",
			"'the default, waited'",
		],
		[
			"a local file without ending",
			"import { local, type T } from './local'\nconst t: T = { a: 1 }; local",
			"'from local.ts'",
		],
		["a folder, and files importing files", "import { nested } from './nested'\nnested", "'from local.ts, nested'"],
		["JSON", "import data from './data.json'\ndata.answer", "42"],
		["our door from a local file", "import { door } from './door.ts'\ndoor", "'Symbol(Jupyter.display)'"],
		["a dynamic import", "(await import('esm')).default", "'the default'"],
		["a dynamic import of a local file", "(await import('./local.ts')).local", "'from local.ts'"],
		["require", "require('node:path').sep", "'/'"],
	])("%s", async (_name, code, expected) => {
		expect(await value(code)).toBe(expected);
	});

	test("an imported name stays for later cells until a cell redeclares it", async () => {
		await kernel.execute("import { sep } from 'node:path'");
		expect(await value("sep")).toBe("'/'");
		expect(await value("const sep = ','; sep")).toBe("','");
		expect(await value("sep")).toBe("','");
	});

	test("a package that throws while it loads fails the cell with its message", async () => {
		expect(await value("import { x } from 'bad'\nx")).toContain("cannot start");
	});

	test("a package that is not installed is refused", async () => {
		expect(await value("import { x } from 'not-installed'\nx")).toContain("not-installed");
		expect(await value("await import('not-' + 'installed')")).toContain("npm install not-installed");
	});

	test("a cell that fails before its imports ran leaves the kernel as it was", async () => {
		await value("import { x as never } from 'bad'\nlet untouched = 1");
		expect(await value("import { join as again } from 'node:path'\nagain('p', 'q')")).toBe("'p/q'");
	});

	test("the engine is told endings, so that its threads find local files", async () => {
		const code = [
			`const where: string = ${JSON.stringify(new URL("../../../engine/views/host.ts", import.meta.url).href)}`,
			"const table = (await import(where)).installedHost().bindings",
			"import { local as l1 } from './local'; import { nested as n1 } from './nested'; import { local as l2 } from './local.ts'",
			"import { sep as s1 } from 'node:path'; import { local as l3 } from './local.js'",
			"[l1, n1, l2, s1, l3].length, ['l1', 'n1', 'l2', 's1', 'l3'].map((name) => table.imported(name).specifier).join()",
		].join("\n");
		expect(await value(code)).toBe("'./local.ts,./nested/index.ts,./local.ts,node:path,./local.ts'");
	});
});
