// Live views in JupyterLab with the real kernel; a worker stands for the driver. And what nbconvert makes of them.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { ViewSnapshot } from "../../engine/views/model.ts";
import { chromiumPath } from "../support/chromium.ts";
import type { Lab, LabGlobals } from "./lab.ts";
import { driverCells, jupyter, kernelIdle, runCell, startLab } from "./lab.ts";

const chromium = chromiumPath();
const WIDGET = "application/vnd.jupyter.widget-view+json";
const STATE = "application/vnd.jupyter.widget-state+json";

describe.skipIf(chromium === undefined)("live views in JupyterLab", { timeout: 120_000 }, () => {
	let lab: Lab;
	beforeAll(async () => {
		lab = await startLab(chromium as string);
	});
	afterAll(() => lab?.close());

	async function open(name: string, options?: { kernel?: boolean; theme?: "light" | "dark" }): Promise<Page> {
		const page = await lab.open(name, options);
		onTestFinished(async () => {
			await page
				.evaluate(() => (globalThis as unknown as LabGlobals).jupyterapp.shell.currentWidget?.sessionContext.shutdown())
				.catch(() => undefined);
			await page.close();
		});
		return page;
	}

	const batchAt = (page: Page, least: number) =>
		page.waitForFunction(
			(n) =>
				Number(document.querySelector(".mr-value")?.textContent) >= n &&
				document.querySelector(".mr-chartbox svg") !== null,
			{ timeout: 30_000 },
			least,
		);
	const save = (page: Page) =>
		page.evaluate(() => (globalThis as unknown as LabGlobals).jupyterapp.shell.currentWidget?.context.save());
	const bars = (page: Page) =>
		page.$$eval(".mr-chartbox svg .role-mark text", (all) => all.map((one) => one.textContent).join());

	test("the chart changes batch by batch, also while a cell spins, and the stop button answers", async () => {
		const { start, show } = driverCells(200, 0);
		lab.notebook("spin.ipynb", [start, show("view-1"), "while (true) {}"]);
		const page = await open("spin.ipynb");
		await runCell(page, 0);
		await runCell(page, 1);
		await batchAt(page, 2);
		const spinning = runCell(page, 2);
		await page.waitForFunction(
			() =>
				(globalThis as unknown as LabGlobals).jupyterapp.shell.currentWidget?.sessionContext.session?.kernel?.status ===
				"busy",
		);
		const seen = new Set<string>();
		for (let turn = 0; turn < 100 && seen.size < 5; turn++) {
			seen.add(await bars(page));
			const now = Number(await page.$eval(".mr-value", (value) => value.textContent));
			await batchAt(page, now + 1);
		}
		expect(seen.size).toBe(5);
		await page.click(".mr-stop");
		await page.waitForFunction(() => document.querySelector(".mr-state")?.textContent === "stopped", {
			timeout: 10_000,
		});
		await page.evaluate(() =>
			(globalThis as unknown as LabGlobals).jupyterapp.commands.execute("notebook:interrupt-kernel"),
		);
		await spinning;
		await kernelIdle(page);
	});

	test("a reloaded page shows the view again and it goes on", async () => {
		const { start, show, wait } = driverCells(200, 0);
		lab.notebook("reload.ipynb", [start, show("view-1"), wait(3)]);
		const page = await open("reload.ipynb");
		for (const cell of [0, 1, 2]) await runCell(page, cell);
		await batchAt(page, 3);
		await save(page);
		await page.reload();
		await kernelIdle(page);
		await batchAt(page, 4);
		const now = Number(await page.$eval(".mr-value", (value) => value.textContent));
		await batchAt(page, now + 3);
		expect(await page.$$eval(".mr-view", (all) => all.length)).toBe(1);
		expect(await page.$eval(".mr-state", (state) => state.textContent)).toBe("running");
	});

	test("a barrier rewrites the output and leaves one view in the page; re-running the cell replaces it", async () => {
		const { start, show, wait } = driverCells(150, 0);
		lab.notebook("again.ipynb", [start, show("view-1"), wait(3), wait(6), show("view-1")]);
		const page = await open("again.ipynb");
		for (const cell of [0, 1, 2, 3]) await runCell(page, cell);
		await batchAt(page, 6);
		expect(await page.$$eval(".mr-view", (all) => all.length)).toBe(1);
		await runCell(page, 4);
		await page.waitForFunction(() => document.querySelectorAll(".mr-view .mr-chartbox svg").length === 2, {
			timeout: 20_000,
		});
		await runCell(page, 1);
		await page.waitForFunction(() => document.querySelectorAll(".mr-view .mr-chartbox svg").length === 2, {
			timeout: 20_000,
		});
		expect(await page.$$eval(".mr-view", (all) => all.length)).toBe(2);
		await batchAt(page, 10);
	});

	test("a saved notebook opened without its kernel shows the last state, in the dark theme as well", async () => {
		const { start, show, wait } = driverCells(100, 6);
		lab.notebook("saved.ipynb", [start, show("view-1"), wait(6)]);
		const first = await open("saved.ipynb");
		for (const cell of [0, 1, 2]) await runCell(first, cell);
		await batchAt(first, 6);
		await save(first);
		const saved = lab.read("saved.ipynb");
		const states = Object.values(saved.metadata.widgets?.[STATE]?.state ?? {}).flatMap(({ state }) =>
			state.snapshot === undefined ? [] : [state.snapshot as ViewSnapshot],
		);
		expect(states.map((snapshot) => snapshot.rows?.batch)).toEqual([6]);
		expect(String(saved.cells[1].outputs[0].data?.["text/plain"])).toContain("batch 6");
		await first.evaluate(() =>
			(globalThis as unknown as LabGlobals).jupyterapp.shell.currentWidget?.sessionContext.shutdown(),
		);
		const page = await open("saved.ipynb", { theme: "dark", kernel: false });
		await batchAt(page, 6);
		expect(await page.$eval(".mr-view", (view) => (view as HTMLElement).dataset.theme)).toBe("dark");
	});

	test("after shutdown the open notebook holds the last state without the widget", async () => {
		const { start, show, wait } = driverCells(100, 4);
		lab.notebook("down.ipynb", [start, show("view-1"), wait(4)]);
		const page = await open("down.ipynb");
		for (const cell of [0, 1, 2]) await runCell(page, cell);
		await batchAt(page, 4);
		await page.evaluate(() =>
			(globalThis as unknown as LabGlobals).jupyterapp.shell.currentWidget?.sessionContext.shutdown(),
		);
		await page.waitForSelector(".millrace-view svg", { timeout: 20_000 });
		await save(page);
		const data = lab.read("down.ipynb").cells[1].outputs[0].data ?? {};
		expect(Object.keys(data)).not.toContain(WIDGET);
		expect(String(data["text/html"])).toContain("<svg");
	});

	test("a notebook executed elsewhere and not trusted shows chart and table, and no stray text", async () => {
		const { start, show, wait } = driverCells(100, 5);
		lab.notebook("foreign.ipynb", [start, show("view-1"), wait(5)]);
		await jupyter(lab, ["nbconvert", "--to", "notebook", "--inplace", "--execute", "foreign.ipynb"]);
		const page = await open("foreign.ipynb", { kernel: false });
		await page.waitForSelector('img[src^="data:image/svg+xml"]');
		const shown = await page.evaluate(() => {
			const output =
				document.querySelector(".jp-RenderedHTMLCommon .millrace-view") ??
				document.querySelector(".jp-OutputArea-output table")?.closest(".jp-OutputArea-output");
			const stray = document.querySelector('div[style*="font-size:0"], div[style*="font-size: 0"]');
			return {
				table: document.querySelectorAll(".jp-OutputArea-output tbody tr").length,
				chart: (document.querySelector('img[src^="data:image/svg+xml"]') as HTMLImageElement).naturalWidth,
				svg: output?.querySelectorAll("svg").length,
				stray: stray?.getBoundingClientRect().height,
			};
		});
		expect(shown).toMatchObject({ table: 23, svg: 0, stray: 0 });
		expect(shown.chart).toBeGreaterThan(300);
	});

	test("nbconvert: the HTML opened without a network shows the last batch as chart and table", async () => {
		const { start, show, wait } = driverCells(100, 5);
		lab.notebook("export.ipynb", [start, show("view-1"), wait(5)]);
		await jupyter(lab, ["nbconvert", "--to", "html", "--execute", "export.ipynb"]);
		const html = readFileSync(join(lab.folder, "export.html"), "utf8");
		expect(html).toContain('class="millrace-view"');
		const page = await lab.offlinePage();
		onTestFinished(() => page.close());
		await page.goto(pathToFileURL(join(lab.folder, "export.html")).href, { waitUntil: "domcontentloaded" });
		const shown = await page.$eval(".millrace-view", (view) => ({
			text: (view as HTMLElement).innerText,
			bars: view.querySelectorAll("svg[role=img] .mark-rect path").length,
			rows: view.querySelectorAll("tbody tr").length,
			width: (view.querySelector("svg") as SVGElement).getBoundingClientRect().width,
		}));
		expect(shown.text).toMatch(/Batch 5/);
		expect(shown.bars).toBeGreaterThanOrEqual(20);
		expect(shown.rows).toBe(23);
		expect(shown.width).toBeGreaterThan(300);
	});
});
