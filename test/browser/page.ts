// A page without JupyterLab that mounts the view module with a model of its own, and Chromium to open it in.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "puppeteer-core";
import puppeteer from "puppeteer-core";
import type { EncodedDelta } from "../../engine/views/delta.ts";
import type { ViewSnapshot } from "../../engine/views/model.ts";
import { buildLabextension } from "../../widgets/build.mjs";

/** What the page's script offers to tests. */
export interface PageGlobals {
	harness: {
		/** Renders the module with a model of that state; returns the number of the place. */
		mount(state: { key: string; snapshot: unknown }): number;
		/** Renders the same model again into a new place and takes the old one out of the page, as JupyterLab does. */
		remount(): number;
		cleanup(): void;
		update(snapshot: unknown): void;
		custom(content: unknown, buffers: number[][]): void;
		readonly sent: { kind: string; n?: number; have?: number; page?: string; graceful?: boolean }[];
	};
}

const SCRIPT = `
const listeners = new Map();
const sent = [];
let state = {};
let module_ = (await import("/static/stream-view.js")).default;
const places = [];
const cleanups = [];
const proxy = () => { const own = new Map(); return {
	get: (key) => state[key],
	send: (content) => { sent.push(content); },
	on: (name, f) => { (listeners.get(name) ?? listeners.set(name, new Set()).get(name)).add(f); },
	off: (name, f) => { listeners.get(name)?.delete(f); },
}; };
const emit = (name, ...values) => { for (const f of [...(listeners.get(name) ?? [])]) f(...values); };
const place = () => { const el = document.createElement("div"); document.getElementById("main").append(el); places.push(el); cleanups.push(module_.render({ model: proxy(), el })); return places.length; };
globalThis.harness = {
	sent,
	mount(next) { state = next; return place(); },
	remount() { places.at(-1).remove(); return place(); },
	cleanup() { for (const f of cleanups.splice(0)) f(); },
	update(snapshot) { state = { ...state, snapshot }; emit("change:snapshot"); },
	custom(content, buffers) { emit("msg:custom", content, buffers.map((bytes) => { const shifted = new Uint8Array(bytes.length + 1); shifted.set(bytes, 1); return new DataView(shifted.buffer, 1); })); },
};
document.body.dataset.ready = "yes";
`;

const HTML = `<!doctype html><html><head><meta charset="utf-8"><title>view</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'self'; style-src 'unsafe-inline'; script-src 'self'">
<style>body { margin: 16px; background: #fff; } body[data-jp-theme-light="false"] { background: #111; }</style></head>
<body data-jp-theme-light="true"><main id="main"></main><script type="module" src="/harness.js"></script></body></html>`;

/** A built extension, a server on loopback and a browser. */
export interface Harness {
	open(theme: "light" | "dark", width?: number): Promise<Page>;
	close(): Promise<void>;
}

/** Builds the browser side and starts server and browser. */
export async function startHarness(chromium: string): Promise<Harness> {
	const folder = mkdtempSync(join(tmpdir(), "millrace-browser-"));
	await buildLabextension(folder);
	const server = createServer((request, response) => {
		const path = request.url ?? "/";
		const script =
			path === "/harness.js"
				? SCRIPT
				: /^\/static\/[\w-]+\.js$/.test(path)
					? readFileSync(join(folder, path), "utf8")
					: undefined;
		if (script === undefined && path !== "/") response.writeHead(404).end();
		else
			response
				.writeHead(200, { "content-type": script === undefined ? "text/html" : "text/javascript" })
				.end(script ?? HTML);
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
	const browser: Browser = await puppeteer.launch({
		executablePath: chromium,
		headless: true,
		args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
	});
	return {
		async open(theme, width = 900) {
			const page = await browser.newPage();
			await page.setViewport({ width, height: 900 });
			await page.goto(url);
			await page.waitForFunction(() => document.body.dataset.ready === "yes");
			if (theme === "dark") await page.evaluate(() => void (document.body.dataset.jpThemeLight = "false"));
			return page;
		},
		async close() {
			await browser.close();
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
			rmSync(folder, { recursive: true, force: true });
		},
	};
}

/** Renders a view of that snapshot and resolves once it is drawn. */
export async function mount(page: Page, snapshot: ViewSnapshot): Promise<void> {
	await page.evaluate((state) => void (globalThis as unknown as PageGlobals).harness.mount(state as never), {
		key: "k",
		snapshot,
	} as never);
	await page.waitForSelector(".mr-view .mr-head");
}

/** Sends an encoded delta to the page, as the kernel would. */
export async function send(page: Page, { content, buffers }: EncodedDelta, n: number): Promise<void> {
	await page.evaluate(
		(message, bytes) => (globalThis as unknown as PageGlobals).harness.custom(message, bytes),
		{ ...content, n } as never,
		buffers.map((buffer) => [...buffer]),
	);
}

/** Returns what the page has sent so far. */
export function sent(page: Page): Promise<PageGlobals["harness"]["sent"]> {
	return page.evaluate(() => [...(globalThis as unknown as PageGlobals).harness.sent]);
}
