// Cells over the wire: order of messages, results, streams, errors, aborts.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resultOf, TestKernel, textOf } from "../support/kernel.ts";

let kernel: TestKernel;
beforeAll(async () => {
	kernel = await TestKernel.start();
});
afterAll(() => kernel.stop());

describe("execute", () => {
	test("a cell is answered by busy, execute_input, execute_result, reply and idle", async () => {
		const { reply, outputs, states } = await kernel.execute("1 + 1");
		expect(states).toEqual(["busy", "idle"]);
		expect(outputs.map((message) => message.type)).toEqual(["execute_input", "execute_result"]);
		expect(outputs[0].content).toEqual({ code: "1 + 1", execution_count: reply.content.execution_count });
		expect(outputs[1].content).toEqual({
			execution_count: reply.content.execution_count,
			data: { "text/plain": "2" },
			metadata: {},
			transient: {},
		});
		expect(reply.content).toMatchObject({ status: "ok", payload: [], user_expressions: {} });
		for (const message of outputs) expect(message.topics).toHaveLength(1);
	});

	test("names of earlier cells are live, and a redeclaration changes what old functions see", async () => {
		await kernel.execute("const k = 2; const times = (x: number) => x * k");
		await kernel.execute("const k = 10");
		expect(resultOf((await kernel.execute("times(3)")).outputs)).toBe("30");
	});

	test("a cell without value has no result, and the count goes up by one per cell", async () => {
		const first = await kernel.execute("let quiet = 1");
		const second = await kernel.execute("");
		expect(first.outputs.map((message) => message.type)).toEqual(["execute_input"]);
		expect(second.reply.content.execution_count).toBe(first.reply.content.execution_count + 1);
	});

	test("a silent cell shows nothing and does not count", async () => {
		const before = (await kernel.execute("0")).reply.content.execution_count;
		const silent = await kernel.execute("40 + 2", { silent: true });
		expect(silent.outputs).toEqual([]);
		expect(silent.reply.content.execution_count).toBe(before);
		expect((await kernel.execute("0")).reply.content.execution_count).toBe(before + 1);
	});

	test("console output comes in order and before idle, joined into few messages", async () => {
		const { outputs } = await kernel.execute(
			"for (let i = 0; i < 20_000; i++) console.log('line ' + i); console.error('last')",
		);
		const lines = textOf(outputs).split("\n");
		expect(lines).toHaveLength(20_001);
		expect(lines[19_999]).toBe("line 19999");
		expect(textOf(outputs, "stderr")).toBe("last\n");
		expect(outputs.length).toBeLessThan(500);
	});

	test("text printed before a cell spins is shown while it spins", async () => {
		const id = kernel.submit("console.log('before'); while (true) {}");
		await kernel.until(() => textOf(kernel.ofRequest(id)) === "before\n");
		await kernel.interrupt();
		await kernel.answered(id);
	});

	test("a thrown error names the cell's line and is published once", async () => {
		const { reply, outputs } = await kernel.execute(
			"interface A { x: number }\nfunction fail(a: A) {\n\tthrow new RangeError('too far')\n}\nfail({ x: 1 })",
		);
		const errors = outputs.filter((message) => message.type === "error");
		expect(errors).toHaveLength(1);
		expect(errors[0].content).toMatchObject({ ename: "RangeError", evalue: "too far" });
		expect(reply.content).toMatchObject({ status: "error", ...errors[0].content });
		const text = errors[0].content.traceback.join("\n");
		const count = reply.content.execution_count;
		expect(text).toContain(`fail (cell-${count}.ts:3:8)`);
		expect(text).toContain(`cell-${count}.ts:5:`);
		expect(text).toContain("throw new RangeError('too far')");
		expect(text).not.toContain("kernel-ext");
	});

	test("an error after an await and a cause are shown with their places", async () => {
		const { reply } = await kernel.execute(
			"await Promise.resolve(1)\nconst inner = new Error('inner')\nthrow new Error('outer', { cause: inner })",
		);
		const text = reply.content.traceback.join("\n");
		expect(text).toMatch(/cell-\d+\.ts:3:7/);
		expect(text).toMatch(/Caused by .*inner/);
	});

	test.each([
		["throw 'text'", "string", "text"],
		["throw { a: 1 }", "Object", "{ a: 1 }"],
		["throw null", "object", "null"],
	])("%s has a name and a value", async (code, ename, evalue) => {
		expect((await kernel.execute(code)).reply.content).toMatchObject({ status: "error", ename, evalue });
	});

	test("wrong types are refused before anything runs", async () => {
		const { reply, outputs } = await kernel.execute("console.log('ran')\nconst wrong: number = 'text'");
		expect(textOf(outputs)).toBe("");
		expect(reply.content.ename).toBe("TypeScriptError");
		expect(reply.content.evalue).toContain("TS2322");
		expect(reply.content.traceback.join("\n")).toContain("line 2, column 7");
	});

	test("a name that a failing cell did not reach keeps its old value", async () => {
		await kernel.execute("let kept = 'old'");
		await kernel.execute("if (Date.now() > 0) throw new Error('early')\nlet kept = 'new'");
		expect(resultOf((await kernel.execute("kept")).outputs)).toBe("'old'");
	});

	test("a failure aborts the requests that wait, and only those", async () => {
		const failing = kernel.submit("await new Promise((f) => setTimeout(f, 100)); throw new Error('stop')");
		const queued = [kernel.submit("console.log('never')"), kernel.submit("console.log('never')")];
		const info = kernel.send("kernel_info_request", {});
		expect((await kernel.answered(failing)).reply.content.status).toBe("error");
		for (const id of queued) {
			const { reply, outputs, states } = await kernel.answered(id);
			expect(reply.content.status).toBe("aborted");
			expect(outputs).toEqual([]);
			expect(states).toEqual(["busy", "idle"]);
		}
		expect((await kernel.answered(info)).reply.content.status).toBe("ok");
		expect((await kernel.execute("1")).reply.content.status).toBe("ok");
	});

	test("with stop_on_error false the cells behind a failure run", async () => {
		const failing = kernel.submit("throw new Error('go on')", { stop_on_error: false });
		const next = kernel.submit("'ran'");
		expect((await kernel.answered(failing)).reply.content.status).toBe("error");
		expect(resultOf((await kernel.answered(next)).outputs)).toBe("'ran'");
	});

	test("late output goes to the cell that started it, also while another one runs", async () => {
		const first = await kernel.execute("setTimeout(() => { console.log('from the timer') }, 50)");
		await kernel.execute("await new Promise((f) => setTimeout(f, 150)); console.log('second')");
		await kernel.until(() => textOf(kernel.ofRequest(first.id)) === "from the timer\n");
	});

	test("lost rejections and errors of timers are shown under their cell and end nothing", async () => {
		const lost = await kernel.execute("void Promise.reject(new Error('lost'))");
		expect(lost.reply.content.status).toBe("ok");
		expect(lost.outputs.find((message) => message.type === "error")?.content.evalue).toBe("lost");
		const timer = await kernel.execute("setTimeout(() => { throw new TypeError('in the timer') }, 20)");
		const shown = await kernel.until(() => kernel.ofRequest(timer.id).find((message) => message.type === "error"));
		expect(shown.content).toMatchObject({ ename: "TypeError", evalue: "in the timer" });
		expect((await kernel.execute("1")).reply.content.status).toBe("ok");
	});

	test("user_expressions are evaluated after the cell", async () => {
		const { reply } = await kernel.execute("const u = 20", { user_expressions: { twice: "u * 2", bad: "nowhere" } });
		expect(reply.content.user_expressions.twice).toEqual({ status: "ok", data: { "text/plain": "40" }, metadata: {} });
		expect(reply.content.user_expressions.bad).toMatchObject({ status: "error", ename: "TypeScriptError" });
	});

	test("displays, updates and clear_output carry what the cell gave", async () => {
		const { outputs } = await kernel.execute(
			[
				"import { clearOutput, display } from 'millrace/kernel'",
				"const shown = await display({ 'text/html': '<b>1</b>', 'text/plain': '1' }, { raw: true, displayId: 'd1' })",
				"await shown.update({ 'text/html': '<b>2</b>' }, { raw: true })",
				"clearOutput({ wait: true })",
			].join("\n"),
		);
		expect(outputs.map((message) => message.type)).toEqual([
			"execute_input",
			"display_data",
			"update_display_data",
			"clear_output",
		]);
		expect(outputs[1].content).toEqual({
			data: { "text/html": "<b>1</b>", "text/plain": "1" },
			metadata: {},
			transient: { display_id: "d1" },
		});
		expect(outputs[2].content.data).toEqual({ "text/html": "<b>2</b>" });
		expect(outputs[3].content).toEqual({ wait: true });
	});

	test("an update from a later cell is parented on that cell", async () => {
		await kernel.execute("const held = await display('first', { displayId: 'held' })");
		const { outputs } = await kernel.execute("await held.update('second')");
		const update = outputs.find((message) => message.type === "update_display_data");
		expect(update?.content).toMatchObject({ data: { "text/plain": "'second'" }, transient: { display_id: "held" } });
	});

	test.each(["", "async "])("an object with a %sJupyter.display method shows itself", async (prefix) => {
		const code = `({ ${prefix}[Symbol.for("Jupyter.display")]() { return { "application/json": { a: [1] }, "text/plain": "x" } } })`;
		const { outputs } = await kernel.execute(code);
		const result = outputs.find((message) => message.type === "execute_result");
		expect(result?.content.data).toEqual({ "application/json": { a: [1] }, "text/plain": "x" });
	});

	test.each([
		["no object", "return 5", "must return an object of MIME types"],
		["what JSON cannot hold", "return { 'application/json': 5n }", "application/json of a display must be"],
		["an error", "throw new Error('no picture')", "no picture"],
	])("a Jupyter.display method that gives %s fails the cell", async (_name, body, expected) => {
		const { reply } = await kernel.execute(`({ [Symbol.for("Jupyter.display")]() { ${body} } })`);
		expect(reply.content.status).toBe("error");
		expect(reply.content.evalue).toContain(expected);
	});

	test("bytes of a display are sent as base64", async () => {
		const { outputs } = await kernel.execute(
			"await display({ 'image/png': new Uint8Array([1, 2, 3]) }, { raw: true }); 0",
		);
		expect(outputs[1].content.data).toEqual({ "image/png": "AQID" });
	});

	test("a comm message that JSON cannot hold is shown as an error of the cell", async () => {
		const { outputs, reply } = await kernel.execute(
			"import { comms as c } from 'millrace/kernel'; c.open('big', { n: 1n })",
		);
		expect(reply.content.status).toBe("ok");
		expect(outputs.find((message) => message.type === "error")?.content.evalue).toContain("BigInt");
	});

	test("process.exit in a cell ends the process with its code", async () => {
		const other = await TestKernel.start();
		other.submit("process.exit(3)");
		expect(await other.exited()).toBe(3);
		await other.stop();
	});
});

describe("stacks", () => {
	test("error.stack and console.error name the lines of the cell, not of its compiled text", async () => {
		const { outputs } = await kernel.execute(
			"type Long = {\n\ta: number\n}\nfunction here() {\n\treturn new Error('mark')\n}\nconsole.log(here().stack); console.error(here())",
		);
		expect(textOf(outputs)).toMatch(/Error: mark\n {4}at here \(cell-\d+\.ts:5:\d+\)\n {4}at cell-\d+\.ts:7:/);
		expect(textOf(outputs, "stderr")).toMatch(/at here \(cell-\d+\.ts:5:/);
	});

	test("methods, classes and callbacks keep their names", async () => {
		const { reply } = await kernel.execute(
			"class Deep {\n\tgo() {\n\t\t[1].forEach(() => {\n\t\t\tthrow new Error('deep')\n\t\t})\n\t}\n}\nnew Deep().go()",
		);
		const text = reply.content.traceback.join("\n");
		expect(text).toMatch(/at cell-\d+\.ts:4:/);
		expect(text).toMatch(/at Deep\.go \(cell-\d+\.ts:3:/);
		expect(text).toMatch(/at cell-\d+\.ts:8:/);
	});
});
