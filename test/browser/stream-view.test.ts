// The view module in a real browser, under a content policy that forbids eval and every foreign origin.
import type { Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { diff, encodeDelta } from "../../engine/views/delta.ts";
import type { ViewModel } from "../../engine/views/model.ts";
import { apply, createModel, markStopping } from "../../engine/views/model.ts";
import { chromiumPath } from "../support/chromium.ts";
import { description, Feed, receiver, wordRows } from "../widgets/sample.ts";
import type { Harness, PageGlobals } from "./page.ts";
import { mount, send, sent, startHarness } from "./page.ts";

const chromium = chromiumPath();

describe.skipIf(chromium === undefined)("the view module in Chromium", () => {
	let harness: Harness;
	beforeAll(async () => {
		harness = await startHarness(chromium as string);
	});
	afterAll(() => harness?.close());

	async function open(theme: "light" | "dark" = "light", width?: number): Promise<Page> {
		const page = await harness.open(theme, width);
		const problems: string[] = [];
		page.on("pageerror", (error) => problems.push(String(error)));
		page.on("console", (message) => {
			if (["error", "warn"].includes(message.type())) problems.push(message.text());
		});
		onTestFinished(async () => {
			await page.close();
			expect(problems).toEqual([]);
		});
		return page;
	}

	function grown(batches: number): { model: ViewModel; feed: Feed } {
		const feed = new Feed();
		let model = feed.start().reduce(apply, createModel(description()));
		for (let number = 1; number <= batches; number++) model = feed.batch(number).reduce(apply, model);
		return { model, feed };
	}

	const texts = (page: Page, selector: string) =>
		page.$$eval(selector, (all) => all.map((one) => one.textContent ?? ""));
	const bars = (page: Page) => texts(page, ".mr-chartbox svg .role-mark text");
	const until = (page: Page, selector: string, text: string) =>
		page.waitForFunction(
			(where, what) => Array.from(document.querySelectorAll(where)).some((one) => one.textContent === what),
			{},
			selector,
			text,
		);

	test("header, chart and table show the newest batch", async () => {
		const page = await open();
		const { model } = grown(3);
		await mount(page, model);
		await page.waitForSelector(".mr-chartbox svg");
		expect(await texts(page, ".mr-label")).toEqual(["Batch", "Records", "Processing", "Total delay"]);
		expect((await texts(page, ".mr-value"))[0]).toBe("3");
		expect(await texts(page, ".mr-state")).toEqual(["running"]);
		const first = wordRows(3).rows[0];
		expect((await texts(page, ".mr-data tbody tr:first-child td")).join()).toBe(
			`${first[0]},${Number(first[1]).toLocaleString("en-US")}`,
		);
		expect((await bars(page)).slice(0, 1)).toEqual([Number(first[1]).toLocaleString("en-US")]);
	});

	test("text from data is text in table, chart and header: no element comes from it", async () => {
		const page = await open();
		const nasty = '<img src=x onerror="document.title=1"><script>1</script>';
		let model = createModel(description({ title: nasty, appName: nasty }));
		model = new Feed().batch(1, {}, wordRows(1, [nasty, "__proto__", "constructor"])).reduce(apply, model);
		await mount(page, model);
		await page.waitForSelector(".mr-chartbox svg");
		expect(await page.$$eval(".mr-view img, .mr-view script", (all) => all.length)).toBe(0);
		expect((await texts(page, ".mr-title"))[0].startsWith("<img")).toBe(true);
		expect((await texts(page, ".mr-data td"))[0]).toBe(nasty);
		expect((await texts(page, ".mr-chartbox svg .mark-text text")).some((text) => text.startsWith("<img"))).toBe(true);
	});

	test("deltas change the drawn chart and are acknowledged after they are drawn", async () => {
		const page = await open();
		const { model, feed } = grown(1);
		await mount(page, model);
		await page.waitForSelector(".mr-chartbox svg");
		const svg = await page.$(".mr-chartbox svg");
		const seen = new Set<string>([(await bars(page)).join()]);
		let now = model;
		for (let number = 2; number <= 8; number++) {
			const next = feed.batch(number).reduce(apply, now);
			await send(page, encodeDelta(diff(now, next)), number - 1);
			now = next;
			await until(page, ".mr-value", String(number));
			await page.waitForFunction(
				(n) =>
					(globalThis as unknown as PageGlobals).harness.sent.some(
						(message) => message.kind === "ack" && message.n === n,
					),
				{},
				number - 1,
			);
			seen.add((await bars(page)).join());
		}
		expect(seen.size).toBe(8);
		// The same drawing all along: rows were changed in it, it was not made anew.
		expect(await svg?.evaluate((node) => node.isConnected)).toBe(true);
	});

	test("a gap is noticed and repaired", async () => {
		const page = await open();
		const { model, feed } = grown(1);
		await mount(page, model);
		const skipped = feed.batch(2).reduce(apply, model);
		const next = feed.batch(3).reduce(apply, skipped);
		await send(page, encodeDelta(diff(skipped, next)), 2);
		await page.waitForFunction(() =>
			(globalThis as unknown as PageGlobals).harness.sent.some((message) => message.kind === "resync"),
		);
		await send(page, encodeDelta(diff(undefined, next)), 3);
		await until(page, ".mr-value", "3");
	});

	test("the stop button asks for a graceful stop, and while that is under way for one at once", async () => {
		const page = await open();
		const { model } = grown(1);
		await mount(page, model);
		await page.click(".mr-stop");
		expect((await sent(page)).filter((message) => message.kind === "stop")).toEqual([{ kind: "stop", graceful: true }]);
		expect(await texts(page, ".mr-state")).toEqual(["stopping"]);
		await send(page, encodeDelta(diff(model, markStopping(model))), 1);
		await until(page, ".mr-stop", "Stop now");
		await page.click(".mr-stop");
		expect((await sent(page)).at(-1)).toMatchObject({ kind: "stop", graceful: false });
	});

	test("a saved view without a kernel says so and has nothing to stop", async () => {
		const page = await open();
		await mount(page, grown(1).model);
		await until(page, ".mr-state", "no kernel");
		expect(await page.$eval(".mr-stop", (button) => (button as HTMLButtonElement).disabled)).toBe(true);
	});

	test("the theme is followed while the page is open, in style sheet and charts", async () => {
		const page = await open("light");
		await mount(page, grown(2).model);
		await page.waitForSelector(".mr-chartbox svg");
		const fill = () => page.$eval(".mr-chartbox svg .mark-rect path", (bar) => bar.getAttribute("fill"));
		const light = await fill();
		await page.evaluate(() => void (document.body.dataset.jpThemeLight = "false"));
		await page.waitForFunction(
			(before) => {
				const bar = document.querySelector(".mr-chartbox svg .mark-rect path");
				return bar !== null && bar.getAttribute("fill") !== before;
			},
			{},
			light,
		);
		expect(await page.$eval(".mr-view", (view) => (view as HTMLElement).dataset.theme)).toBe("dark");
	});

	test("batches and plan are drawn when they are looked at, and the tabs work by keyboard", async () => {
		const page = await open();
		await mount(page, grown(12).model);
		await page.focus('[role="tab"][aria-selected="true"]');
		await page.keyboard.press("ArrowRight");
		await page.waitForSelector('[role="tabpanel"]:not([hidden]) .mr-chart svg');
		expect((await texts(page, '[role="tabpanel"]:not([hidden]) tbody tr:first-child td'))[0]).toBe("12");
		await page.keyboard.press("ArrowRight");
		await page.waitForSelector(".mr-dag svg");
		expect(await texts(page, ".mr-dag svg text")).toEqual(
			expect.arrayContaining(["socketTextStream", "flatMap", "map", "counts", "900 records"]),
		);
		expect(
			await page.$$eval('[role="tab"]', (all) => all.filter((tab) => (tab as HTMLElement).tabIndex === 0).length),
		).toBe(1);
	});

	test("everything that is drawn has a name for those who cannot see it", async () => {
		const page = await open();
		await mount(page, grown(2).model);
		await page.waitForSelector(".mr-chartbox svg");
		expect(await page.$eval(".mr-view", (view) => view.getAttribute("aria-label"))).toBe("Live view of counts");
		expect(await page.$eval(".mr-chart[aria-label]", (chart) => chart.getAttribute("aria-label"))).toMatch(
			/^Chart of counts: top 20 of 23 by value, batch 2$/,
		);
		expect(await page.$eval(".mr-stop", (button) => button.getAttribute("aria-label"))).toBe(
			"Stop the stream wordcount",
		);
	});

	test("a receiver's last error and a stream that has not started are said in words", async () => {
		const page = await open();
		const idle = createModel(description());
		await mount(page, idle);
		await until(page, ".mr-empty", "The stream has not started: rows appear with the first batch after start().");
		const feed = new Feed();
		const failed = apply(
			idle,
			feed.listener({
				type: "ReceiverError",
				receiver: receiver({ active: false, lastErrorMessage: "connect ECONNREFUSED" }),
			}),
		);
		await send(page, encodeDelta(diff(idle, failed)), 1);
		await until(page, ".mr-problem", "Receiver SocketReceiver-0: connect ECONNREFUSED");
	});

	test("rows that have no chart are a table", async () => {
		const page = await open();
		const rows = { columns: [{ name: "value", type: "string" as const }], rows: [["a"], ["b"]], total: 2 };
		await mount(page, new Feed().batch(1, {}, rows).reduce(apply, createModel(description())));
		await page.waitForSelector('.mr-data[data-only="table"] td');
		expect(await page.$eval(".mr-chartbox", (box) => getComputedStyle(box).display)).toBe("none");
	});

	test("rendered again into a new place, as JupyterLab does, the view moves there with its chart", async () => {
		const page = await open();
		const { model, feed } = grown(1);
		await mount(page, model);
		const svg = await page.waitForSelector(".mr-chartbox svg");
		await page.evaluate(() => void (globalThis as unknown as PageGlobals).harness.remount());
		expect(await page.$$eval(".mr-view", (all) => all.length)).toBe(1);
		expect(await svg?.evaluate((node) => node.isConnected)).toBe(true);
		await send(page, encodeDelta(diff(model, feed.batch(2).reduce(apply, model))), 1);
		await until(page, ".mr-value", "2");
	});

	test("the cleanup takes the view out of the page and says goodbye", async () => {
		const page = await open();
		await mount(page, grown(1).model);
		await page.waitForSelector(".mr-chartbox svg");
		await page.evaluate(() => (globalThis as unknown as PageGlobals).harness.cleanup());
		expect(await page.$$(".mr-view")).toEqual([]);
		expect((await sent(page)).at(-1)).toMatchObject({ kind: "bye" });
	});

	test("it fits a narrow column", async () => {
		const page = await open("dark", 360);
		await mount(page, grown(5).model);
		await page.waitForSelector(".mr-chartbox svg");
		expect(await page.$eval(".mr-view", (view) => view.scrollWidth <= view.clientWidth)).toBe(true);
		expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
	});
});
