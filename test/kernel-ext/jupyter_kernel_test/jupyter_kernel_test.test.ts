// Runs the public suite jupyter_kernel_test against the kernel of the sources.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { tempFolder } from "../../support/temp.ts";
import { jupyterEnvironment, venv } from "../support/jupyter.ts";

const SUITE = fileURLToPath(new URL("./test_millrace.py", import.meta.url));
const LIMIT_MS = 100_000;

test("jupyter_kernel_test passes whole, with the welcome on iopub, and nothing is skipped", {
	timeout: LIMIT_MS + 10_000,
}, async () => {
	const folder = tempFolder();
	const child = spawn(venv("python"), [SUITE], {
		cwd: folder,
		env: jupyterEnvironment(folder),
		stdio: ["ignore", "ignore", "pipe"],
		// The welcome test waits for ever when no welcome comes.
		timeout: LIMIT_MS,
		killSignal: "SIGKILL",
	});
	let log = "";
	child.stderr.on("data", (data) => {
		log += data;
	});
	const code = await new Promise((resolve) => child.once("close", resolve));
	const outcomes = [...log.matchAll(/^(test_\w+) .*?\.\.\. (.*)$/gm)].map(([, name, outcome]) => [name, outcome]);
	expect(code, log).toBe(0);
	expect(outcomes.length, log).toBe(13);
	expect(outcomes.filter(([, outcome]) => outcome !== "ok")).toEqual([]);
	expect(outcomes.map(([name]) => name)).toEqual(expect.arrayContaining(["test_pager", "test_recv_iopub_welcome_msg"]));
});
