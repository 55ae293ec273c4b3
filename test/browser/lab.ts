// JupyterLab with the kernel, labextension and settings that the set-up installed in .venv, and Chromium to use it in.
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "puppeteer-core";
import puppeteer from "puppeteer-core";
import { venv } from "../kernel-ext/support/jupyter.ts";

const VIEWPORT = { width: 1280, height: 2400 };

/** What JupyterLab exposes to tests with `expose_app_in_browser`. */
export interface LabGlobals {
	jupyterapp: {
		restored: Promise<void>;
		commands: { execute(command: string, args?: object): Promise<unknown> };
		shell: {
			collapseLeft(): void;
			activateById(id: string): void;
			widgets(area: "main"): Iterable<NotebookPanel>;
			currentWidget: NotebookPanel | null;
		};
	};
}

/** An open notebook. */
export interface NotebookPanel {
	readonly id: string;
	readonly sessionContext: {
		readonly session: { readonly kernel: { readonly status: string } | null } | null;
		readonly hasNoKernel: boolean;
		changeKernel(kernel: { readonly name: string }): Promise<unknown>;
		shutdown(): Promise<void>;
	};
	readonly content: {
		activeCellIndex: number;
		readonly widgets: readonly {
			readonly node: HTMLElement;
			readonly outputArea?: {
				readonly node: HTMLElement;
				readonly model: { readonly length: number; add(output: object): unknown };
			};
		}[];
	};
	readonly context: {
		readonly path: string;
		readonly isReady: boolean;
		readonly model: {
			readonly dirty: boolean;
			setMetadata(key: string, value: unknown): void;
			deleteMetadata(key: string): void;
		};
		save(): Promise<void>;
	};
	dispose(): void;
}

/** A JupyterLab on loopback. */
export interface Lab {
	readonly folder: string;
	readonly env: NodeJS.ProcessEnv;
	/** Adds a kernelspec. */
	kernel(name: string, spec: object): void;
	/** Writes a notebook of those code cells. */
	notebook(name: string, cells: readonly string[]): void;
	/** Puts a copy of the project's quickstart there: as it is committed, or as it is before it has run. */
	quickstart(name: string, outputs: "as committed" | "none"): void;
	read(name: string): Notebook;
	write(name: string, notebook: Notebook): void;
	/** Opens JupyterLab in a new page, without a notebook. */
	open(): Promise<Page>;
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
		readonly cell_type: string;
		readonly source: string | readonly string[];
		execution_count?: number | null;
		outputs?: readonly { readonly output_type: string; readonly data?: { readonly [mime: string]: unknown } }[];
	}[];
}

/** Starts everything. */
export async function startLab(chromium: string): Promise<Lab> {
	const folder = mkdtempSync(join(tmpdir(), "millrace-lab-"));
	for (const name of ["files", "runtime", "config", "data"]) mkdirSync(join(folder, name));
	const files = join(folder, "files");
	// Kernels and extensions of .venv; settings and signatures of nobody.
	const { JUPYTER_PATH: _, ...inherited } = process.env;
	const env = {
		...inherited,
		JUPYTER_PREFER_ENV_PATH: "1",
		JUPYTER_RUNTIME_DIR: join(folder, "runtime"),
		JUPYTER_CONFIG_DIR: join(folder, "config"),
		JUPYTER_DATA_DIR: join(folder, "data"),
	};
	const [server, browser] = await Promise.all([
		startServer(files, env),
		puppeteer.launch({
			executablePath: chromium,
			headless: true,
			args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
		}) as Promise<Browser>,
	]);
	const write = (name: string, notebook: object) => writeFileSync(join(files, name), JSON.stringify(notebook));
	const read = (name: string) => JSON.parse(readFileSync(join(files, name), "utf8")) as Notebook;
	async function newPage(): Promise<Page> {
		const page = await browser.newPage();
		await page.setViewport(VIEWPORT);
		// JupyterLab asks whether to leave a page with unsaved outputs.
		page.on("dialog", (dialog) => void dialog.accept());
		return page;
	}
	return {
		folder: files,
		env,
		read,
		write,
		kernel(name, spec) {
			mkdirSync(join(folder, "data", "kernels", name), { recursive: true });
			writeFileSync(join(folder, "data", "kernels", name, "kernel.json"), JSON.stringify(spec));
		},
		notebook(name, cells) {
			const made = cells.map((source, index) => ({
				cell_type: "code",
				id: `cell-${index + 1}`,
				metadata: {},
				execution_count: null,
				outputs: [],
				source,
			}));
			const kernelspec = { display_name: "Millrace (TypeScript)", language: "typescript", name: "millrace" };
			write(name, { cells: made, metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 });
		},
		quickstart(name, outputs) {
			copyFileSync(fileURLToPath(new URL("../../notebooks/quickstart.ipynb", import.meta.url)), join(files, name));
			if (outputs === "as committed") return;
			const notebook = read(name);
			for (const cell of notebook.cells) {
				if (cell.cell_type === "code") Object.assign(cell, { outputs: [], execution_count: null });
			}
			write(name, notebook);
		},
		async open() {
			const page = await newPage();
			await page.goto(`http://127.0.0.1:${server.port}/lab?token=${server.token}&reset`, { timeout: 60_000 });
			await ready(page);
			return page;
		},
		async offlinePage() {
			const page = await newPage();
			await page.setOfflineMode(true);
			return page;
		},
		async close() {
			await browser.close();
			await server.close();
			rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
		},
	};
}

async function startServer(
	files: string,
	env: NodeJS.ProcessEnv,
): Promise<{ port: number; token: string; close(): Promise<void> }> {
	const port = await freePort();
	const token = "tok";
	const options = {
		"ServerApp.ip": "127.0.0.1",
		"ServerApp.port": port,
		"ServerApp.port_retries": 0,
		"ServerApp.root_dir": files,
		"ServerApp.allow_root": "True",
		"IdentityProvider.token": token,
		"LabApp.expose_app_in_browser": "True",
		"LabApp.news_url": "None",
		"LabApp.extension_manager": "readonly",
	};
	const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
	const server = spawn(venv("jupyter"), ["lab", "--no-browser", ...args], {
		cwd: files,
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
	return {
		port,
		token,
		async close() {
			if (server.exitCode !== null || server.signalCode !== null) return;
			const ended = new Promise((resolve) => server.once("exit", resolve));
			server.kill("SIGTERM");
			const timer = setTimeout(() => server.kill("SIGKILL"), 8000);
			await ended;
			clearTimeout(timer);
		},
	};
}

async function ready(page: Page): Promise<void> {
	await page.waitForFunction(() => (globalThis as unknown as LabGlobals).jupyterapp !== undefined, { timeout: 60_000 });
	await page.evaluate(async () => {
		const { jupyterapp } = globalThis as unknown as LabGlobals;
		await jupyterapp.restored;
		jupyterapp.shell.collapseLeft();
	});
}

/** Opens a notebook in the page; resolves when its kernel is idle. */
export async function openNotebook(page: Page, path: string): Promise<void> {
	await reveal(page, path);
	await kernelIdle(page);
}

/** Opens a notebook in the page; resolves when its cells are there, whatever its kernel. */
export async function reveal(page: Page, path: string): Promise<void> {
	await page.evaluate(
		(name) => void (globalThis as unknown as LabGlobals).jupyterapp.commands.execute("docmanager:open", { path: name }),
		path,
	);
	await page.waitForFunction(
		(name) => {
			const { shell } = (globalThis as unknown as LabGlobals).jupyterapp;
			const panel = [...shell.widgets("main")].find(({ context }) => context?.path === name);
			if (panel === undefined || !panel.context.isReady || panel.content.widgets.length === 0) return false;
			// JupyterLab shows its launcher when the last notebook is closed, sometimes after the next one was opened.
			if (shell.currentWidget?.context?.path !== name) {
				shell.activateById(panel.id);
				return false;
			}
			return true;
		},
		{ timeout: 30_000 },
		path,
	);
}

/** Ends the kernel of the open notebook and closes it without saving; does nothing where none is open. */
export async function closeNotebook(page: Page): Promise<void> {
	if (await page.evaluate(() => !(globalThis as unknown as LabGlobals).jupyterapp.shell.currentWidget?.context)) return;
	await shutdown(page);
	await page.evaluate(() => (globalThis as unknown as LabGlobals).jupyterapp.shell.currentWidget?.dispose());
}

/** Ends the kernel of the open notebook. */
export async function shutdown(page: Page): Promise<void> {
	await page.evaluate(() =>
		(globalThis as unknown as LabGlobals).jupyterapp.shell.currentWidget?.sessionContext.shutdown(),
	);
}

/** Loads the page again; resolves when its notebook is there and its kernel is idle. */
export async function reload(page: Page): Promise<void> {
	await page.reload({ timeout: 60_000 });
	await ready(page);
	await kernelIdle(page);
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

/**
 * Resolves when the cell of that index is running. The status of the kernel does not tell: every message of a view,
 * which the kernel answers while a cell runs, ends with "idle".
 */
export async function cellRuns(page: Page, index: number): Promise<void> {
	await page.waitForFunction(
		(cell) =>
			(globalThis as unknown as LabGlobals).jupyterapp.shell.currentWidget?.content.widgets[cell].node.querySelector(
				".jp-InputPrompt",
			)?.textContent === "[*]:",
		{ timeout: 20_000 },
		index,
	);
}

/** Runs the cell of that index; resolves when it has ended. */
export async function runCell(page: Page, index: number): Promise<void> {
	await page.evaluate((cell) => {
		const { jupyterapp } = globalThis as unknown as LabGlobals;
		(jupyterapp.shell.currentWidget as NotebookPanel).content.activeCellIndex = cell;
		return jupyterapp.commands.execute("notebook:run-cell");
	}, index);
}

/** Executes a command of JupyterLab; resolves when it has ended. */
export async function command(page: Page, name: string, args: object = {}): Promise<void> {
	await page.evaluate(
		async (id, given) => void (await (globalThis as unknown as LabGlobals).jupyterapp.commands.execute(id, given)),
		name,
		args,
	);
}

/** Saves the open notebook. */
export async function save(page: Page): Promise<void> {
	await page.evaluate(() => (globalThis as unknown as LabGlobals).jupyterapp.shell.currentWidget?.context.save());
}

/** Returns what stands below the cell of that index. */
export function outputOf(page: Page, index: number): Promise<string> {
	return page.evaluate(
		(cell) =>
			(globalThis as unknown as LabGlobals).jupyterapp.shell.currentWidget?.content.widgets[cell].outputArea?.node
				.innerText ?? "",
		index,
	);
}

/** Resolves when what stands below the cell of that index has all those texts in it. */
export async function outputHas(page: Page, index: number, ...texts: readonly string[]): Promise<void> {
	await page
		.waitForFunction(
			(cell, wanted) => {
				const area = (globalThis as unknown as LabGlobals).jupyterapp.shell.currentWidget?.content.widgets[cell]
					.outputArea;
				return wanted.every((text) => area?.node.innerText.includes(text));
			},
			{ timeout: 20_000 },
			index,
			texts,
		)
		.catch(async (cause) => {
			throw new Error(`Cell ${index} does not show ${JSON.stringify(texts)} but:\n${await outputOf(page, index)}`, {
				cause,
			});
		});
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

/** Returns a port of loopback that nobody listens on. */
export async function freePort(): Promise<number> {
	const server = createServer();
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const { port } = server.address() as AddressInfo;
	await new Promise((resolve) => server.close(resolve));
	return port;
}
