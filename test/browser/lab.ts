// JupyterLab with the kernel of these sources and a freshly built labextension, and Chromium to use it in.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "puppeteer-core";
import puppeteer from "puppeteer-core";
import { buildLabextension } from "../../widgets/build.mjs";
import { jupyterEnvironment, venv } from "../kernel-ext/support/jupyter.ts";

/** What JupyterLab exposes to tests with `expose_app_in_browser`. */
export interface LabGlobals {
	jupyterapp: {
		commands: { execute(command: string, args?: object): Promise<unknown> };
		shell: {
			currentWidget: {
				sessionContext: { session: { kernel: { status: string } | null } | null; shutdown(): Promise<void> };
				content: { activeCellIndex: number; widgets: { model: { id: string; executionCount: number | null } }[] };
				context: { save(): Promise<void> };
			} | null;
		};
	};
}

/** A JupyterLab on loopback. */
export interface Lab {
	readonly folder: string;
	readonly env: NodeJS.ProcessEnv;
	/** Writes a notebook of those code cells. */
	notebook(name: string, cells: readonly string[]): void;
	read(name: string): Notebook;
	/** Opens a notebook in a new page; resolves when its kernel is idle, unless `kernel` is false. */
	open(name: string, options?: { readonly kernel?: boolean; readonly theme?: "light" | "dark" }): Promise<Page>;
	/** A page without network that opens nothing by itself. */
	offlinePage(): Promise<Page>;
	close(): Promise<void>;
}

/** The parts of a notebook file that tests look at. */
export interface Notebook {
	readonly metadata: {
		readonly widgets?: {
			readonly [mime: string]: {
				readonly state: { readonly [id: string]: { readonly state: { readonly [name: string]: unknown } } };
			};
		};
	};
	readonly cells: readonly {
		readonly outputs: readonly { readonly output_type: string; readonly data?: { readonly [mime: string]: unknown } }[];
	}[];
}

/** Starts everything. */
export async function startLab(chromium: string): Promise<Lab> {
	const folder = mkdtempSync(join(tmpdir(), "millrace-lab-"));
	await buildLabextension(join(folder, "jupyter", "labextensions", "millrace"));
	const env = jupyterEnvironment(folder);
	const settings = join(folder, "config", "lab", "user-settings", "@jupyterlab", "apputils-extension");
	mkdirSync(settings, { recursive: true });
	const port = await freePort();
	const options = {
		"ServerApp.ip": "127.0.0.1",
		"ServerApp.port": port,
		"ServerApp.port_retries": 0,
		"ServerApp.root_dir": folder,
		"ServerApp.allow_root": "True",
		"IdentityProvider.token": "tok",
		"LabApp.expose_app_in_browser": "True",
		"LabApp.news_url": "None",
		"LabApp.extension_manager": "readonly",
	};
	const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
	const server = spawn(venv("jupyter"), ["lab", "--no-browser", ...args], {
		cwd: folder,
		env,
		stdio: ["ignore", "ignore", "pipe"],
	});
	let log = "";
	await new Promise<void>((resolve, reject) => {
		server.stderr.on("data", (data) => {
			log += data;
			if (log.includes("is running at")) resolve();
		});
		server.once("exit", (code) => reject(new Error(`JupyterLab ended with ${code}: ${log}`)));
	});
	const browser: Browser = await puppeteer.launch({
		executablePath: chromium,
		headless: true,
		args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
	});
	return {
		folder,
		env,
		notebook(name, cells) {
			const kernelspec = { display_name: "Millrace (sources)", language: "typescript", name: "millrace" };
			const made = cells.map((source, index) => ({
				cell_type: "code",
				id: `cell-${index + 1}`,
				metadata: {},
				execution_count: null,
				outputs: [],
				source,
			}));
			writeFileSync(
				join(folder, name),
				JSON.stringify({ cells: made, metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 }),
			);
		},
		read: (name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as Notebook,
		async open(name, { kernel = true, theme = "light" } = {}) {
			const colours = theme === "dark" ? "JupyterLab Dark" : "JupyterLab Light";
			writeFileSync(join(settings, "themes.jupyterlab-settings"), JSON.stringify({ theme: colours }));
			const page = await browser.newPage();
			await page.setViewport({ width: 1280, height: 1000 });
			await page.goto(`http://127.0.0.1:${port}/lab/tree/${name}?token=tok&reset`, { timeout: 60_000 });
			if (kernel) await kernelIdle(page);
			else
				await page.waitForFunction(
					() => (globalThis as unknown as LabGlobals).jupyterapp?.shell?.currentWidget?.content?.widgets?.length,
					{ timeout: 60_000 },
				);
			return page;
		},
		async offlinePage() {
			const page = await browser.newPage();
			await page.setViewport({ width: 1280, height: 1000 });
			await page.setOfflineMode(true);
			return page;
		},
		async close() {
			await browser.close();
			if (server.exitCode === null) {
				const ended = new Promise((resolve) => server.once("exit", resolve));
				server.kill("SIGTERM");
				const timer = setTimeout(() => server.kill("SIGKILL"), 8000);
				await ended;
				clearTimeout(timer);
			}
			rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
		},
	};
}

/** Resolves when the notebook's kernel is idle. */
export async function kernelIdle(page: Page): Promise<void> {
	await page.waitForFunction(
		() =>
			(globalThis as unknown as LabGlobals).jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel
				?.status === "idle",
		{ timeout: 60_000 },
	);
}

/** Runs the cell of that index; resolves when it has ended. */
export async function runCell(page: Page, index: number): Promise<void> {
	await page.evaluate((cell) => {
		const { jupyterapp } = globalThis as unknown as LabGlobals;
		(jupyterapp.shell.currentWidget as NonNullable<typeof jupyterapp.shell.currentWidget>).content.activeCellIndex =
			cell;
		return jupyterapp.commands.execute("notebook:run-cell");
	}, index);
}

/** Cells that start the driver of `fake-driver.ts`, show its view, and wait for batches. */
export function driverCells(
	every: number,
	batches: number,
): { start: string; show(view: string): string; wait(count: number): string } {
	const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
	return {
		start: `import { Worker, MessageChannel } from "node:worker_threads";
const { installedHost } = (await import(${url("../../engine/views/host.ts")} as string)) as any;
const { description } = (await import(${url("../widgets/sample.ts")} as string)) as any;
const progress = new Int32Array(new SharedArrayBuffer(8));
const events = new MessageChannel(), ring = new MessageChannel();
const driver = new Worker(new URL(${url("./fake-driver.ts")}), {
  workerData: { port: events.port1, every: ${every}, batches: ${batches}, done: progress.buffer }, transferList: [events.port1] });
installedHost().attach({ events: events.port2, ring: ring.port2 });
installedHost() !== undefined`,
		show: (view) =>
			`({ [Symbol.for("Jupyter.display")]: () => ({ "application/vnd.millrace.view+json": description({ view: "${view}" }) }) })`,
		wait: (count) => `while (progress[0] < ${count}) await new Promise((resolve) => setTimeout(resolve, 20));
installedHost().barrier(1, progress[1]);
progress[0] >= ${count}`,
	};
}

/** Runs a command of the project's Python and resolves with its output. */
export async function jupyter(
	lab: { readonly folder: string; readonly env: NodeJS.ProcessEnv },
	args: readonly string[],
): Promise<string> {
	const child = spawn(venv("jupyter"), args, { cwd: lab.folder, env: lab.env, stdio: ["ignore", "pipe", "pipe"] });
	let log = "";
	for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (log += data));
	const code = await new Promise((resolve) => child.once("exit", resolve));
	if (code !== 0) throw new Error(`jupyter ${args.join(" ")} ended with ${code}:\n${log}`);
	return log;
}

async function freePort(): Promise<number> {
	const server = createServer();
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const { port } = server.address() as AddressInfo;
	await new Promise((resolve) => server.close(resolve));
	return port;
}
