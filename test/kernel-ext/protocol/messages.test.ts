// What every message must obey: welcome, channels, silence, malformed input, unknown requests, help cells.
import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Subscriber } from "zeromq";
import { resultOf, TestKernel, textOf } from "../support/kernel.ts";

let kernel: TestKernel;
beforeAll(async () => {
	kernel = await TestKernel.start();
});
afterAll(() => kernel.stop());

describe("iopub", () => {
	test.each(["", "a topic of its own"])("welcomes a subscriber to %j", async (topic) => {
		const subscriber = new Subscriber({ linger: 0, receiveTimeout: 10_000 });
		subscriber.connect(String(kernel.iopub.lastEndpoint));
		subscriber.subscribe(topic);
		const frames = (await subscriber.receive()).map(String);
		subscriber.close();
		expect(frames[0]).toBe(topic);
		const [header, parent, , content] = frames.slice(3).map((part) => JSON.parse(part));
		expect(header.msg_type).toBe("iopub_welcome");
		expect(parent).toEqual({});
		expect(content).toEqual({ subscription: topic });
	});
});

describe("silent and store_history", () => {
	test("a silent cell shows nothing at all, and runs", async () => {
		const { outputs, reply, states } = await kernel.execute(
			"console.log('x'); (globalThis as any).quiet = 7; 'result'",
			{ silent: true, store_history: true },
		);
		expect(outputs).toEqual([]);
		expect(states).toEqual(["busy", "idle"]);
		expect(reply.content.status).toBe("ok");
		expect(resultOf((await kernel.execute("(globalThis as any).quiet")).outputs)).toBe("7");
	});

	test("a silent cell that fails says so in its reply only", async () => {
		const { outputs, reply } = await kernel.execute("throw new Error('quiet')", { silent: true });
		expect(outputs).toEqual([]);
		expect(reply.content).toMatchObject({ status: "error", ename: "Error", evalue: "quiet" });
	});

	test("store_history false shows its outputs, is not counted and not remembered", async () => {
		const before = await kernel.execute("'counted'");
		const unstored = await kernel.execute("'unstored'", { store_history: false });
		expect(resultOf(unstored.outputs)).toBe("'unstored'");
		expect(unstored.reply.content.execution_count).toBe(before.reply.content.execution_count);
		const after = await kernel.execute("'counted too'");
		expect(after.reply.content.execution_count).toBe(before.reply.content.execution_count + 1);
		const { reply } = await kernel.request("history_request", { hist_access_type: "tail", n: 2, output: true });
		expect(reply.content.history.map((line: unknown[]) => line[2])).toEqual([
			["'counted'", "'counted'"],
			["'counted too'", "'counted too'"],
		]);
	});
});

describe("requests", () => {
	test.each([
		["kernel_info_request", {}],
		["complete_request", { code: "Mat", cursor_pos: 3 }],
		["inspect_request", { code: "Math", cursor_pos: 2, detail_level: 0 }],
		["is_complete_request", { code: "1" }],
		["history_request", { hist_access_type: "tail", n: 1 }],
		["comm_info_request", {}],
		["connect_request", {}],
		["interrupt_request", {}],
		["debug_request", { command: "debugInfo" }],
		["create_subshell_request", {}],
		["unheard_of_request", {}],
	])("%s is answered once with busy and idle, on shell and on control", async (type, content) => {
		for (const channel of ["shell", "control"] as const) {
			const { reply, states, id } = await kernel.request(type, content, channel);
			expect(reply.type).toBe(type.replace("_request", "_reply"));
			expect(["ok", "error", "complete"]).toContain(reply.content.status);
			expect(states).toEqual(["busy", "idle"]);
			expect(kernel.replies.filter(({ parent }) => parent.msg_id === id)).toHaveLength(1);
		}
	});

	test("an execute_request on control is answered there", async () => {
		const { reply, outputs } = await kernel.request("execute_request", { code: "6 * 7" }, "control");
		expect(reply.type).toBe("execute_reply");
		expect(resultOf(outputs)).toBe("42");
	});

	test("what the kernel does not offer is refused by name, and not declared", async () => {
		const { reply } = await kernel.request("create_subshell_request", {}, "control");
		expect(reply.content).toMatchObject({ status: "error", ename: "NotImplementedError" });
		expect(reply.content.evalue).toContain("create_subshell_request");
		const info = (await kernel.request("kernel_info_request", {})).reply.content;
		expect(info).toMatchObject({ supported_features: [], debugger: false });
	});

	test("comms to unknown targets are closed, messages of unknown comms end in idle", async () => {
		const opened = kernel.send("comm_open", { comm_id: "nobody", target_name: "nowhere", data: {} });
		await kernel.until(() => kernel.idleOf(opened));
		expect(kernel.ofRequest(opened).find(({ type }) => type === "comm_close")?.content.comm_id).toBe("nobody");
		const sent = kernel.send("comm_msg", { comm_id: "nobody", data: {} });
		await kernel.until(() => kernel.idleOf(sent));
	});
});

describe("messages that are none", () => {
	const signed = (parts: readonly string[]): Buffer[] => {
		const hmac = createHmac("sha256", "a key for tests");
		for (const part of parts) hmac.update(part);
		return [Buffer.from("<IDS|MSG>"), Buffer.from(hmac.digest("hex")), ...parts.map((part) => Buffer.from(part))];
	};
	const header = (id: string, more: object = {}): string =>
		JSON.stringify({
			msg_id: id,
			session: "s",
			username: "u",
			date: "",
			msg_type: "kernel_info_request",
			version: "5.4",
			...more,
		});
	const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;

	test.each<[string, readonly string[]]>([
		["a content that is a list", [header("bad-1"), "{}", "{}", "[]"]],
		["a content that is text", [header("bad-2"), "{}", "{}", '"x"']],
		["metadata that is a number", [header("bad-3"), "{}", "5", "{}"]],
		["a parent that is a list", [header("bad-4"), "[]", "{}", "{}"]],
		["a header without id", ['{"msg_type":"kernel_info_request"}', "{}", "{}", "{}"]],
		["a header that is null", ["null", "{}", "{}", "{}"]],
		["no JSON", [header("bad-5"), "{}", "{}", "{"]],
		["too few frames", [header("bad-6"), "{}"]],
		[
			"a header nested too deeply to be sent back",
			[header("bad-7").replace("}", `,"deep":${deep}}`), "{}", "{}", "{}"],
		],
	])("%s is dropped, and what follows is answered", async (_name, parts) => {
		for (const channel of ["shell", "control", "stdin"] as const) kernel.sendFrames(signed(parts), channel);
		expect((await kernel.request("kernel_info_request", {})).reply.content.status).toBe("ok");
		expect((await kernel.request("kernel_info_request", {}, "control")).reply.content.status).toBe("ok");
		expect(kernel.replies.some(({ parent }) => String(parent.msg_id).startsWith("bad-"))).toBe(false);
		expect(kernel.stderr).toBe("");
	});

	test.each<[string, object]>([
		["complete_request", { code: 5, cursor_pos: "x" }],
		["complete_request", { code: "x", cursor_pos: -7 }],
		["inspect_request", { code: null, cursor_pos: 1e9 }],
		["history_request", { hist_access_type: "range", session: "x", start: {}, stop: [] }],
		["history_request", { hist_access_type: "search", pattern: "[", n: -1 }],
		["is_complete_request", {}],
		["execute_request", { code: null, user_expressions: 5 }],
		["comm_info_request", { target_name: 9 }],
	])("%s with odd content %j is answered once", async (type, content) => {
		const { reply, states } = await kernel.request(type, content);
		expect(reply.type).toBe(type.replace("_request", "_reply"));
		expect(states).toEqual(["busy", "idle"]);
	});
});

describe("a help cell", () => {
	test.each(["helped?", "?helped", " helped?? "])("%j shows the name in the pager", async (code) => {
		await kernel.execute("const helped = { answer: 42 }");
		const { reply, outputs } = await kernel.execute(code);
		expect(reply.content.status).toBe("ok");
		expect(outputs.map(({ type }) => type)).toEqual(["execute_input"]);
		expect(reply.content.payload).toHaveLength(1);
		expect(reply.content.payload[0]).toMatchObject({ source: "page", start: 0 });
		expect(reply.content.payload[0].data["text/plain"]).toMatch(/helped.*answer: number/s);
	});

	test("for an unknown name says so; other cells with a question mark are code", async () => {
		const { reply } = await kernel.execute("nowhere.at?");
		expect(reply.content.payload[0].data["text/plain"]).toContain("nowhere.at is not known");
		expect(resultOf((await kernel.execute("true ? 1 : 2")).outputs)).toBe("1");
	});
});

describe("output origin", () => {
	test("listeners of an EventEmitter write under the cell that registered them, whoever emits", async () => {
		const first = await kernel.execute(
			"import { EventEmitter } from 'node:events'\nconst bus = new EventEmitter(); const heard = (x: string) => console.log('heard ' + x); bus.on('a', heard); bus.once('a', () => console.log('once')); 0",
		);
		const second = await kernel.execute("bus.emit('a', '1'); bus.emit('a', '2'); console.log('emitted')");
		await kernel.until(() => textOf(kernel.ofRequest(first.id)) === "heard 1\nonce\nheard 2\n");
		expect(textOf(second.outputs)).toBe("emitted\n");
		const { outputs } = await kernel.execute(
			"const known = bus.listeners('a')[0] === heard; bus.off('a', heard); [known, bus.listenerCount('a')]",
		);
		expect(resultOf(outputs)).toBe("[ true, 0 ]");
	});

	test("timers, promises and immediates of a cell write under it after newer cells ran", async () => {
		const first = await kernel.execute(
			"let release = () => {}; const gate = new Promise<void>((f) => { release = f }); void gate.then(() => { console.log('promise'); setImmediate(() => console.log('immediate')) }); 0",
		);
		const second = await kernel.execute(
			"release(); await new Promise((f) => setTimeout(f, 30)); console.log('second')",
		);
		await kernel.until(() => textOf(kernel.ofRequest(first.id)) === "promise\nimmediate\n");
		expect(textOf(second.outputs)).toBe("second\n");
	});
});

describe("floods", () => {
	test("twenty thousand lines come whole, in few messages", async () => {
		const { outputs } = await kernel.execute("for (let i = 0; i < 20_000; i++) console.log('line ' + i)");
		expect(textOf(outputs).split("\n")).toHaveLength(20_001);
		expect(outputs.length).toBeLessThan(50);
	});

	test("a gigabyte is cut with a note, and the cell goes on", async () => {
		const { outputs } = await kernel.execute(
			"const mega = 'x'.repeat(1e6); for (let i = 0; i < 1000; i++) console.log(mega); 'end'",
		);
		expect(textOf(outputs).length).toBeLessThan(9 * 1024 * 1024);
		expect(textOf(outputs, "stderr")).toContain("is not shown");
		expect(resultOf(outputs)).toBe("'end'");
		const next = await kernel.execute("console.log('next')");
		expect(textOf(next.outputs)).toBe("next\n");
	});

	test("a gigabyte in small pieces leaves the kernel answering while it is printed", async () => {
		const id = kernel.submit(
			"const piece = 'y'.repeat(1000); console.log('go'); for (let i = 0; i < 1_000_000; i++) process.stdout.write(piece)",
		);
		await kernel.until(() => textOf(kernel.ofRequest(id)).startsWith("go"));
		expect((await kernel.request("complete_request", { code: "Mat", cursor_pos: 3 })).reply.content.matches).toContain(
			"Math",
		);
		expect((await kernel.answered(id)).reply.content.status).toBe("ok");
	});
});
