// Comms both ways with binary buffers, widget models and the control comm, also while a cell spins.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Received, TestKernel, textOf } from "../support/kernel.ts";

let kernel: TestKernel;
beforeAll(async () => {
	kernel = await TestKernel.start();
	await kernel.execute("import { comms, type Comm } from 'millrace/kernel'");
});
afterAll(() => kernel.stop());

function open(target: string, data: object = {}, buffers: Uint8Array[] = []): { comm: string; id: string } {
	const comm = randomUUID();
	const id = kernel.send("comm_open", { comm_id: comm, target_name: target, data }, { buffers });
	return { comm, id };
}

function idle(id: string): Promise<Received> {
	return kernel.until(() => kernel.idleOf(id));
}

function messagesOf(comm: string, type = "comm_msg"): Received[] {
	return kernel.received.filter((message) => message.type === type && message.content.comm_id === comm);
}

describe("comms of the notebook", () => {
	test("an unknown target is closed", async () => {
		const { comm, id } = open("nobody");
		await idle(id);
		expect(kernel.ofRequest(id).map((message) => message.type)).toEqual(["status", "comm_close", "status"]);
		expect(messagesOf(comm, "comm_close")).toHaveLength(1);
	});

	test("a registered target echoes data and binary buffers", async () => {
		await kernel.execute(
			[
				"comms.registerTarget('echo', (comm, opened, openBuffers) => {",
				"  comm.send({ opened, bytes: openBuffers.map((b) => b.length) })",
				"  comm.onMessage((data, buffers) => comm.send({ echo: data }, buffers.map((b) => b.map((x) => x + 1))))",
				"})",
			].join("\n"),
		);
		const { comm, id } = open("echo", { hello: 1 }, [Buffer.from([9, 9, 9])]);
		await idle(id);
		expect(messagesOf(comm)[0].content.data).toEqual({ opened: { hello: 1 }, bytes: [3] });
		const sent = kernel.send(
			"comm_msg",
			{ comm_id: comm, data: { n: 5 } },
			{ buffers: [Buffer.from([1, 2]), Buffer.from([7])] },
		);
		await idle(sent);
		const [, echo] = messagesOf(comm);
		expect(echo.content.data).toEqual({ echo: { n: 5 } });
		expect(echo.buffers.map((buffer) => [...buffer])).toEqual([[2, 3], [8]]);
		const info = await kernel.request("comm_info_request", { target_name: "echo" });
		expect(info.reply.content.comms).toEqual({ [comm]: { target_name: "echo" } });
		await idle(kernel.send("comm_close", { comm_id: comm, data: {} }));
		expect((await kernel.request("comm_info_request", { target_name: "echo" })).reply.content.comms).toEqual({});
	});

	test("the notebook opens, sends and closes; messages are parented on the running cell", async () => {
		const opened = await kernel.execute(
			"const mine = comms.open('front', { a: 1 }, [new Uint8Array([1, 2, 3])], { version: '1' })",
		);
		const [openMessage] = opened.outputs.filter((message) => message.type === "comm_open");
		expect(openMessage.content).toMatchObject({ target_name: "front", data: { a: 1 } });
		expect([...openMessage.buffers[0]]).toEqual([1, 2, 3]);
		expect(openMessage.metadata).toEqual({ version: "1" });
		const sent = await kernel.execute("mine.send({ b: 2 })");
		expect(sent.outputs.map((message) => message.type)).toEqual(["execute_input", "comm_msg"]);
		const got = await kernel.execute("const got: number[] = []; mine.onMessage((data) => got.push(data.n as number))");
		expect(got.reply.content.status).toBe("ok");
		await idle(kernel.send("comm_msg", { comm_id: openMessage.content.comm_id, data: { n: 7 } }));
		expect(textOf((await kernel.execute("console.log(got)")).outputs)).toBe("[ 7 ]\n");
		const closed = await kernel.execute("mine.close(); mine.send({})");
		expect(closed.outputs.map((message) => message.type)).toEqual(["execute_input", "comm_close", "error"]);
		expect(closed.reply.content.evalue).toContain("is closed");
	});

	test("messages that come while a cell spins are handled after it, in order and none lost", async () => {
		await kernel.execute(
			"const seen: number[] = []; comms.registerTarget('late', (comm) => comm.onMessage((data) => seen.push(data.n as number)))",
		);
		const { comm, id } = open("late");
		await idle(id);
		const cell = kernel.submit("console.log('go'); const end = Date.now() + 300; while (Date.now() < end) {}");
		await kernel.until(() => textOf(kernel.ofRequest(cell)) === "go\n");
		let last = "";
		for (let n = 0; n < 1000; n++) last = kernel.send("comm_msg", { comm_id: comm, data: { n } });
		await kernel.answered(cell);
		await idle(last);
		const { outputs } = await kernel.execute("console.log(seen.length, seen.every((n, i) => n === i))");
		expect(textOf(outputs)).toBe("1000 true\n");
	});

	test("a handler that throws is shown under the cell that registered it and the comm stays usable", async () => {
		const registered = await kernel.execute(
			"comms.registerTarget('bad', (comm) => comm.onMessage(() => { throw new Error('bad handler') }))",
		);
		const { comm, id } = open("bad");
		await idle(id);
		await idle(kernel.send("comm_msg", { comm_id: comm, data: {} }));
		const shown = kernel.ofRequest(registered.id).filter((message) => message.type === "error");
		expect(shown.map((message) => message.content.evalue)).toEqual(["bad handler"]);
		await idle(kernel.send("comm_msg", { comm_id: comm, data: {} }));
	});

	test("a handler that spins can be interrupted", async () => {
		await kernel.execute(
			"comms.registerTarget('spin', (comm) => comm.onMessage(() => { comm.send({ spinning: true }); while (true) {} }))",
		);
		const { comm, id } = open("spin");
		await idle(id);
		const sent = kernel.send("comm_msg", { comm_id: comm, data: {} });
		await kernel.until(() => messagesOf(comm).length > 0);
		await kernel.interrupt();
		await idle(sent);
		expect((await kernel.execute("1")).reply.content.status).toBe("ok");
	});
});

describe("widget models", () => {
	let model = "";
	beforeAll(async () => {
		const { outputs } = await kernel.execute(
			[
				"const state = { _model_module: 'anywidget', _model_name: 'AnyModel', _model_module_version: '0', count: 1, list: [null, 2] }",
				"const points = new Uint8Array(new Float64Array([1.5, 2.5]).buffer)",
				"const widget = comms.open('jupyter.widget', { state, buffer_paths: [['points'], ['list', 0]] }, [points, new Uint8Array([5])], { version: '2.1.0' })",
				"const heard: unknown[] = []; widget.onMessage((data) => heard.push(data.method))",
			].join("\n"),
		);
		model = outputs.find((message) => message.type === "comm_open")?.content.comm_id;
		expect(model).toBeTruthy();
	});

	test("request_state is answered with the full state and its buffers", async () => {
		const id = kernel.send("comm_msg", { comm_id: model, data: { method: "request_state" } });
		await idle(id);
		const answer = kernel.ofRequest(id).find((message) => message.type === "comm_msg");
		expect(answer?.content.data.method).toBe("update");
		expect(answer?.content.data.state).toMatchObject({ count: 1, list: [null, 2] });
		expect(answer?.content.data.state).not.toHaveProperty("points");
		expect(answer?.content.data.buffer_paths).toEqual(expect.arrayContaining([["points"], ["list", 0]]));
		expect(answer?.buffers.map((buffer) => buffer.length).sort()).toEqual([1, 16]);
	});

	test("an update of a page is kept, echoed and handed to the notebook", async () => {
		const id = kernel.send("comm_msg", {
			comm_id: model,
			data: { method: "update", state: { count: 9 }, buffer_paths: [] },
		});
		await idle(id);
		const echo = kernel.ofRequest(id).find((message) => message.type === "comm_msg");
		expect(echo?.content.data).toMatchObject({ method: "echo_update", state: { count: 9 } });
		expect(textOf((await kernel.execute("console.log(heard.at(-1))")).outputs)).toBe("update\n");
	});

	test("the control comm restores all models, also while a cell spins", async () => {
		await kernel.execute("widget.send({ method: 'update', state: { count: 10 }, buffer_paths: [] })");
		const cell = kernel.submit("console.log('go'); while (true) {}");
		await kernel.until(() => textOf(kernel.ofRequest(cell)) === "go\n");
		const { comm } = open("jupyter.widget.control");
		let last = "";
		for (let n = 0; n < 1000; n++)
			last = kernel.send("comm_msg", { comm_id: comm, data: { method: "request_states" } });
		await idle(last);
		const answers = messagesOf(comm);
		expect(answers).toHaveLength(1000);
		const { data } = answers[999].content;
		expect(data.method).toBe("update_states");
		expect(data.states[model]).toMatchObject({
			model_name: "AnyModel",
			model_module: "anywidget",
			model_module_version: "0",
		});
		expect(data.states[model].state.count).toBe(10);
		const path = data.buffer_paths.findIndex((p: unknown[]) => p.join() === `${model},state,points`);
		expect(new Float64Array(Uint8Array.from(answers[999].buffers[path]).buffer)).toEqual(new Float64Array([1.5, 2.5]));
		await kernel.interrupt();
		await kernel.answered(cell);
	});
});
