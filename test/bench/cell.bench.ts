// What a user waits for at the keyboard: the kernel's start, its first cell, a small cell; and the memory it takes.
import { execFileSync, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { TestKernel } from "../kernel-ext/support/kernel.ts";
import { built, quantile } from "./built.ts";
import type { BenchContext } from "./harness.ts";

export const name = "cell";
export const about = "start of the kernel, time of cells, memory; the baseline is the most that is accepted";

const STARTS = 5;
const CELLS = 60;
const MB = 2 ** 20;

export async function run(b: BenchContext): Promise<void> {
	const starts = [];
	for (let i = 0; i < STARTS; i++) starts.push(await start());
	const middle = (list: number[]) => Math.round(quantile(list, 0.5));
	b.note(`${STARTS} starts of the built kernel, medians; times are from before the process starts`);
	b.report({
		metric: "start to kernel_info reply",
		unit: "ms",
		value: middle(starts.map((s) => s.info)),
		baseline: 1500,
	});
	b.report({
		metric: "start to the result of the first cell",
		unit: "ms",
		value: middle(starts.map((s) => s.first)),
		baseline: 3000,
	});
	await cells(b);
	const idle = await idleProgram();
	b.report({ metric: "plain Node, 2 executors: start to first batch", unit: "ms", value: Math.round(idle.firstBatch) });
	b.report({
		metric: "plain Node, 2 executors: idle RSS",
		unit: "MB",
		value: Math.round(idle.rss / MB),
		baseline: 250,
	});
}

async function started(): Promise<{ kernel: TestKernel; begin: number }> {
	const begin = Date.now();
	return { kernel: await TestKernel.start(undefined, fileURLToPath(built("kernel-ext/main.js"))), begin };
}

async function start(): Promise<{ info: number; first: number }> {
	const { kernel, begin } = await started();
	try {
		// The kernel's own clock: the client may have had to wait for its subscription.
		const info = Date.parse(kernel.replies[0].header.date as string) - begin;
		await ok(kernel, "const i = 1; i + 1");
		return { info, first: Date.now() - begin };
	} finally {
		await kernel.stop();
	}
}

async function ok(kernel: TestKernel, code: string): Promise<void> {
	const { reply } = await kernel.execute(code);
	if (reply.content.status !== "ok") throw new Error(`the cell ${code} ended with ${JSON.stringify(reply.content)}`);
}

async function cells(b: BenchContext): Promise<void> {
	const { kernel } = await started();
	try {
		await ok(kernel, "let i = 0");
		const times: number[] = [];
		for (let n = 0; n < CELLS; n++) {
			const begin = performance.now();
			await ok(kernel, "i + 1");
			times.push(performance.now() - begin);
			if (n + 2 === 10)
				b.report({ metric: "kernel: RSS after 10 cells", unit: "MB", value: rssOf(kernel.process.pid as number) });
		}
		const value = (share: number) => Number(quantile(times, share).toFixed(1));
		b.report({ metric: "`i + 1`, request to idle, p50", unit: "ms", value: value(0.5), baseline: 40 });
		b.report({ metric: "`i + 1`, request to idle, p90", unit: "ms", value: value(0.9) });
	} finally {
		await kernel.stop();
	}
}

/** Resident memory of a process and all its threads in MB. */
function rssOf(pid: number): number {
	const kilobytes = execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" });
	return Math.round(Number(kilobytes) / 1024);
}

function idleProgram(): Promise<{ rss: number; firstBatch: number }> {
	return new Promise((resolve, reject) => {
		const child = fork(fileURLToPath(new URL("./idle.ts", import.meta.url)), { stdio: "inherit", execArgv: [] });
		child.once("message", (sent) => resolve(sent as { rss: number; firstBatch: number }));
		child.once("exit", (code) => reject(new Error(`the idle program ended with ${code} before it sent its figures`)));
	});
}
