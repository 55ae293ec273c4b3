// What a capture must not do: keep memory, leave the debugger on, differ from one time to the next.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { beforeAll, describe, expect, it } from "vitest";

let report: {
	readonly growthMb: number;
	readonly hashes: string[];
	readonly otherHash: string;
	readonly shared: number;
	readonly globals: boolean;
	readonly commands: readonly string[];
	readonly connections: number;
	readonly snapshot: unknown;
	readonly live: readonly string[];
	readonly liveHashes: readonly [string, string, string];
	readonly frozenBox: readonly string[];
	readonly again: unknown;
};

beforeAll(async () => {
	report = await new Promise((resolve, reject) => {
		const host = new Worker(new URL("./fixtures/effects-host.ts", import.meta.url), { execArgv: [] });
		host.once("message", resolve);
		host.once("error", reject);
	});
}, 120_000);

describe("a capture", () => {
	it("keeps nothing alive: the heap is flat after 1 000 captures of 1 MB each", () => {
		expect(report.growthMb).toBeLessThan(20);
	});

	it("turns the debugger off again, disconnects, and leaves nothing on the global object", () => {
		const count = (command: string) => report.commands.filter((c) => c === command).length;
		expect(count("Debugger.enable")).toBeGreaterThan(0);
		expect(count("Debugger.disable")).toBe(count("Debugger.enable"));
		expect(report.commands.lastIndexOf("Debugger.disable")).toBeGreaterThan(
			report.commands.lastIndexOf("Debugger.enable"),
		);
		expect(count("Runtime.releaseObjectGroup")).toBe(count("Runtime.evaluate"));
		expect(report.connections).toBe(0);
		expect(report.globals).toBe(false);
	});

	it("says what to do where the inspector is not allowed", () => {
		const main = fileURLToPath(new URL("./fixtures/permission.ts", import.meta.url));
		const { stdout, stderr } = spawnSync(process.execPath, ["--permission", "--allow-fs-read=*", main], {
			encoding: "utf8",
			env: { ...process.env, NODE_OPTIONS: "" },
		});
		expect(stderr).not.toContain("SyntaxError");
		expect(stdout).toContain("STREAM_CAPTURE");
		expect(stdout).toContain("without --permission");
	});

	it("gives the same payload for the same closure, another one for another value", () => {
		expect(new Set(report.hashes).size).toBe(1);
		expect(report.otherHash).not.toBe(report.hashes[0]);
	});

	it("is a snapshot: later changes of captured objects are not seen", () => {
		expect(report.snapshot).toEqual({ n: 1 });
	});

	it("shares a SharedArrayBuffer with the worker", () => {
		expect(report.shared).toBe(42);
	});

	it("names live variables of plain Node, and changes with their value", () => {
		expect(report.live).toEqual([expect.stringMatching(/^#\d+$/)]);
		expect(report.liveHashes[0]).toBe(report.liveHashes[1]);
		expect(report.liveHashes[2]).not.toBe(report.liveHashes[0]);
		expect(report.frozenBox).toEqual([]);
	});

	it("can be taken again in the worker", () => {
		expect(report.again).toEqual(["b", 6]);
	});
});
