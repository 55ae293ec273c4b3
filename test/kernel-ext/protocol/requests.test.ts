// The other requests: kernel_info, completion, is_complete, history; signatures and framing.
import { createHmac } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tempFolder } from "../../support/temp.ts";
import { spawnKernel, TestKernel } from "../support/kernel.ts";

let kernel: TestKernel;
beforeAll(async () => {
	kernel = await TestKernel.start();
});
afterAll(() => kernel.stop());

describe("requests", () => {
	test("the first status is starting, sent once", async () => {
		await kernel.execute("1");
		const starting = kernel.received.filter((message) => message.content.execution_state === "starting");
		// A subscriber that came late has missed it.
		expect(starting.length).toBeLessThanOrEqual(1);
		for (const message of starting) expect(message.parent).toEqual({});
	});

	test("kernel_info describes protocol and language", async () => {
		const { reply, states } = await kernel.request("kernel_info_request", {});
		expect(reply.type).toBe("kernel_info_reply");
		expect(states).toEqual(["busy", "idle"]);
		expect(reply.content).toMatchObject({
			status: "ok",
			protocol_version: "5.5",
			implementation: "millrace",
			language_info: { name: "typescript", version: "5.9.3", file_extension: ".ts", mimetype: "text/x-typescript" },
			supported_features: [],
		});
		expect(reply.header.version).toBe("5.5");
		expect(reply.header.session).not.toBe(kernel.session);
	});

	test("completion counts code points, not UTF-16 units", async () => {
		await kernel.execute("const target = { needle: 1, other: 's' }");
		const code = "'😀😀'; target.ne";
		const { reply } = await kernel.request("complete_request", { code, cursor_pos: [...code].length });
		const { matches, cursor_start, cursor_end, metadata } = reply.content;
		expect(matches).toContain("needle");
		expect([...code].slice(cursor_start, cursor_end).join("")).toBe("ne");
		const typed = metadata._jupyter_types_experimental.find((entry: { text: string }) => entry.text === "needle");
		expect(typed).toMatchObject({ start: cursor_start, end: cursor_end, type: expect.any(String) });
	});

	test.each([
		["1 + 1", "complete"],
		["function f() {", "incomplete"],
		["const = 3", "invalid"],
	])("is_complete calls %j %s", async (code, status) => {
		expect((await kernel.request("is_complete_request", { code })).reply.content.status).toBe(status);
	});

	test.each([
		["a name of an earlier cell", "target", 3, /target.*needle: number/],
		["a member", "Math.cbrt(8)", 7, /cbrt/],
		["a name inside an expression", "[1].map(target)", 12, /target/],
	])("inspect shows the type of %s", async (_name, code, cursor_pos, expected) => {
		const { reply } = await kernel.request("inspect_request", { code, cursor_pos, detail_level: 0 });
		expect(reply.content).toMatchObject({ status: "ok", found: true, metadata: {} });
		expect(reply.content.data["text/plain"]).toMatch(expected);
		expect(reply.content.data["text/markdown"]).toMatch(expected);
	});

	test.each([
		["1 + 1", 1],
		["nowhere", 3],
		["", 0],
		["a + b", 99],
	])("inspect finds nothing in %j", async (code, cursor_pos) => {
		const { reply } = await kernel.request("inspect_request", { code, cursor_pos, detail_level: 0 });
		expect(reply.content).toEqual({ status: "ok", found: false, data: {}, metadata: {} });
	});

	test("history gives tail, range and search", async () => {
		for (const code of ["'h1'", "'h2'", "'h1'"]) await kernel.execute(code);
		const ask = async (content: object): Promise<unknown[][]> =>
			(await kernel.request("history_request", { raw: true, output: false, ...content })).reply.content.history;
		const tail = await ask({ hist_access_type: "tail", n: 3 });
		expect(tail.map((line) => line[2])).toEqual(["'h1'", "'h2'", "'h1'"]);
		const [session, line] = tail[1] as number[];
		const range = await ask({ hist_access_type: "range", session, start: line, stop: line + 1 });
		expect(range).toEqual([[session, line, "'h2'"]]);
		const found = await ask({ hist_access_type: "search", pattern: "*h1*", unique: true, n: 5 });
		expect(found.map((entry) => entry[2])).toEqual(["'h1'"]);
		const withOutput = await ask({ hist_access_type: "tail", n: 1, output: true });
		expect(withOutput[0][2]).toEqual(["'h1'", "'h1'"]);
	});

	test("wrong, repeated and broken messages are dropped, what follows is answered", async () => {
		const wrong = kernel.send("kernel_info_request", {}, { signature: Buffer.from("0".repeat(64)) });
		const short = kernel.send("kernel_info_request", {}, { signature: Buffer.from("0") });
		kernel.sendFrames([Buffer.from("nonsense")]);
		const header = {
			msg_id: "twice",
			session: "s",
			username: "u",
			date: "",
			msg_type: "kernel_info_request",
			version: "5.4",
		};
		const parts = [header, {}, {}, {}].map((part) => Buffer.from(JSON.stringify(part)));
		const hmac = createHmac("sha256", "a key for tests");
		for (const part of parts) hmac.update(part);
		const frames = [Buffer.from("<IDS|MSG>"), Buffer.from(hmac.digest("hex")), ...parts];
		kernel.sendFrames(frames);
		kernel.sendFrames(frames);
		await kernel.request("kernel_info_request", {});
		expect(kernel.replyTo(wrong)).toBeUndefined();
		expect(kernel.replyTo(short)).toBeUndefined();
		expect(kernel.replies.filter((message) => message.parent.msg_id === "twice")).toHaveLength(1);
	});

	test("all identity frames of a request come back, of any number and length", async () => {
		const header = {
			msg_id: "ids",
			session: "s",
			username: "u",
			date: "",
			msg_type: "kernel_info_request",
			version: "5.4",
		};
		const parts = [header, {}, {}, {}].map((part) => Buffer.from(JSON.stringify(part)));
		const hmac = createHmac("sha256", "a key for tests");
		for (const part of parts) hmac.update(part);
		const identities = [Buffer.from([0, 255, 1]), Buffer.alloc(200, 7)];
		kernel.sendFrames([...identities, Buffer.from("<IDS|MSG>"), Buffer.from(hmac.digest("hex")), ...parts]);
		const reply = await kernel.until(() => kernel.replyTo("ids"));
		expect(reply.topics).toEqual(identities.map((identity) => identity.toString()));
	});
});

describe("a connection file that cannot be used", () => {
	const good = {
		ip: "127.0.0.1",
		transport: "tcp",
		key: "k",
		shell_port: 1,
		control_port: 1,
		stdin_port: 1,
		iopub_port: 1,
		hb_port: 1,
	};
	test.each([
		["an empty key", { ...good, key: "" }, "no key"],
		["another signature scheme", { ...good, signature_scheme: "hmac-md5" }, "hmac-md5"],
		["a missing port", { ...good, hb_port: undefined }, "hb_port"],
	])("with %s ends the kernel with a clear line", async (_name, content, expected) => {
		const folder = tempFolder();
		const file = join(folder, "connection.json");
		writeFileSync(file, JSON.stringify(content));
		const child = spawnKernel(file, folder);
		let stderr = "";
		child.stderr?.on("data", (data) => {
			stderr += data;
		});
		const code = await new Promise((resolve) => child.once("close", resolve));
		expect(code).toBe(1);
		expect(stderr).toContain(expected);
		expect(stderr.trim().split("\n")).toHaveLength(1);
	});
});
