// The kernel behind a real Jupyter server, used through @jupyterlab/services as JupyterLab does it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Kernel, KernelManager, type KernelMessage, ServerConnection } from "@jupyterlab/services";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Server, startServer } from "./support/jupyter.ts";

interface Ran {
	// biome-ignore lint/suspicious/noExplicitAny: contents of all message types.
	readonly outputs: { type: string; content: any }[];
	readonly reply: KernelMessage.IExecuteReplyMsg["content"];
}

let folder = "";
let server: Server;
let manager: KernelManager;
let kernel: Kernel.IKernelConnection;

beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), "millrace-server-"));
	server = await startServer(folder);
	const serverSettings = ServerConnection.makeSettings({
		baseUrl: `http://127.0.0.1:${server.port}/`,
		wsUrl: `ws://127.0.0.1:${server.port}/`,
		token: server.token,
		appendToken: true,
	});
	manager = new KernelManager({ serverSettings });
	await manager.ready;
	kernel = await manager.startNew({ name: "millrace" });
	await kernel.info;
});

afterAll(async () => {
	await kernel?.shutdown();
	manager?.dispose();
	await server?.stop();
	rmSync(folder, { recursive: true, force: true });
});

async function run(code: string, content: object = {}): Promise<Ran> {
	const future = kernel.requestExecute({ code, stop_on_error: true, ...content });
	const outputs: Ran["outputs"] = [];
	future.onIOPub = (message) => {
		outputs.push({ type: message.header.msg_type, content: message.content });
	};
	const reply = await future.done;
	return { outputs: outputs.filter(({ type }) => type !== "status"), reply: reply.content };
}

function bytes(buffers: readonly (ArrayBuffer | ArrayBufferView)[] | undefined): number[][] {
	return (buffers ?? []).map((buffer) => [
		...(ArrayBuffer.isView(buffer)
			? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
			: new Uint8Array(buffer)),
	]);
}

describe("through a Jupyter server", () => {
	test("kernel_info names the language and the protocol", async () => {
		const info = await kernel.info;
		expect(info).toMatchObject({ protocol_version: "5.5", implementation: "millrace", status: "ok" });
		expect(info.language_info).toMatchObject({ name: "typescript", file_extension: ".ts" });
	});

	test("a cell has input, stream, result and a good reply", async () => {
		const { outputs, reply } = await run("console.log('out'); 6 * 7");
		expect(outputs.map(({ type }) => type)).toEqual(["execute_input", "stream", "execute_result"]);
		expect(outputs[2].content.data).toEqual({ "text/plain": "42" });
		expect(reply.status).toBe("ok");
	});

	test("errors carry name, value and the cell's line", async () => {
		const { outputs, reply } = await run("const before = 1\nthrow new RangeError('far')");
		const error = outputs.find(({ type }) => type === "error");
		expect(error?.content).toMatchObject({ ename: "RangeError", evalue: "far" });
		expect(error?.content.traceback.join("\n")).toMatch(/cell-\d+\.ts:2:/);
		expect(reply).toMatchObject({ status: "error", ename: "RangeError" });
	});

	test("displays can be updated and cleared", async () => {
		const { outputs } = await run(
			"import { clearOutput, display } from 'millrace/kernel'; const d = await display(1); await d.update(2); clearOutput()",
		);
		const types = outputs.map(({ type }) => type).filter((type) => type !== "execute_input");
		expect(types).toEqual(["display_data", "update_display_data", "clear_output"]);
	});

	test("a failure aborts what is queued; with stop_on_error false it goes on", async () => {
		const [failed, aborted] = await Promise.all([
			run("await new Promise((f) => setTimeout(f, 100)); throw new Error('stop')"),
			run("'never'"),
		]);
		expect([failed.reply.status, aborted.reply.status]).toEqual(["error", "aborted"]);
		const [again, after] = await Promise.all([run("throw new Error('go on')", { stop_on_error: false }), run("'ran'")]);
		expect([again.reply.status, after.reply.status]).toEqual(["error", "ok"]);
	});

	test("completion and is_complete answer", async () => {
		const { content } = await kernel.requestComplete({ code: "Math.cbr", cursor_pos: 8 });
		expect(content).toMatchObject({ status: "ok", cursor_start: 5, cursor_end: 8 });
		expect((content as { matches: string[] }).matches).toContain("cbrt");
		expect((await kernel.requestIsComplete({ code: "(" })).content.status).toBe("incomplete");
		expect(
			(await kernel.requestHistory({ output: false, raw: true, hist_access_type: "tail", n: 2 })).content.status,
		).toBe("ok");
	});

	test("binary buffers travel both ways on a comm the page opens", async () => {
		await run(
			"import { comms } from 'millrace/kernel'; comms.registerTarget('echo', (c) => c.onMessage((data, buffers) => c.send(data as object as { [k: string]: unknown }, [...buffers])))",
		);
		const comm = kernel.createComm("echo");
		const echoed = new Promise<KernelMessage.ICommMsgMsg>((resolve) => {
			comm.onMsg = resolve;
		});
		await comm.open({}).done;
		await comm.send({ n: 1 }, undefined, [new Uint8Array([1, 2, 3]).buffer, new Uint8Array([255]).buffer]).done;
		const message = await echoed;
		expect(message.content.data).toEqual({ n: 1 });
		expect(bytes(message.buffers)).toEqual([[1, 2, 3], [255]]);
		const info = await kernel.requestCommInfo({ target_name: "echo" });
		expect(info.content).toMatchObject({ comms: { [comm.commId]: { target_name: "echo" } } });
		await comm.close({}).done;
	});

	test("binary buffers travel both ways on a comm the kernel opens", async () => {
		const opened = new Promise<[Kernel.IComm, KernelMessage.ICommOpenMsg]>((resolve) => {
			kernel.registerCommTarget("page", (comm, message) => resolve([comm, message]));
		});
		await run(
			"const out = comms.open('page', { a: 1 }, [new Uint8Array([4, 5])]); const back: unknown[] = []; out.onMessage((data, buffers) => back.push(data.n, [...buffers[0]]))",
		);
		const [comm, message] = await opened;
		expect(bytes(message.buffers)).toEqual([[4, 5]]);
		await comm.send({ n: 2 }, undefined, [new Uint8Array([6]).buffer]).done;
		expect((await run("back")).outputs.at(-1)?.content.data["text/plain"]).toBe("[ 2, [ 6 ] ]");
	});

	test("1 000 comm messages while a cell spins are all handled by the protocol thread", async () => {
		const spinning = kernel.requestExecute({ code: "console.log('go'); while (true) {}", stop_on_error: true });
		await new Promise<void>((resolve) => {
			spinning.onIOPub = (message) => {
				if (message.header.msg_type === "stream") resolve();
			};
		});
		const comm = kernel.createComm("jupyter.widget.control");
		let answers = 0;
		comm.onMsg = () => {
			answers++;
		};
		await comm.open({}).done;
		await Promise.all(Array.from({ length: 1000 }, () => comm.send({ method: "request_states" }).done));
		expect(answers).toBe(1000);
		await kernel.interrupt();
		const reply = await spinning.done;
		expect(reply.content).toMatchObject({ status: "error", ename: "KeyboardInterrupt" });
		expect((await run("before")).reply.status).toBe("ok");
	});

	test("a restart gives a fresh kernel", async () => {
		await run("const gone = 1");
		await kernel.restart();
		await kernel.info;
		expect((await run("typeof (globalThis as { gone?: unknown }).gone")).reply.status).toBe("ok");
		expect((await run("gone")).reply).toMatchObject({ status: "error", ename: "TypeScriptError" });
	});
});
