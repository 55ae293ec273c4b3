// @ts-check
// Child processes of the scripts: found on the PATH, logged, and ended when the script is.
import { spawn } from "node:child_process";
import { accessSync, constants, createWriteStream, mkdirSync, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

/** @type {Set<import("node:child_process").ChildProcess>} */
const children = new Set();
/** @type {number | undefined} */
let ending;

/** @param {number} code */
function endAll(code) {
	if (ending !== undefined) return;
	ending = code;
	for (const child of children) child.kill("SIGTERM");
	if (children.size === 0) process.exit(code);
	setTimeout(() => process.exit(code), 10_000);
}

/** A signal to the script goes to its children; the script ends after them. */
function guard() {
	if (process.listenerCount("SIGTERM") > 0) return;
	for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
		process.on(signal, () => endAll(signal === "SIGINT" ? 130 : 143));
	}
	// npm puts a shell between itself and the script, and its SIGTERM ends only the shell: notice that it is gone.
	if (process.env.npm_lifecycle_event !== undefined) {
		const parent = process.ppid;
		setInterval(() => process.ppid !== parent && endAll(143), 1000).unref();
	}
}

/**
 * Returns `child` after making sure that it does not outlive the script.
 * @template {import("node:child_process").ChildProcess} T
 * @param {T} child
 */
export function tie(child) {
	guard();
	children.add(child);
	const gone = () => {
		children.delete(child);
		if (ending !== undefined && children.size === 0) process.exit(ending);
	};
	child.on("close", gone).on("error", gone);
	return child;
}

/**
 * Returns the full path of the first program on the PATH with one of these names.
 * @param {string} name
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string | undefined}
 */
export function findOnPath(name, env = process.env) {
	const endings = process.platform === "win32" ? [".exe", ".cmd", ""] : [""];
	for (const folder of (env.PATH ?? "").split(delimiter)) {
		for (const ending of endings) {
			const file = join(folder || ".", name + ending);
			try {
				accessSync(file, constants.X_OK);
				if (statSync(file).isFile()) return file;
			} catch {
				// not here
			}
		}
	}
	return undefined;
}

/**
 * Runs a program to its end and returns its exit code and what it printed.
 * With `show` it writes to this terminal instead; with `log` its output also goes to that file.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, log?: string, show?: boolean }} [options]
 * @returns {Promise<{ code: number, output: string }>}
 */
export function run(program, args, { cwd, env = process.env, log, show = false } = {}) {
	return new Promise((resolve, reject) => {
		const child = tie(spawn(program, args, { cwd, env, stdio: show ? "inherit" : ["ignore", "pipe", "pipe"] }));
		if (log) mkdirSync(dirname(log), { recursive: true });
		const file = log ? createWriteStream(log) : undefined;
		let output = "";
		for (const stream of [child.stdout, child.stderr]) {
			stream?.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
				output += text;
				file?.write(text);
			});
		}
		child.on("error", (error) => {
			file?.end();
			reject(error);
		});
		child.on("close", (code, signal) => {
			file?.end();
			resolve({ code: code ?? (signal ? 1 : 0), output });
		});
	});
}

const offline =
	/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT|network is unreachable|temporary failure (in name resolution|resolving)|name or service not known|failed to establish a new connection|NewConnectionError|ProxyError|dns error|error sending request|could not resolve/i;

/**
 * Returns whether a program's output says that it could not reach the network.
 * @param {string} output
 */
export function looksOffline(output) {
	return offline.test(output);
}

/**
 * Returns the last `count` lines that are not empty.
 * @param {string} text
 * @param {number} [count]
 */
export function lastLines(text, count = 20) {
	const lines = text.split("\n").filter((line) => line.trim() !== "");
	return lines.slice(-count).join("\n");
}
