// The in-process runtime: parts end as threads do, once, and say nothing after their end.
import type { MessagePort } from "node:worker_threads";
import { expect, test } from "vitest";
import { inProcess } from "../../../engine/runtime/index.ts";

function spawner() {
	const made: { port: MessagePort; closed: number }[] = [];
	const factory = (port: MessagePort) => {
		const part = { port, closed: 0 };
		made.push(part);
		port.on("message", (message) => port.postMessage({ echo: message }));
		return {
			close() {
				part.closed++;
			},
		};
	};
	return { made, spawn: inProcess({ driver: factory, executor: factory, receiver: factory }).spawn };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test("a part answers over its port, and messages are copies as between threads", async () => {
	const { spawn } = spawner();
	const started = spawn("executor", {});
	const sent = { list: [1, 2] };
	const answer = new Promise((resolve) => started.port.once("message", resolve));
	started.port.postMessage(sent);
	sent.list.push(3);
	expect(await answer).toEqual({ echo: { list: [1, 2] } });
	started.dismiss();
	started.terminate();
});

test("a part that is ended reports it once, however often it is told", async () => {
	const { spawn, made } = spawner();
	const started = spawn("executor", {});
	const reasons: string[] = [];
	started.onExit((reason) => reasons.push(reason));
	started.terminate();
	started.terminate();
	await turn();
	expect(reasons).toEqual(["the part was ended"]);
	expect(made[0].closed).toBe(1);
});

test("a part whose end was expected reports nothing", async () => {
	const { spawn, made } = spawner();
	const started = spawn("receiver", {});
	started.onExit(() => expect.unreachable("an expected end was reported"));
	started.dismiss();
	started.terminate();
	await turn();
	expect(made[0].closed).toBe(1);
});

test("nothing a part sends after its end arrives", async () => {
	const { spawn, made } = spawner();
	const started = spawn("driver", {});
	started.dismiss();
	started.port.on("message", () => expect.unreachable("a message came from a part that has ended"));
	started.terminate();
	made[0].port.postMessage("late");
	await turn();
	await turn();
	expect(made[0].closed).toBe(1);
});
