// What the live views in a page show, and a record of how their charts change.
import type { Page } from "puppeteer-core";
import { THEMES } from "../../engine/views/theme.ts";

interface Record {
	readonly timer: ReturnType<typeof setInterval>;
	/** Batch and text of the bars, whenever they were another than before. */
	readonly changes: { batch: number; bars: string }[];
}

type Globals = { chartRecord?: Record };

/** Starts to note the changes of the first chart of the page. */
export async function recordChart(page: Page): Promise<void> {
	await page.evaluate(() => {
		const globals = globalThis as unknown as Globals;
		clearInterval(globals.chartRecord?.timer);
		const changes: Record["changes"] = [];
		const note = () => {
			const view = document.querySelector(".mr-view");
			const marks = Array.from(view?.querySelectorAll(".mr-chartbox svg .role-mark text") ?? []);
			if (view === null || marks.length === 0) return;
			const batch = Number(view.querySelector(".mr-value")?.textContent?.replaceAll(",", ""));
			const bars = marks.map((one) => one.textContent).join();
			if (changes.at(-1)?.bars !== bars) changes.push({ batch, bars });
		};
		globals.chartRecord = { changes, timer: setInterval(note, 20) };
	});
}

/** Resolves when the chart changed in at least that many batches since `recordChart`. */
export async function chartChanged(page: Page, batches: number): Promise<void> {
	await page.waitForFunction(
		(least) =>
			new Set((globalThis as unknown as Globals).chartRecord?.changes.map((change) => change.batch)).size > least,
		{ timeout: 30_000 },
		batches,
	);
}

/** Resolves when that many views are in the page and all of them show a chart of batch `least` or a later one. */
export async function viewsAt(page: Page, count: number, least: number): Promise<void> {
	await page
		.waitForFunction(
			(wanted, batch) => {
				const views = Array.from(document.querySelectorAll(".mr-view"));
				return (
					views.length === wanted &&
					views.every(
						(view) =>
							Number(view.querySelector(".mr-value")?.textContent?.replaceAll(",", "")) >= batch &&
							view.querySelector(".mr-chartbox svg") !== null,
					)
				);
			},
			{ timeout: 30_000 },
			count,
			least,
		)
		.catch(async (cause) => {
			throw new Error(`Not ${count} views at batch ${least}, but ${JSON.stringify(await texts(page, ".mr-view"))}`, {
				cause,
			});
		});
}

/** Returns the number of the newest batch that the first view shows. */
export async function batchOf(page: Page): Promise<number> {
	return Number((await texts(page, ".mr-value"))[0].replaceAll(",", ""));
}

/** Returns the texts of all elements of a selector. */
export function texts(page: Page, selector: string): Promise<string[]> {
	return page.$$eval(selector, (all) => all.map((one) => one.textContent ?? ""));
}

/** Resolves when the state that every view shows is this one. */
export async function allViewsAre(page: Page, state: string): Promise<void> {
	await page.waitForFunction(
		(wanted) => {
			const states = Array.from(document.querySelectorAll(".mr-state"));
			return states.length > 0 && states.every((one) => one.textContent === wanted);
		},
		{ timeout: 20_000 },
		state,
	);
}

/** Resolves when the first view and the bars of its chart have the colours of that theme. */
export async function barsAre(page: Page, theme: "light" | "dark"): Promise<void> {
	await page
		.waitForFunction(
			(name, accent) => {
				const view = document.querySelector<HTMLElement>(".mr-view");
				return (
					view?.dataset.theme === name &&
					view.querySelector(".mr-chartbox svg .mark-rect path")?.getAttribute("fill") === accent
				);
			},
			{ timeout: 20_000 },
			theme,
			THEMES[theme].accent,
		)
		.catch(async (cause) => {
			const seen = await page.$$eval(".mr-view", (views) =>
				views.map((view) => [
					(view as HTMLElement).dataset.theme,
					view.querySelector(".mr-chartbox svg .mark-rect path")?.getAttribute("fill"),
				]),
			);
			throw new Error(`The view is not ${theme} (${THEMES[theme].accent}) but ${JSON.stringify(seen)}`, { cause });
		});
}
