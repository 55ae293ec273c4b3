// @ts-check
// Starts JupyterLab on the quickstart notebook and opens a browser where there is one.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createWriteStream, mkdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "./problem.mjs";
import { cache, venvProgram } from "./project.mjs";
import { findOnPath, lastLines, tie } from "./run.mjs";
import { jupyterEnv, quickstart } from "./selfcheck.mjs";

/**
 * Starts a server and resolves when it answers.
 * @param {{ port: number, env?: NodeJS.ProcessEnv, timeoutMs?: number }} options
 */
export async function startLab({ port, env = process.env, timeoutMs = 60_000 }) {
	const token = randomBytes(24).toString("hex");
	const folder = dirname(quickstart);
	const args = [
		"-m",
		"jupyterlab",
		"--no-browser",
		"--ServerApp.ip=127.0.0.1",
		`--ServerApp.port=${port}`,
		"--ServerApp.port_retries=0",
		`--ServerApp.root_dir=${folder}`,
		"--LabApp.news_url=None",
		"--LabApp.extension_manager=readonly",
	];
	if (process.getuid?.() === 0) args.push("--allow-root");
	// A group of its own: Ctrl-C reaches this script only, which ends the server without the server's question.
	const child = tie(
		spawn(venvProgram("python"), args, {
			cwd: folder,
			env: { ...jupyterEnv(env), JUPYTER_TOKEN: token }, // not in the arguments, which other users can read
			stdio: ["ignore", "pipe", "pipe"],
			detached: true,
		}),
	);
	const logFile = join(cache, "logs", "jupyterlab.log");
	mkdirSync(dirname(logFile), { recursive: true });
	const log = createWriteStream(logFile);
	let output = "";
	for (const stream of [child.stdout, child.stderr]) {
		stream.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
			output = (output + text).slice(-20_000);
			log.write(text);
		});
	}
	/** @type {Promise<number>} */
	const ended = new Promise((resolve, reject) => {
		child.on("close", (code) => resolve(code ?? 0)).on("error", reject);
	});
	let over = false;
	ended.then(
		() => (over = true),
		() => (over = true),
	);

	const base = `http://127.0.0.1:${port}`;
	for (const deadline = Date.now() + timeoutMs; ; await sleep(100)) {
		if (over)
			throw new Problem(`JupyterLab ended before it was ready (whole output: ${logFile}):\n${lastLines(output, 10)}`);
		// Only our server takes our token: an answer on the port alone could be somebody else's.
		const answer = await fetch(`${base}/api/status?token=${token}`).catch(() => undefined);
		if (answer?.ok) break;
		if (Date.now() > deadline) {
			child.kill("SIGTERM");
			throw new Problem(
				`JupyterLab did not answer within ${timeoutMs / 1000} s (whole output: ${logFile}). Run the same command again.`,
			);
		}
	}
	return { url: `${base}/lab/tree/${basename(quickstart)}?token=${token}`, ended, logFile };
}

/**
 * Opens `url` in the user's browser; returns whether there was one to ask.
 * @param {string} url
 * @param {NodeJS.ProcessEnv} [env]
 */
export function openBrowser(url, env = process.env) {
	const command = browserCommand(url, env);
	if (command === undefined) return false;
	const [program, ...args] = command;
	const child = spawn(program, args, { stdio: "ignore", detached: true, env });
	child.on("error", () => {}); // the URL is printed anyway
	child.unref();
	return true;
}

/**
 * @param {string} url
 * @param {NodeJS.ProcessEnv} env
 * @returns {[string, ...string[]] | undefined}
 */
function browserCommand(url, env) {
	if (process.platform === "darwin") return ["open", url];
	if (process.platform === "win32") return ["cmd", "/c", "start", "", url];
	// Without a display xdg-open would start a text browser or fail.
	const program = env.DISPLAY || env.WAYLAND_DISPLAY || env.WSL_DISTRO_NAME ? findOnPath("xdg-open", env) : undefined;
	return program ? [program, url] : undefined;
}
