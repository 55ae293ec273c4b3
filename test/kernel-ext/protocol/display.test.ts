// What values look like: results and displays as MIME bundles, and the errors of cells.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are code of cells
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Received, TestKernel } from "../support/kernel.ts";

let kernel: TestKernel;
beforeAll(async () => {
	kernel = await TestKernel.start();
	await kernel.execute("import { display, html, md, svg } from 'millrace/kernel'");
});
afterAll(() => kernel.stop());

type Bundle = { readonly [mime: string]: string };

async function shown(code: string): Promise<Bundle> {
	const { outputs, reply } = await kernel.execute(code);
	const result = outputs.find(({ type }) => type === "execute_result" || type === "display_data");
	return result?.content.data ?? reply.content;
}

const PNG = "new Uint8Array([137, 80, 78, 71, 13, 10, 26, 10, 1, 2])";

describe("a result", () => {
	test.each([
		["a PNG", PNG, "image/png"],
		["a JPEG in a Buffer", "Buffer.from([255, 216, 255, 224, 1])", "image/jpeg"],
		["an image Blob", `new Blob([${PNG}], { type: 'image/png' })`, "image/png"],
		["a GIF", "Buffer.from('GIF89a...')", "image/gif"],
	])("that is %s is a picture with a text", async (_name, code, mime) => {
		const data = await shown(code);
		expect(Object.keys(data).sort()).toEqual([mime, "text/plain"]);
		expect(Buffer.from(data[mime], "base64").length).toBeGreaterThan(3);
		expect(data["text/plain"]).toMatch(/image, \d+ bytes/);
	});

	test("that is other bytes is text", async () => {
		expect(await shown("new Uint8Array([1, 2])")).toEqual({ "text/plain": "Uint8Array(2) [ 1, 2 ]" });
	});

	test.each([
		["text of an SVG", `'<svg xmlns="http://www.w3.org/2000/svg"><g/></svg>'`],
		["text with an XML declaration", `'<?xml version="1.0"?>\\n<svg width="1"></svg>\\n'`],
		["an SVG element", `({ nodeType: 1, outerHTML: '<svg></svg>' })`],
	])("that is %s is a picture", async (_name, code) => {
		const data = await shown(code);
		expect(data["image/svg+xml"]).toContain("</svg>");
		expect(data).toHaveProperty("text/plain");
	});

	test("that only mentions SVG is text, an element of another kind is HTML", async () => {
		expect(Object.keys(await shown("'see <svg></svg> here'"))).toEqual(["text/plain"]);
		expect((await shown("({ nodeType: 1, outerHTML: '<p>hi</p>' })"))["text/html"]).toBe("<p>hi</p>");
	});

	test.each([
		["a Vega-Lite specification", "S", "vegalite.v5"],
		["a builder with toSpec", "{ toSpec: () => (S) }", "vegalite.v5"],
		["a builder with toJSON that gives text", "{ toJSON: () => JSON.stringify(S) }", "vegalite.v5"],
		["a newer Vega-Lite", "{ ...S, $schema: 'https://vega.github.io/schema/vega-lite/v6.json' }", "vegalite.v5"],
		["a Vega specification", "{ $schema: 'https://vega.github.io/schema/vega/v5.json', marks: [] }", "vega.v5"],
	])("that is %s is a chart", async (_name, code, type) => {
		const spec = "{ $schema: 'https://vega.github.io/schema/vega-lite/v5.json', mark: 'bar', data: { values: [] } }";
		const data = await shown(
			`{ const S = ${spec}; globalThis.made = ${code.startsWith("{") ? `(${code})` : code} }; (globalThis as any).made`.replace(
				"globalThis.made",
				"(globalThis as any).made",
			),
		);
		expect(Object.keys(data)).toEqual([`application/vnd.${type}+json`, "text/plain"]);
		expect(typeof data[`application/vnd.${type}+json`]).toBe("object");
		expect(data["text/plain"]).toMatch(/^<Vega/);
	});

	test("that is an array of records is a table: columns sorted, types, everything escaped, and the text beside it", async () => {
		const data = await shown(
			"[{ name: '<b>x</b>', count: 1 }, { name: null, at: new Date(0), count: 2n, deep: { a: ['&'] } }] as unknown[]",
		);
		const html = data["text/html"];
		expect([...html.matchAll(/<th style[^>]*>([^<]*)<br><small[^>]*>([^<]*)</g)].map((m) => [m[1], m[2]])).toEqual([
			["at", "Date"],
			["count", "bigint | number"],
			["deep", "Object"],
			["name", "string"],
		]);
		expect(html).toContain("&lt;b&gt;x&lt;/b&gt;");
		expect(html).not.toContain("<b>");
		expect(html).toContain("1970-01-01T00:00:00.000Z");
		expect(html).toContain("2 rows");
		expect(data["text/plain"]).toContain("count: 1");
	});

	test("that is a long array of records shows the first 100 rows", async () => {
		const data = await shown("Array.from({ length: 5000 }, (_, i) => ({ i }))");
		expect(data["text/html"].match(/<tr>/g)).toHaveLength(101);
		expect(data["text/html"]).toContain("first 100 of 5000 rows");
		expect(data["text/plain"].length).toBeLessThan(5_000);
	});

	test.each(["[[1, 2]]", "[{ a: 1 }, 2]", "[]", "[{}]", "[new Map()]", "[new (class A { x = 1 })()]"])(
		"that is %s is text",
		async (code) => {
			expect(Object.keys(await shown(code))).toEqual(["text/plain"]);
		},
	);

	test("that looks like a danfo frame is a table in the frame's order", async () => {
		const data = await shown(
			"({ columns: ['z', 'a'], values: [[1, '<x>'], [2, 'y']], shape: [2, 2], toString() { return 'z a\\n1 <x>\\n2 y' } })",
		);
		expect(data["text/html"].indexOf(">z<")).toBeLessThan(data["text/html"].indexOf(">a<"));
		expect(data["text/html"]).toContain("&lt;x&gt;");
		expect(data["text/plain"]).toBe("z a\n1 <x>\n2 y");
	});

	test("that looks like an Arrow table is a table", async () => {
		const data = await shown(
			"({ schema: { fields: [{ name: 'n' }] }, numRows: 2, get: (i: number) => ({ n: i * 10 }) })",
		);
		expect(data["text/html"]).toContain(">10<");
	});

	test.each([
		["new Map([['a', 1]])", "Map(1) { 'a' => 1 }"],
		["new Set([1])", "Set(1) { 1 }"],
		["new Float32Array([1.5])", "Float32Array(1) [ 1.5 ]"],
		["new Date(0)", "1970-01-01T00:00:00.000Z"],
		["null", "null"],
		["Symbol('s')", "Symbol(s)"],
		["12n", "12n"],
	])("%s is %s", async (code, text) => {
		expect(await shown(code)).toEqual({ "text/plain": text });
	});

	test("that is an error shows message, cell and causes, nothing of the kernel", async () => {
		const text = (await shown("Object.assign(new TypeError('outer', { cause: new Error('inner') }), { code: 'E1' })"))[
			"text/plain"
		];
		expect(text).toMatch(/^TypeError: outer\n {4}at cell-\d+\.ts:1:/);
		expect(text).toContain("Caused by Error: inner");
		expect(text).toContain("code: 'E1'");
		expect(text).not.toMatch(/kernel-ext|node:/);
	});

	test("never has colour codes in text/plain, whoever made the text", async () => {
		const code = "({ [Symbol.for('nodejs.util.inspect.custom')]: () => '\\u001b[31mred\\u001b[39m' })";
		expect(await shown(code)).toEqual({ "text/plain": "red" });
	});

	test("whose text cannot be made does not fail the cell", async () => {
		const code = "({ [Symbol.for('nodejs.util.inspect.custom')]() { throw new Error('no text') } })";
		expect((await shown(code))["text/plain"]).toContain("no text");
	});

	test.each([
		["a million numbers", "Array.from({ length: 1_000_000 }, (_, i) => i)"],
		["a hundred levels", "let nested: unknown = 0; for (let i = 0; i < 100; i++) nested = { nested }; nested"],
		["a cycle", "const ring: { self?: unknown } = {}; ring.self = ring; ring"],
		["a text of 50 MB", "'x'.repeat(50_000_000)"],
		["a hundred thousand properties", "Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => ['k' + i, i]))"],
		["a million values in levels", "Array(100).fill(Array(100).fill(Array(100).fill('text')))"],
		["a Map of a million", "new Map(Array.from({ length: 1_000_000 }, (_, i) => [i, i]))"],
		["an error with a message of 10 MB", "new Error('x'.repeat(10_000_000))"],
	])("of %s is bounded", async (_name, code) => {
		const text = (await shown(code))["text/plain"];
		expect(text.length).toBeGreaterThan(5);
		expect(text.length).toBeLessThan(250_000);
	});
});

describe("html, svg and md", () => {
	test.each([
		["html`<b title=\"${'\"'}\">${'<i>&'}</b>`", "text/html", '<b title="&quot;">&lt;i&gt;&amp;</b>'],
		["html`<ul>${[1, 2].map((n) => html`<li>${n}</li>`)}</ul>`", "text/html", "<ul><li>1</li><li>2</li></ul>"],
		["html`${null}${undefined}${false}${0}`", "text/html", "0"],
		["html('<b>as it is</b>')", "text/html", "<b>as it is</b>"],
		["svg`<svg><text>${'<'}</text></svg>`", "image/svg+xml", "<svg><text>&lt;</text></svg>"],
		["md`# Title\n${'*<b>*'} ${html`<u>x</u>`}`", "text/markdown", "# Title\n\\*&lt;b&gt;\\* <u>x</u>"],
	])("%s is shown with what was put in escaped", async (code, mime, expected) => {
		const data = await shown(code);
		expect(data[mime]).toBe(expected);
		expect(data["text/plain"]).toBe(expected);
	});
});

describe("display", () => {
	const of = (outputs: readonly Received[], type: string): Received[] => outputs.filter((each) => each.type === type);

	test("with an id can be changed by display.update, also from a later cell", async () => {
		const first = await kernel.execute("await display([{ a: 1 }], { id: 'here' }); await display.update('here', 5)");
		expect(of(first.outputs, "display_data")[0].content.transient).toEqual({ display_id: "here" });
		expect(of(first.outputs, "display_data")[0].content.data).toHaveProperty("text/html");
		expect(of(first.outputs, "update_display_data")[0].content).toEqual({
			data: { "text/plain": "5" },
			metadata: {},
			transient: { display_id: "here" },
		});
		const later = await kernel.execute("await display.update('here', html`<b>later</b>`)");
		expect(of(later.outputs, "update_display_data")[0].content.data["text/html"]).toBe("<b>later</b>");
	});

	test("gives user_expressions their pictures, too", async () => {
		const { reply } = await kernel.execute("0", { user_expressions: { pic: PNG, gone: "nowhere" } });
		expect(Object.keys(reply.content.user_expressions.pic.data)).toContain("image/png");
		expect(reply.content.user_expressions.gone).toMatchObject({ status: "error", ename: "TypeScriptError" });
	});
});

describe("an error", () => {
	const trace = async (code: string): Promise<string> => {
		const { reply, outputs } = await kernel.execute(code);
		expect(outputs.filter(({ type }) => type === "error")).toHaveLength(1);
		return reply.content.traceback.join("\n");
	};

	test("shows its chain of causes, also when one is no error", async () => {
		const text = await trace("throw new Error('a', { cause: new TypeError('b', { cause: { why: 'c' } }) })");
		expect(text).toMatch(/Error.*: a[\s\S]*Caused by .*TypeError.*: b[\s\S]*Caused by .*why: 'c'/);
		expect(text).not.toMatch(/kernel-ext|node:internal/);
	});

	test("of several shows each of them", async () => {
		const text = await trace(
			"await Promise.any([Promise.reject(new Error('one')), Promise.reject(new RangeError('two'))])",
		);
		expect(text).toMatch(/AggregateError[\s\S]*Error.*: one[\s\S]*RangeError.*: two/);
	});

	test("that is its own cause ends", async () => {
		expect(await trace("const loop: Error = new Error('loop'); loop.cause = loop; throw loop")).toContain(
			"shown above",
		);
	});

	test.each([
		[
			"whose message cannot be read",
			"throw { get message(): string { throw new Error('hidden') }, [Symbol.toStringTag]: 'Error' }",
		],
		[
			"that is a proxy that refuses",
			"throw new Proxy({}, { get() { throw new Error('no') }, getPrototypeOf() { throw new Error('no') } })",
		],
	])("%s is still one error", async (_name, code) => {
		expect(await trace(code)).not.toBe("");
		expect((await kernel.execute("1")).reply.content.status).toBe("ok");
	});
});
