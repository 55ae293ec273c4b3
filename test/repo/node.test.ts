// Guard: the suite runs on the Node of the project, in this process and in those that it starts.
import { execFileSync } from "node:child_process";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";

test("tests run on Node 24", () => {
	expect(process.version).toMatch(/^v24\./);
});

test("processes and threads that tests start run on the same Node", async () => {
	expect(execFileSync(process.execPath, ["--version"], { encoding: "utf8" }).trim()).toBe(process.version);
	const worker = new Worker("require('node:worker_threads').parentPort.postMessage(process.version)", { eval: true });
	const version = await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
	expect(version).toBe(process.version);
});
