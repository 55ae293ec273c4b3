// Interrupt and shutdown on the control channel, whatever the notebook thread does.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resultOf, TestKernel, textOf } from "../support/kernel.ts";

describe("interrupt", () => {
	let kernel: TestKernel;
	beforeAll(async () => {
		kernel = await TestKernel.start();
		await kernel.execute("let state = 41");
	});
	afterAll(() => kernel.stop());

	const spinning: [string, string][] = [
		["a loop", "console.log('go'); while (true) {}"],
		["a loop after an await", "await new Promise((f) => setTimeout(f, 5)); console.log('go'); while (true) {}"],
		["a loop after an immediate", "await new Promise((f) => setImmediate(f)); console.log('go'); for (;;) {}"],
		["a loop of microtasks", "console.log('go'); for (;;) await 0"],
		[
			"a loop that catches everything",
			"console.log('go'); while (true) { try { for (;;) {} } catch {} finally { for (;;) {} } }",
		],
		["a loop that prints", "while (true) console.log('go')"],
		["a loop in a timeout", "setTimeout(() => { console.log('go'); for (;;) {} }, 1); await new Promise(() => {})"],
		["a loop in an interval", "setInterval(() => { console.log('go'); for (;;) {} }, 1); await new Promise(() => {})"],
		["a loop in an immediate", "setImmediate(() => { console.log('go'); for (;;) {} }); await new Promise(() => {})"],
		["a loop in nextTick", "process.nextTick(() => { console.log('go'); for (;;) {} }); await new Promise(() => {})"],
		["a lock that nobody opens", "console.log('go'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)"],
		["a promise that never settles", "console.log('go'); await new Promise(() => {})"],
	];
	test.each(spinning)("%s is stopped, and the state is there for the next cell", async (_name, code) => {
		const id = kernel.submit(code);
		const queued = kernel.submit("'queued'");
		await kernel.until(() => textOf(kernel.ofRequest(id)).startsWith("go"));
		expect((await kernel.interrupt()).reply.content.status).toBe("ok");
		const { reply, outputs } = await kernel.answered(id);
		expect(reply.content).toMatchObject({ status: "error", ename: "KeyboardInterrupt", evalue: "Interrupted" });
		expect(outputs.filter((message) => message.type === "error")).toHaveLength(1);
		expect((await kernel.answered(queued)).reply.content.status).toBe("aborted");
		expect(resultOf((await kernel.execute("state + 1")).outputs)).toBe("42");
	});

	test("what no interrupt can end is answered in time, and the next cell runs after it", async () => {
		const id = kernel.submit("console.log('go'); (await import('node:child_process')).execSync('sleep 1')");
		await kernel.until(() => textOf(kernel.ofRequest(id)) === "go\n");
		await kernel.interrupt();
		expect((await kernel.answered(id)).reply.content.ename).toBe("KeyboardInterrupt");
		expect(resultOf((await kernel.execute("state + 1")).outputs)).toBe("42");
	});

	test("a comm message whose handler spins is stopped, and the comm lives on", async () => {
		await kernel.execute(
			"const { comms } = await import('millrace/kernel'); comms.registerTarget('spin', (comm) => comm.onMessage((data) => { if (data.spin) { console.log('spin'); for (;;) {} } else comm.send({ alive: true }) }))",
		);
		await kernel.request("comm_info_request", {});
		kernel.send("comm_open", { comm_id: "spin-1", target_name: "spin", data: {} });
		const stuck = kernel.send("comm_msg", { comm_id: "spin-1", data: { spin: true } });
		await kernel.until(() =>
			kernel.received.find(({ type, content }) => type === "stream" && content.text === "spin\n"),
		);
		await kernel.interrupt();
		await kernel.until(() => kernel.idleOf(stuck));
		kernel.send("comm_msg", { comm_id: "spin-1", data: {} });
		await kernel.until(() => kernel.received.find(({ content }) => content.data?.alive));
	});

	test("two interrupts at once, with a full queue, stop one cell and abort the others", async () => {
		const id = kernel.submit("console.log('go'); for (;;) {}");
		const queued = Array.from({ length: 20 }, () => kernel.submit("1"));
		await kernel.until(() => textOf(kernel.ofRequest(id)) === "go\n");
		const both = await Promise.all([kernel.interrupt(), kernel.interrupt()]);
		for (const { reply } of both) expect(reply.content).toEqual({ status: "ok" });
		expect((await kernel.answered(id)).reply.content.ename).toBe("KeyboardInterrupt");
		for (const each of queued) expect((await kernel.answered(each)).reply.content).toEqual({ status: "aborted" });
		expect(resultOf((await kernel.execute("state + 1")).outputs)).toBe("42");
	});

	test("a timer callback that spins with no cell running is stopped", async () => {
		const { id } = await kernel.execute("setTimeout(() => { console.log('spin'); while (true) {} }, 20)");
		await kernel.until(() => textOf(kernel.ofRequest(id)) === "spin\n");
		await kernel.interrupt();
		expect(resultOf((await kernel.execute("state + 1")).outputs)).toBe("42");
	});

	test("timers, files and async context work after interrupts", async () => {
		const { outputs } = await kernel.execute(
			[
				"import { readFile } from 'node:fs/promises'",
				"await new Promise((f) => setTimeout(f, 5))",
				"const text = await readFile('connection.json', 'utf8')",
				"text.length > 10",
			].join("\n"),
		);
		expect(resultOf(outputs)).toBe("true");
	});

	test("output of an abandoned cell is dropped", async () => {
		const id = kernel.submit("console.log('go'); await new Promise((f) => setTimeout(f, 100)); console.log('zombie')");
		await kernel.until(() => textOf(kernel.ofRequest(id)) === "go\n");
		await kernel.interrupt();
		await kernel.answered(id);
		await kernel.execute("await new Promise((f) => setTimeout(f, 200))");
		expect(textOf(kernel.ofRequest(id))).toBe("go\n");
	});

	test("an abandoned declaration gives the old value back", async () => {
		await kernel.execute("const early = 'old'");
		const id = kernel.submit("console.log('go'); await new Promise(() => {}); const early = 'new'");
		await kernel.until(() => textOf(kernel.ofRequest(id)) === "go\n");
		await kernel.interrupt();
		await kernel.answered(id);
		expect(resultOf((await kernel.execute("early")).outputs)).toBe("'old'");
	});

	test("a cell interrupted in an await that spins afterwards does not keep the next one waiting", async () => {
		const code = "console.log('go'); await new Promise((f) => setTimeout(f, 300)); console.log('on'); for (;;) {}";
		const id = kernel.submit(code);
		await kernel.until(() => textOf(kernel.ofRequest(id)) === "go\n");
		await kernel.interrupt();
		await kernel.answered(id);
		// The timer of the abandoned cell comes due in this one, and fires before the next one starts.
		await kernel.execute("const until = Date.now() + 400; while (Date.now() < until) {}");
		expect(resultOf((await kernel.execute("state + 1")).outputs)).toBe("42");
	});

	test("an interrupt with nothing running changes nothing", async () => {
		for (let i = 0; i < 3; i++) expect((await kernel.interrupt()).reply.content).toEqual({ status: "ok" });
		expect(resultOf((await kernel.execute("state + 1")).outputs)).toBe("42");
	});

	test("twenty interrupts in a row leave the kernel answering", async () => {
		for (let i = 0; i < 20; i++) {
			const id = kernel.submit(i % 2 ? "while (true) {}" : "await new Promise((f) => setTimeout(f, 1)); for (;;) {}");
			await kernel.until(() => kernel.ofRequest(id).find((message) => message.type === "execute_input"));
			await kernel.interrupt();
			expect((await kernel.answered(id)).reply.content.ename).toBe("KeyboardInterrupt");
		}
		expect(resultOf((await kernel.execute("state + 1")).outputs)).toBe("42");
	});
});

describe("an interrupt of a cell that waits for a stream", () => {
	let kernel: TestKernel;
	beforeAll(async () => {
		kernel = await TestKernel.start();
		await kernel.execute(
			"import { SparkContext, StreamingContext } from 'millrace'; import { writeFileSync } from 'node:fs'; let state = 41",
		);
	});
	afterAll(() => kernel.stop());

	/** Runs a cell that waits, interrupts it once it has said `go` and `ready` holds, and checks that all goes on. */
	async function interrupted(code: string, ready: () => Promise<unknown>): Promise<void> {
		const id = kernel.submit(code);
		await ready();
		await kernel.until(() => kernel.ofRequest(id).some(({ type }) => type === "execute_input"));
		await kernel.interrupt();
		const { reply, outputs } = await kernel.answered(id);
		expect(reply.content.ename).toBe("KeyboardInterrupt");
		expect(outputs.filter(({ type }) => type === "error")).toHaveLength(1);
		expect(resultOf((await kernel.execute("state + 1")).outputs)).toBe("42");
	}

	/** Resolves when user code, whichever thread it runs in, has written the file: what spins cannot send messages. */
	async function marked(name: string): Promise<void> {
		while (!existsSync(join(kernel.folder, name))) await new Promise((resolve) => setTimeout(resolve, 20));
	}

	test("ends an action whose function loops, and the executors work again", async () => {
		await kernel.execute("const sc = new SparkContext('local[2]', 'action')");
		const code =
			"await sc.parallelize([1, 2]).map((n) => { writeFileSync('task', ''); for (;;) {} return n }).collect()";
		await interrupted(code, () => marked("task"));
		const { outputs } = await kernel.execute(
			"const after = await sc.parallelize([1, 2]).map((n) => n + 1).collect(); await sc.stop(); after",
		);
		expect(resultOf(outputs)).toBe("[ 2, 3 ]");
	});

	test("ends a batch whose task loops, and the stream goes on", async () => {
		await kernel.execute(
			[
				"const ssc = new StreamingContext({ master: 'local[2]', appName: 'tasks', batch: 100 })",
				"const numbers = Array.from({ length: 500 }, (_, n) => [n])",
				"ssc.queueStream(numbers).map((n) => { if (n === 3) { writeFileSync('batch', ''); for (;;) {} } return n }).print()",
				"void ssc.start()",
			].join("\n"),
		);
		await interrupted("await ssc.awaitBatches(100)", () => marked("batch"));
		const { reply } = await kernel.execute("try { await ssc.awaitBatches(3) } catch {} await ssc.awaitBatches(2)");
		expect(reply.content.status).toBe("ok");
		await kernel.execute("await ssc.stop()");
	});

	test("ends a foreachRDD that loops, whose batch fails and says so", async () => {
		await kernel.execute(
			[
				"const sec = new StreamingContext({ master: 'local[2]', appName: 'outputs', batch: 100 })",
				"sec.queueStream([[1], [2], [3], [4]]).foreachRDD(() => { writeFileSync('foreach', ''); for (;;) {} })",
				"void sec.start()",
			].join("\n"),
		);
		await interrupted("await sec.awaitBatches(100)", () => marked("foreach"));
		const { outputs } = await kernel.execute(
			"let why = ''; try { await sec.awaitBatches(1) } catch (error) { why = (error as Error).message } await sec.stop().catch(() => {}); why",
		);
		expect(resultOf(outputs)).toMatch(/interrupted.*run its cell again/);
	});

	test("leaves a transform that loops to its own deadline; cells run meanwhile", async () => {
		await kernel.execute(
			[
				"const third = new StreamingContext({ master: 'local[1]', appName: 'driver', batch: 100 })",
				"third.queueStream([[1]]).transform((rdd) => { writeFileSync('transform', ''); for (;;) {} return rdd }).print()",
				"void third.start()",
			].join("\n"),
		);
		await interrupted("await third.awaitBatches(100)", () => marked("transform"));
	});

	test("a kernel with a stream that is stuck in all of them shuts down", async () => {
		kernel.submit("writeFileSync('last', ''); for (;;) {}");
		await marked("last");
		await kernel.request("shutdown_request", { restart: false }, "control");
		expect(await kernel.exited()).toBe(0);
	});
});

describe("a busy kernel", () => {
	let kernel: TestKernel;
	beforeAll(async () => {
		kernel = await TestKernel.start();
	});
	afterAll(() => kernel.stop());

	test("answers heartbeat, kernel_info, completion, is_complete and comm_info while a cell spins", async () => {
		await kernel.execute("const spun = { alpha: 1, beta: 2 }");
		const id = kernel.submit("console.log('go'); while (true) {}");
		await kernel.until(() => textOf(kernel.ofRequest(id)) === "go\n");
		await kernel.heartbeat.send("ping");
		expect(String(await kernel.heartbeat.receive())).toBe("ping");
		expect((await kernel.request("kernel_info_request", {}, "control")).reply.content.status).toBe("ok");
		const complete = await kernel.request("complete_request", { code: "spun.al", cursor_pos: 7 });
		expect(complete.reply.content.matches).toContain("alpha");
		expect((await kernel.request("is_complete_request", { code: "if (x) {" })).reply.content.status).toBe("incomplete");
		expect((await kernel.request("comm_info_request", {})).reply.content).toEqual({ status: "ok", comms: {} });
		await kernel.interrupt();
		await kernel.answered(id);
	});
});

describe("shutdown", () => {
	const cases: [string, string | undefined][] = [
		["when idle", undefined],
		["with live timers", "setInterval(() => {}, 10)"],
		["while a cell spins", "console.log('go'); while (true) {}"],
		["while a cell awaits", "console.log('go'); await new Promise(() => {})"],
	];
	test.each(cases)("%s replies and ends the process", async (_name, code) => {
		const kernel = await TestKernel.start();
		try {
			if (code !== undefined) {
				const id = kernel.submit(code);
				if (code.includes("go")) await kernel.until(() => textOf(kernel.ofRequest(id)) === "go\n");
				else await kernel.answered(id);
			}
			const { reply } = await kernel.request("shutdown_request", { restart: true }, "control");
			expect(reply.content).toEqual({ status: "ok", restart: true });
			expect(await kernel.exited()).toBe(0);
			expect(kernel.stderr).toBe("");
		} finally {
			await kernel.stop();
		}
	});
});
