// The project's Python: a kernelspec for tests, and a Jupyter server on loopback.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const MAIN = join(ROOT, "kernel-ext", "main.ts");

/** Path of a command of the project's Python environment; throws with the way out when it is missing. */
export function venv(command: string): string {
	const path = join(ROOT, ".venv", "bin", command);
	if (!existsSync(path)) throw new Error(`${path} is missing: run "npm start -- --headless" once, it sets up Python.`);
	return path;
}

/** Writes the kernelspec of the sources below `folder` and returns the environment in which Jupyter finds it. */
export function jupyterEnvironment(folder: string): NodeJS.ProcessEnv {
	const spec = join(folder, "jupyter", "kernels", "millrace");
	mkdirSync(spec, { recursive: true });
	const kernel = {
		argv: [process.execPath, "--no-force-async-hooks-checks", MAIN, "{connection_file}"],
		display_name: "Millrace (sources)",
		language: "typescript",
		interrupt_mode: "message",
	};
	writeFileSync(join(spec, "kernel.json"), JSON.stringify(kernel));
	for (const name of ["runtime", "config", "data"]) mkdirSync(join(folder, name), { recursive: true });
	return {
		...process.env,
		JUPYTER_PATH: [join(folder, "jupyter"), process.env.JUPYTER_PATH].filter(Boolean).join(delimiter),
		JUPYTER_RUNTIME_DIR: join(folder, "runtime"),
		JUPYTER_CONFIG_DIR: join(folder, "config"),
		JUPYTER_DATA_DIR: join(folder, "data"),
	};
}

/** A running Jupyter server. */
export interface Server {
	readonly port: number;
	readonly token: string;
	stop(): Promise<void>;
}

async function freePort(): Promise<number> {
	const server = createServer();
	const port = await new Promise<number>((resolve) => {
		server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
	});
	await new Promise((resolve) => server.close(resolve));
	return port;
}

/** Starts a Jupyter server whose files and kernels are below `folder`. */
export async function startServer(folder: string): Promise<Server> {
	const port = await freePort();
	const token = "a-token-for-tests";
	const options = {
		"ServerApp.ip": "127.0.0.1",
		"ServerApp.port": port,
		"ServerApp.port_retries": 0,
		"ServerApp.open_browser": "False",
		"ServerApp.root_dir": folder,
		"ServerApp.allow_root": "True",
		"IdentityProvider.token": token,
	};
	const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
	const child: ChildProcess = spawn(venv("jupyter"), ["server", ...args], {
		cwd: folder,
		env: jupyterEnvironment(folder),
		stdio: ["ignore", "ignore", "pipe"],
	});
	let log = "";
	await new Promise<void>((resolve, reject) => {
		child.stderr?.on("data", (data) => {
			log += data;
			if (log.includes("is running at")) resolve();
		});
		child.once("exit", (code) => reject(new Error(`The Jupyter server ended with ${code}: ${log}`)));
	});
	return {
		port,
		token,
		async stop() {
			if (child.exitCode !== null || child.signalCode !== null) return;
			const ended = new Promise((resolve) => child.once("exit", resolve));
			child.kill("SIGTERM");
			const timer = setTimeout(() => child.kill("SIGKILL"), 5_000);
			await ended;
			clearTimeout(timer);
		},
	};
}
