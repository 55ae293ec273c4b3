// Live views in JupyterLab: the installed kernel, the real engine, the quickstart. And what nbconvert makes of them.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { ViewSnapshot } from "../../engine/views/model.ts";
import { chromiumPath } from "../support/chromium.ts";
import { allViewsAre, barsAre, batchOf, chartChanged, recordChart, texts, viewsAt } from "./charts.ts";
import type { Lab, LabGlobals, NotebookPanel } from "./lab.ts";
import {
	cellRuns,
	closeNotebook,
	command,
	freePort,
	jupyter,
	kernelIdle,
	openNotebook,
	outputHas,
	outputOf,
	reload,
	reveal,
	runCell,
	save,
	shutdown,
	startLab,
} from "./lab.ts";
import type { WordSource } from "./source.ts";
import { startWords } from "./source.ts";

const chromium = chromiumPath();
const WIDGET = "application/vnd.jupyter.widget-view+json";
const STATE = "application/vnd.jupyter.widget-state+json";

describe.skipIf(chromium === undefined)("live views in JupyterLab", { timeout: 90_000 }, () => {
	let lab: Lab;
	let page: Page;
	/** The HTML of the quickstart; made while other tests wait for batches. */
	let exported: Promise<string>;
	beforeAll(async () => {
		lab = await startLab(chromium as string);
		lab.kernel("broken", { argv: ["no-such-program"], display_name: "Broken", language: "none" });
		page = await lab.open();
	});
	afterAll(() => lab?.close());

	/** Cells of the quickstart, found by what stands in them. */
	function cellWith(name: string, text: string): number {
		return lab.read(name).cells.findIndex((cell) => [cell.source].flat().join("").trimEnd().endsWith(text));
	}

	describe("the quickstart", () => {
		test("runs whole: the chart changes in at least 5 batches, the result is right, the stream ends", async () => {
			lab.quickstart("quickstart.ipynb", "none");
			await openNotebook(page, "quickstart.ipynb");
			await recordChart(page);
			await command(page, "notebook:run-all-cells");
			await chartChanged(page, 5);
			await allViewsAre(page, "stopped");
			await outputHas(page, lab.read("quickstart.ipynb").cells.length - 1, "word counts of", "words in all");
			await outputHas(page, cellWith("quickstart.ipynb", "words.count().print();"), "Time: ");
			expect(await page.$$(".jp-Notebook [data-mime-type='application/vnd.jupyter.error']")).toEqual([]);
			await save(page);
			const saved = lab.read("quickstart.ipynb");
			expect(saved.cells.flatMap((cell) => cell.outputs ?? []).map((output) => output.output_type)).not.toContain(
				"error",
			);
			const kept = Object.values(saved.metadata.widgets?.[STATE]?.state ?? {}).flatMap(({ state }) =>
				state.snapshot === undefined ? [] : [state.snapshot as ViewSnapshot],
			);
			expect(kept.map((snapshot) => [snapshot.title, snapshot.state])).toEqual([["counts", "STOPPED"]]);
			expect(kept[0].rows?.rows.length).toBeGreaterThan(5);
		});

		test("saved and opened again without its kernel it shows the last state, in the dark theme as well", async () => {
			const [shown] = await texts(page, ".mr-data tbody");
			const batch = await batchOf(page);
			await closeNotebook(page);
			await command(page, "apputils:change-theme", { theme: "JupyterLab Dark" });
			await openNotebook(page, "quickstart.ipynb");
			await viewsAt(page, 1, batch);
			expect(await texts(page, ".mr-data tbody")).toEqual([shown]);
			await barsAre(page, "dark");
			await command(page, "apputils:change-theme", { theme: "JupyterLab Light" });
			await barsAre(page, "light");
			expect(await page.$eval(".mr-stop", (button) => (button as HTMLButtonElement).disabled)).toBe(true);
			await closeNotebook(page);
		});

		test("saved and opened again where its kernelspec is missing it shows the last state; with a kernel, the widget", async () => {
			const cell = cellWith("quickstart.ipynb", "ssc.start();\ncounts");
			await openNotebook(page, "quickstart.ipynb");
			await page.waitForSelector(".mr-data tbody tr");
			const batch = await batchOf(page);
			// Written by JupyterLab, so that the notebook stays trusted. Below our view stand one whose state is lost and
			// another library's widget.
			const { widgets } = lab.read("quickstart.ipynb").metadata;
			await page.evaluate(
				(index, mime) => {
					const panel = (globalThis as unknown as LabGlobals).jupyterapp.shell.currentWidget as NotebookPanel;
					const missing = { display_name: "Missing", language: "none", name: "missing" };
					panel.context.model.setMetadata("kernelspec", missing);
					panel.context.model.deleteMetadata("language_info");
					const widget = { [mime]: { version_major: 2, version_minor: 0, model_id: "none" } };
					const html = '<div class="millrace-view"><p>lost</p></div>';
					for (const data of [
						{ ...widget, "text/html": html },
						{ ...widget, "text/plain": "Other()" },
					])
						panel.content.widgets[index].outputArea?.model.add({ output_type: "display_data", data, metadata: {} });
				},
				cell,
				WIDGET,
			);
			await save(page);
			await closeNotebook(page);
			const saved = (lab.read("quickstart.ipynb").cells[cell].outputs ?? []).filter(({ data }) => data?.[WIDGET]);
			expect(saved.length).toBe(3);

			await reveal(page, "quickstart.ipynb");
			const noKernel = await page.waitForSelector(".jp-Dialog .jp-mod-reject", { timeout: 20_000 });
			await noKernel?.click();
			await page.waitForSelector(".jp-Notebook .millrace-view tbody tr");
			await outputHas(page, cell, "lost");
			const shown = await page.evaluate((index) => {
				const panel = (globalThis as unknown as LabGlobals).jupyterapp.shell.currentWidget as NotebookPanel;
				const view = panel.content.widgets[index].node.querySelector(".millrace-view") as HTMLElement;
				return {
					kernel: !panel.sessionContext.hasNoKernel,
					dirty: panel.context.model.dirty,
					rows: view.querySelectorAll("tbody tr").length,
					bars: view.querySelectorAll("svg[role=img] .mark-rect path").length,
					width: view.querySelector("svg")?.getBoundingClientRect().width,
					below: panel.content.widgets[index].outputArea?.node.innerText.trim().split("\n").at(-1),
				};
			}, cell);
			expect(shown).toMatchObject({ kernel: false, dirty: false, below: "Loading widget..." });
			expect(shown.rows).toBeGreaterThan(5);
			expect(shown.bars).toBeGreaterThanOrEqual(shown.rows);
			expect(shown.width).toBeGreaterThan(300);
			await save(page);
			const again = (lab.read("quickstart.ipynb").cells[cell].outputs ?? []).filter(({ data }) => data?.[WIDGET]);
			expect(again).toEqual(saved);

			await page.evaluate(async (state) => {
				const panel = (globalThis as unknown as LabGlobals).jupyterapp.shell.currentWidget as NotebookPanel;
				// Saved without a live widget, the state of the view is gone from the file.
				panel.context.model.setMetadata("widgets", state);
				await panel.sessionContext.changeKernel({ name: "millrace" });
			}, widgets as never);
			await viewsAt(page, 1, batch);
			await outputHas(page, cell, "lost", "model not found");
			expect(await texts(page, ".jp-Notebook .millrace-view")).toEqual(["lost"]);
		});

		test("where its kernel does not start, the last state stays, for jupyter-widgets gives up on the notebook", async () => {
			const cell = cellWith("quickstart.ipynb", "ssc.start();\ncounts");
			await closeNotebook(page);
			await reveal(page, "quickstart.ipynb");
			await (await page.waitForSelector(".jp-Dialog .jp-mod-reject"))?.click();
			await page.evaluate(() => {
				const panel = (globalThis as unknown as LabGlobals).jupyterapp.shell.currentWidget as NotebookPanel;
				const broken = { display_name: "Broken", language: "none", name: "broken" };
				panel.context.model.setMetadata("kernelspec", broken);
			});
			await save(page);
			await closeNotebook(page);
			await reveal(page, "quickstart.ipynb");
			await (await page.waitForSelector(".jp-Dialog .jp-mod-accept"))?.click(); // "Error Starting Kernel"
			await (await page.waitForSelector(".jp-Dialog .jp-mod-reject"))?.click(); // "Select Kernel"
			await outputHas(page, cell, "river", "lost", "Loading widget...");
			await page.evaluate(async () => {
				const { currentWidget } = (globalThis as unknown as LabGlobals).jupyterapp.shell;
				await currentWidget?.sessionContext.changeKernel({ name: "millrace" });
			});
			await kernelIdle(page);
			await outputHas(page, cell, "river", "lost", "Loading widget...");
		});

		afterAll(() => closeNotebook(page));

		test("as committed and not trusted it shows chart and table, and no stray text", async () => {
			await closeNotebook(page);
			lab.quickstart("foreign.ipynb", "as committed");
			exported = jupyter(lab, ["nbconvert", "--to", "html", "--execute", "--output", "export.html", "foreign.ipynb"]);
			exported.catch(() => undefined); // looked at by the test that needs it
			await openNotebook(page, "foreign.ipynb");
			await page.waitForSelector('.jp-Notebook img[src^="data:image/svg+xml"]');
			const shown = await page.evaluate(() => {
				const chart = document.querySelector('.jp-Notebook img[src^="data:image/svg+xml"]') as HTMLImageElement;
				const output = chart.closest(".jp-OutputArea-output");
				const stray = document.querySelector('div[style*="font-size:0"], div[style*="font-size: 0"]');
				return {
					rows: output?.querySelectorAll("tbody tr").length,
					width: chart.naturalWidth,
					svg: output?.querySelectorAll("svg").length,
					stray: stray?.getBoundingClientRect().height,
				};
			});
			expect(shown).toMatchObject({ svg: 0, stray: 0 });
			expect(shown.rows).toBeGreaterThan(5);
			expect(shown.width).toBeGreaterThan(300);
			await closeNotebook(page);
		});
	});

	describe("a stream in a notebook", () => {
		let words: WordSource;
		beforeAll(async () => {
			words = await startWords();
			lab.notebook("live.ipynb", [
				`import { StreamingContext, milliseconds } from "millrace";
let calm = 41;
const ssc = new StreamingContext("local[2]", "totals", milliseconds(200));
const totals = ssc.socketTextStream("127.0.0.1", ${words.port})
	.flatMap((line) => line.split(" "))
	.map((word) => [word, 1])
	.updateStateByKey<number>((counts, sum) => counts.reduce((a, b) => a + b, sum ?? 0));
totals`,
				"totals",
				"ssc.start();\ntotals",
				"totals",
				"await ssc.awaitBatches(3);",
				"calm += 1;\nwhile (true) {}",
				"calm",
			]);
			await openNotebook(page, "live.ipynb");
		});
		afterAll(async () => {
			await closeNotebook(page);
			await words.close();
		});

		test("is shown before it starts, after, twice, and in other cells than its own", async () => {
			await runCell(page, 0);
			await runCell(page, 1);
			await page.waitForFunction(() => document.querySelectorAll(".mr-view .mr-state").length === 2);
			await allViewsAre(page, "not started");
			await runCell(page, 2);
			await runCell(page, 3);
			await viewsAt(page, 4, 2);
			await allViewsAre(page, "running");
		});

		test("has one view per cell after batches were awaited and after its cell ran again", async () => {
			await runCell(page, 4);
			const before = await batchOf(page);
			await viewsAt(page, 4, before);
			const old = await page.$$(".mr-view");
			await runCell(page, 3);
			await viewsAt(page, 4, before + 1);
			const kept = await Promise.all(old.map((view) => view.evaluate((node) => node.isConnected)));
			expect(kept).toEqual([true, true, true, false]);
		});

		test("is in the page again after a reload, and goes on", async () => {
			await save(page);
			const before = await batchOf(page);
			await reload(page);
			await viewsAt(page, 4, before + 1);
			await allViewsAre(page, "running");
			await viewsAt(page, 4, (await batchOf(page)) + 2);
		});

		test("goes on and can be stopped while a cell spins; then the cell is interrupted and its state is there", async () => {
			const spinning = runCell(page, 5);
			await cellRuns(page, 5);
			await recordChart(page);
			await chartChanged(page, 5);
			// "Stop now", or a button with nothing left to stop, is the kernel's word: the page alone does neither.
			const answer = await page.evaluate(async () => {
				const button = document.querySelector(".mr-stop") as HTMLButtonElement;
				const begin = performance.now();
				const answered = new Promise<number>((resolve) => {
					const look = () => {
						if (!button.disabled && button.textContent === "Stop") return;
						watch.disconnect();
						resolve(performance.now() - begin);
					};
					const watch = new MutationObserver(look);
					watch.observe(button, { childList: true, characterData: true, subtree: true, attributes: true });
				});
				button.click();
				return answered;
			});
			expect(answer).toBeLessThan(1000);
			await allViewsAre(page, "stopped");
			await cellRuns(page, 5);
			await command(page, "notebook:interrupt-kernel");
			await spinning;
			await kernelIdle(page);
			await runCell(page, 6);
			await outputHas(page, 6, "42");
		});
	});

	describe("what goes wrong in a stream", () => {
		beforeAll(async () => {
			lab.notebook("wrong.ipynb", [
				'import { StreamingContext, milliseconds } from "millrace";\nimport { createServer, type Server } from "node:net";',
				`const lonely = new StreamingContext("local[1]", "lonely", milliseconds(100));
const lines = lonely.socketTextStream("127.0.0.1", ${await freePort()});
lines`,
				"lonely.start();",
				"await lonely.stop();",
				`const ssc = new StreamingContext("local[1]", "numbers", milliseconds(100));
const queue = [["1"], ["2", "two"], ["3"]];
const parsed = ssc.queueStream(queue).map((text) => {
	const n = Number(text);
	console.log("parsing", text);
	if (Number.isNaN(n)) throw new RangeError("not a number");
	return n;
});`,
				"parsed.print();",
				"ssc.start();\nparsed",
				"await ssc.stop();",
			]);
			await openNotebook(page, "wrong.ipynb");
			await runCell(page, 0);
		});
		afterAll(() => closeNotebook(page));

		test("a port that nobody listens on: the view shows the receiver's last error", async () => {
			await runCell(page, 1);
			await runCell(page, 2);
			await page.waitForSelector(".mr-problem:not([hidden])");
			const [problem] = await texts(page, ".mr-problem");
			await runCell(page, 3);
			expect(problem).toMatch(/^Receiver socket 127\.0\.0\.1:\d+: /);
			expect(problem).toMatch(/Error connecting to 127\.0\.0\.1:\d+/);
		});

		test("a failed batch: cell, line and record stand under the cell of the output, and batches go on", async () => {
			await runCell(page, 4);
			await runCell(page, 5);
			await runCell(page, 6);
			await outputHas(page, 5, "not a number", "cell [5], line 6", '"two"');
			await outputHas(page, 5, "\n3");
			expect(await outputOf(page, 4)).not.toContain("not a number");
			await page.waitForFunction(() =>
				Array.from(document.querySelectorAll(".mr-problem")).some((one) => one.textContent?.includes("not a number")),
			);
		});

		test("what executors write to the console stands under the cells of the outputs it was computed for", async () => {
			for (const cell of [5, 6]) await outputHas(page, cell, "parsing 1", "parsing two", "parsing 3");
			expect(await outputOf(page, 4)).not.toContain("parsing");
		});

		test("when the kernel is shut down, the last state is in the notebook without the widget", async () => {
			await runCell(page, 7);
			await shutdown(page);
			await page.waitForFunction(
				() =>
					document.querySelector(".jp-Notebook .mr-view") === null &&
					document.querySelectorAll(".jp-Notebook .millrace-view svg").length > 0,
				{ timeout: 20_000 },
			);
			await save(page);
			// What executors wrote to the console may stand before the view.
			const outputs = (lab.read("wrong.ipynb").cells[6].outputs ?? []).flatMap(({ data }) =>
				data === undefined ? [] : [data],
			);
			expect(outputs.length).toBe(1);
			const [data] = outputs;
			expect(Object.keys(data)).not.toContain(WIDGET);
			expect([data["text/html"]].flat().join("")).toContain("<svg");
			expect([data["text/plain"]].flat().join("")).toContain("1 failed batch");
		});
	});

	test("the quickstart's HTML, opened without a network, shows table, chart and what was printed", async () => {
		await exported;
		const offline = await lab.offlinePage();
		onTestFinished(() => offline.close());
		const file = join(lab.folder, "export.html");
		await offline.goto(pathToFileURL(file).href, { waitUntil: "domcontentloaded" });
		const shown = await offline.$eval(".millrace-view", (view) => ({
			text: (view as HTMLElement).innerText,
			bars: view.querySelectorAll("svg[role=img] .mark-rect path").length,
			rows: view.querySelectorAll("tbody tr").length,
			width: (view.querySelector("svg") as SVGElement).getBoundingClientRect().width,
		}));
		expect(shown.text).toMatch(/river\s+\d+/);
		expect(shown.rows).toBeGreaterThan(5);
		expect(shown.bars).toBeGreaterThanOrEqual(shown.rows);
		expect(shown.width).toBeGreaterThan(300);
		const page = await offline.$eval("body", (body) => (body as HTMLElement).innerText);
		expect(page).toMatch(/Time: \d+ ms\n-+\n\d+/);
		expect(page).toMatch(/word counts of \d+ windows, \d+ words in all/);
		expect(readFileSync(file, "utf8")).not.toContain("Output cannot be rendered");
	});
});
