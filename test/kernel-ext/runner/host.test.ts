// The engine's surroundings as the engine sees them, from inside a kernel.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answered, resultOf, TestKernel, textOf } from "../support/kernel.ts";

const HOST = new URL("../../../engine/views/host.ts", import.meta.url).href;

let kernel: TestKernel;
beforeAll(async () => {
	kernel = await TestKernel.start();
	await kernel.execute(
		[
			`const where: string = ${JSON.stringify(HOST)}`,
			"const { installedHost } = await import(where)",
			"const host = installedHost()",
			"const gone: string[] = []; let ends = 0",
			"host.onCellReplaced((key: string) => gone.push(key)); host.onCellEnd(() => { ends++ })",
		].join("\n"),
	);
});
afterAll(() => kernel.stop());

async function value(code: string): Promise<string | undefined> {
	return resultOf((await kernel.execute(code)).outputs);
}

function errorsOf(answered: Answered): unknown[] {
	return kernel
		.ofRequest(answered.id)
		.filter((message) => message.type === "error")
		.map((message) => message.content.evalue);
}

describe("the host of the engine", () => {
	test("names the running cell by the front end's id, in timers and promises too", async () => {
		const { outputs, reply } = await kernel.execute(
			"const seen = [host.currentCell()]; await new Promise((f) => setTimeout(f, 5)); seen.push(host.currentCell()); JSON.stringify(seen)",
			{},
			{ cellId: "abc" },
		);
		const cell = { key: "abc", execution: reply.content.execution_count };
		expect(resultOf(outputs)).toBe(`'${JSON.stringify([cell, cell])}'`);
		expect(await value("host.currentCell().key")).toMatch(/^'exec-\d+'$/);
	});

	test("tells that a cell runs again or was deleted, but not for a cell that does not compile", async () => {
		await kernel.execute("gone.length = 0");
		await kernel.execute("1", {}, { cellId: "again" });
		expect(await value("gone.join()")).toBe("''");
		await kernel.execute("const wrong: number = ''", {}, { cellId: "again" });
		expect(await value("gone.join()")).toBe("''");
		await kernel.execute("2", {}, { cellId: "again", deletedCells: ["old", "older"] });
		expect(await value("gone.join()")).toBe("'old,older,again'");
	});

	test("calls back at the end of every cell and comm message", async () => {
		const before = Number(await value("ends"));
		await kernel.execute("throw new Error('also an end')");
		expect(Number(await value("ends"))).toBe(before + 2);
	});

	test("knows names, imports and positions", async () => {
		await kernel.execute("import { join as j } from 'node:path'\nconst known = 7");
		expect(
			await value("[host.bindings.has('known'), host.bindings.get('known'), host.bindings.has('unknown')].join()"),
		).toBe("'true,7,false'");
		expect(await value("JSON.stringify({ ...host.bindings.imported('j'), from: '' })")).toBe(
			`'{"specifier":"node:path","imported":"join","from":""}'`,
		);
		expect(await value("'first line'\nJSON.stringify(host.locate(new Error().stack))")).toMatch(
			/"line":2,"column":\d+/,
		);
		expect(await value("host.bindings.exports.known")).toBe("7");
	});

	test("writes and runs under other cells than the running one", async () => {
		const origin = await kernel.execute("1", {}, { cellId: "origin" });
		await kernel.execute(
			"host.write('origin', 'stdout', 'written '); host.runAs('origin', () => { console.log('run as') }); 0",
		);
		await kernel.until(() => textOf(kernel.ofRequest(origin.id)) === "written run as\n");
	});

	test("shows a reported error once, and not again when an await throws it", async () => {
		const origin = await kernel.execute("const reported = new RangeError('batch failed')", {}, { cellId: "reporter" });
		await kernel.execute(
			"host.reportError('reporter', reported); await new Promise((f) => setTimeout(f, 5)); host.reportError('reporter', reported)",
		);
		expect(errorsOf(origin)).toEqual(["batch failed"]);
		const thrown = await kernel.execute(
			"const both = new Error('once'); host.reportError(host.currentCell().key, both); throw both",
		);
		await kernel.execute("1");
		expect(errorsOf(thrown)).toEqual(["once"]);
	});

	test("a barrier publishes the feed before the cell's idle, without the notebook thread", async () => {
		const { outputs } = await kernel.execute(
			[
				"const feed = new MessageChannel(), ring = new MessageChannel()",
				"host.attach({ context: 'c1', events: feed.port2, ring: ring.port2 })",
				"const context = { kind: 'context', state: 'ACTIVE', appName: 'a', master: 'local[1]', batchMs: 100 }",
				"feed.port1.postMessage({ seq: 1, run: 1, ...context })",
				"const print = { kind: 'print', output: 0, batchTime: 1000, text: 'the print\\n', cell: host.currentCell().key }",
				"feed.port1.postMessage({ seq: 2, run: 1, ...print })",
				"host.barrier(1, 2)",
			].join("\n"),
			{},
			{ cellId: "printer" },
		);
		expect(JSON.stringify(outputs.map((message) => message.content))).toContain("the print");
	});

	test("a failed batch is shown under its cell with the cell's line", async () => {
		const origin = await kernel.execute("const feeder = 1\nconst other = 2", {}, { cellId: "failing" });
		const count = origin.reply.content.execution_count;
		const stack = `TypeError: no record\\n    at cell-${count}.ts:2:7\\n    at node:internal/x:1:1`;
		await kernel.execute(
			[
				`const error = { name: "TypeError", message: "no record", stack: "${stack}" }`,
				'feed.port1.postMessage({ seq: 3, run: 1, kind: "output-error", output: 0, batchTime: 1000, error, cell: "failing" })',
				"host.barrier(1, 3)",
			].join("\n"),
		);
		const shown = await kernel.until(() => kernel.ofRequest(origin.id).find((message) => message.type === "error"));
		expect(shown.content).toMatchObject({ ename: "TypeError", evalue: "no record" });
		const text = shown.content.traceback.join("\n");
		expect(text).toContain("const other = 2");
		expect(text).not.toContain("node:internal");
	});

	test("a failed batch that the running cell throws itself is shown once, another one before idle", async () => {
		const failed = (message: string): string[] => [
			`const error = { name: 'Error', message: '${message}', stack: '' }`,
			"feed.port1.postMessage({ seq: ++seq, run: 1, kind: 'output-error', output: 0, batchTime: 1, error, cell: host.currentCell().key })",
			"host.barrier(1, seq); await new Promise((f) => setTimeout(f, 20))",
		];
		await kernel.execute("let seq = 3");
		const thrown = await kernel.execute([...failed("same"), "throw new Error('same')"].join("\n"));
		expect(errorsOf(thrown)).toEqual(["same"]);
		const other = await kernel.execute(failed("batch").join("\n"));
		expect(other.reply.content.status).toBe("ok");
		expect(other.outputs.filter((message) => message.type === "error").map((m) => m.content.evalue)).toEqual(["batch"]);
	});

	test("a live view as last expression is a display_data, and its model answers", async () => {
		const description = {
			view: "v1",
			title: "counts",
			node: "n1",
			kind: "table",
			appName: "a",
			batchMs: 100,
			state: "ACTIVE",
			plan: { nodes: [], edges: [] },
			origin: {},
		};
		const { outputs } = await kernel.execute(
			`({ [Symbol.for("Jupyter.display")]: () => ({ "application/vnd.millrace.view+json": ${JSON.stringify(description)} }) })`,
		);
		expect(outputs.map((message) => message.type)).not.toContain("execute_result");
		const display = outputs.find((message) => message.type === "display_data");
		const id = display?.content.data["application/vnd.jupyter.widget-view+json"].model_id;
		const request = kernel.send("comm_msg", { comm_id: id, data: { method: "request_state" } });
		await kernel.until(() => kernel.idleOf(request));
		expect(kernel.ofRequest(request).map((message) => message.type)).toContain("comm_msg");
	});

	test("drivers of one context find each other's ring", async () => {
		const { outputs } = await kernel.execute(
			[
				"const ask = (port: any) => new Promise<number>((f) => {",
				"  port.onmessage = ({ data }: any) => f(data.contents.commits.length); port.postMessage({ kind: 'read' }) })",
				"const attach = (context: string) => { const a = new MessageChannel(), b = new MessageChannel();",
				"  host.attach({ context, events: a.port2, ring: b.port2 }); return b.port1 }",
				"const one = attach('same'); one.postMessage({ kind: 'append', entries: [{ kind: 'commit', time: 1 }] })",
				"const found = [await ask(one), await ask(attach('same')), await ask(attach('other'))]",
				"found.join()",
			].join("\n"),
		);
		expect(resultOf(outputs)).toBe("'1,1,0'");
	});
});
