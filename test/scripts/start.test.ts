// `npm start` as a process: what it says before it does anything.
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { root } from "../../scripts/lib/project.mjs";
import { put, tempFolder } from "../support/temp.ts";

/** Runs the script with a PATH of its own; the programs are shell scripts. */
function start(args: readonly string[], programs: { readonly [name: string]: string } = {}) {
	const folder = tempFolder();
	for (const [name, text] of Object.entries(programs)) put(folder, name, `#!/bin/sh\n${text}\n`, 0o755);
	const done = spawnSync(process.execPath, [join(root, "scripts/start.mjs"), ...args], {
		cwd: folder,
		env: { PATH: folder },
		encoding: "utf8",
		timeout: 60_000,
	});
	return { code: done.status, error: done.stderr.trim() };
}

test("a missing npm is one line", () => {
	const { code, error } = start(["--headless"]);
	expect(code).toBe(1);
	expect(error).toMatch(/^millrace: npm is needed and is not on the PATH\..*$/);
});

test("a missing Python is one line", () => {
	const { code, error } = start(["--headless"], { npm: "echo 11.0.0" });
	expect(code).toBe(1);
	expect(error).toMatch(/^millrace: Python 3\.10 or newer is needed, and neither python3 nor python.*again\.$/);
});

test("a Python that is too old is one line", () => {
	const { code, error } = start(["--headless"], { npm: "echo 11.0.0", python3: "echo 3.8.10" });
	expect(code).toBe(1);
	expect(error).toMatch(/^millrace: Python 3\.10 or newer is needed, found only 3\.8\.10 \(.*again\.$/);
});

test("a taken port is found out before the set-up", async () => {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	onTestFinished(() => void server.close());
	const { port } = server.address() as AddressInfo;
	const { code, error } = start(["--port", String(port)]);
	expect(code).toBe(1);
	expect(error).toMatch(
		/^millrace: Port \d+ is taken by another program\. Choose another one: npm start -- --port \d+$/,
	);
});

test("an unknown option shows the usage", () => {
	const { code, error } = start(["--fast"]);
	expect(code).toBe(1);
	expect(error).toContain("'--fast'");
	expect(error).toContain("--headless  end after the self-check");
});
