// A live view in the page: header, data, batches and plan of one stream, drawn at most once per animation frame.
/// <reference lib="dom" />
import { dagPicture } from "../engine/views/dag-spec.ts";
import { cellText, formatMs, formatNumber } from "../engine/views/format.ts";
import { METRICS_NAME, metricsRows, metricsSpec } from "../engine/views/metrics-spec.ts";
import type { ViewSnapshot } from "../engine/views/model.ts";
import { chartOf, DATA_NAME } from "../engine/views/spec.ts";
import type { AfmModel } from "./afm.ts";
import { DataTable } from "./data-table.ts";
import { element, setText } from "./dom.ts";
import { SnapshotFeed } from "./feed.ts";
import { Header } from "./header.ts";
import { ensureStyle } from "./style.ts";
import { Tabs } from "./tabs.ts";
import { currentTheme, watchTheme } from "./theme-watch.ts";
import { VegaPanel } from "./vega-panel.ts";

const DATA = 0;
const BATCHES = 1;
const PLAN = 2;
const LISTED_BATCHES = 60;
/** How long a page waits for the kernel's first word before it says that there is none, ms. */
const KERNEL_TIMEOUT = 4000;

/** One live view. It can be moved to another place in the page and keeps what it shows. */
export class StreamView {
	readonly root: HTMLElement;
	readonly #feed: SnapshotFeed;
	readonly #header: Header;
	readonly #tabs: Tabs;
	readonly #data = element("div", { class: "mr-data" });
	readonly #caption = element("p", { class: "mr-caption" });
	readonly #empty = element("div", { class: "mr-empty" });
	readonly #chart = new VegaPanel(element("div", { class: "mr-chart" }));
	readonly #metrics = new VegaPanel(element("div", { class: "mr-chart" }));
	readonly #dag = new VegaPanel(element("div", { class: "mr-dag" }));
	readonly #rows = new DataTable("Newest rows");
	readonly #batches = new DataTable("Batches", 250);
	readonly #unwatch: () => void;
	readonly #resize: ResizeObserver;
	#frame: number | undefined;
	#width = 0;
	#first = true;
	/** Until when the page takes it for granted that a kernel is there. */
	#patience = false;
	#timer: ReturnType<typeof setTimeout> | undefined;

	constructor() {
		ensureStyle();
		const page = globalThis.crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
		this.#feed = new SnapshotFeed(page, () => this.#schedule());
		this.#header = new Header((graceful) => this.#feed.stop(graceful));
		this.#tabs = new Tabs(["Data", "Batches", "Plan"], "Parts of the view", () => this.#schedule());
		this.#data.append(element("div", { class: "mr-chartbox" }, this.#caption, this.#chart.element), this.#rows.element);
		this.#tabs.panels[DATA].append(this.#empty, this.#data);
		this.#tabs.panels[BATCHES].append(this.#metrics.element, this.#batches.element);
		const legend = element(
			"div",
			{ class: "mr-legend", "aria-hidden": "true" },
			element("span", { "data-role": "source" }, "source"),
			element("span", { "data-role": "step" }, "step"),
			element("span", { "data-role": "output" }, "output"),
			element("span", { "data-role": "stage" }, "records are exchanged, a stage begins"),
		);
		this.#tabs.panels[PLAN].append(this.#dag.element, legend);
		this.root = element(
			"section",
			{ class: "mr-view", "aria-label": "Live view", "data-theme": currentTheme() },
			this.#header.element,
			this.#header.problem,
			this.#tabs.bar,
			...this.#tabs.panels,
		);
		this.#unwatch = watchTheme((theme) => {
			this.root.dataset.theme = theme;
			this.#schedule();
		});
		this.#resize = new ResizeObserver(() => this.#schedule());
		this.#resize.observe(this.root);
		document.addEventListener("visibilitychange", this.#visible);
	}

	/** Follows the model from now on. */
	connect(model: AfmModel): void {
		this.#feed.connect(model);
		this.#patience = true;
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => {
			this.#patience = false;
			this.#schedule();
		}, KERNEL_TIMEOUT);
		this.#schedule();
	}

	/** Ends the view and frees its charts. */
	dispose(): void {
		if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
		clearTimeout(this.#timer);
		this.#unwatch();
		this.#resize.disconnect();
		document.removeEventListener("visibilitychange", this.#visible);
		this.#feed.bye();
		this.#feed.disconnect();
		for (const chart of [this.#chart, this.#metrics, this.#dag]) chart.dispose();
		this.root.remove();
	}

	// Hidden pages get no frames, so they acknowledge nothing and the kernel stops sending: catch up on return.
	readonly #visible = (): void => {
		if (document.visibilityState === "visible") this.#feed.hello();
	};

	#schedule(): void {
		this.#frame ??= requestAnimationFrame(() => {
			this.#draw().finally(() => {
				this.#frame = undefined;
				if (this.#again) this.#schedule();
			});
		});
		this.#again = this.#drawing;
	}

	#drawing = false;
	#again = false;

	async #draw(): Promise<void> {
		const { snapshot } = this.#feed;
		this.#again = false;
		if (snapshot === undefined || !this.root.isConnected) return;
		this.#drawing = true;
		try {
			if (this.#first) {
				this.#first = false;
				if (snapshot.kind === "dag") this.#tabs.choose(PLAN);
			}
			this.root.setAttribute("aria-label", `Live view of ${snapshot.title}`);
			this.#header.show(snapshot, this.#feed.heard || this.#patience);
			await [() => this.#drawData(snapshot), () => this.#drawBatches(snapshot), () => this.#drawPlan(snapshot)][
				this.#tabs.chosen
			]();
			this.#feed.drawn();
		} finally {
			this.#drawing = false;
		}
	}

	async #drawData(snapshot: ViewSnapshot): Promise<void> {
		const { rows } = snapshot;
		const chart = chartOf(snapshot);
		const waiting = rows === null || rows.rows.length === 0;
		this.#data.hidden = waiting && chart === undefined;
		this.#data.style.display = this.#data.hidden ? "none" : "";
		this.#empty.hidden = !this.#data.hidden;
		setText(this.#empty, waiting ? emptyText(snapshot) : "");
		if (rows === null) return;
		this.#data.dataset.only = chart === undefined ? "table" : snapshot.kind === "plot" ? "chart" : "";
		const shown = rows.rows.length;
		this.#rows.show(
			rows.columns.map((column) => ({ name: column.name, numeric: column.type === "number" })),
			rows.rows.map((row) => row.map(cellText)),
			rows.total > shown ? `${formatNumber(shown)} of ${formatNumber(rows.total)} records` : "",
		);
		if (chart === undefined) return;
		setText(this.#caption, chart.caption);
		const theme = currentTheme();
		await this.#chart.show({
			key: `${chart.shape} ${theme} ${this.#measured()}`,
			spec: () => chart.spec(theme, { width: "container" }),
			data: { name: DATA_NAME, rows: chart.rows },
			label: `Chart of ${snapshot.title}: ${chart.caption}, batch ${rows.batch}`,
			dark: theme === "dark",
		});
	}

	async #drawBatches(snapshot: ViewSnapshot): Promise<void> {
		const theme = currentTheme();
		const width = this.#measured();
		this.#batches.show(
			[
				{ name: "Batch", numeric: true },
				{ name: "Time", numeric: false },
				{ name: "Records", numeric: true },
				{ name: "Scheduling delay", numeric: true },
				{ name: "Processing time", numeric: true },
				{ name: "Total delay", numeric: true },
				{ name: "Status", numeric: false },
			],
			snapshot.batches
				.slice(-LISTED_BATCHES)
				.reverse()
				.map((batch) => [
					formatNumber(batch.number),
					new Date(batch.time).toLocaleTimeString(),
					formatNumber(batch.records),
					batch.scheduling === null ? "–" : formatMs(batch.scheduling),
					batch.processing === null ? "–" : formatMs(batch.processing),
					batch.total === null ? "–" : formatMs(batch.total),
					{ text: batch.status, tone: batch.status === "failed" ? "danger" : batch.status === "done" ? "" : "muted" },
				]),
			snapshot.completed > LISTED_BATCHES
				? `newest ${LISTED_BATCHES} of ${formatNumber(snapshot.completed)} batches`
				: "",
		);
		await this.#metrics.show({
			key: `${theme} ${width} ${snapshot.batchMs}`,
			spec: () => metricsSpec(snapshot, theme, width),
			data: { name: METRICS_NAME, rows: metricsRows(snapshot) },
			label: "Records, processing time and total delay of the last batches",
			dark: theme === "dark",
		});
	}

	async #drawPlan(snapshot: ViewSnapshot): Promise<void> {
		const theme = currentTheme();
		const width = this.#measured();
		const { plan } = snapshot;
		const notes: { [node: string]: string } = {};
		for (const input of snapshot.inputs) {
			const node = plan.nodes.find(
				(candidate) =>
					candidate.kind === "source" && (candidate.id === input.streamId || candidate.label === input.name),
			);
			if (node !== undefined) notes[node.id] = `${formatNumber(input.numRecords)} records`;
		}
		await this.#dag.show({
			key: `${theme} ${width} ${JSON.stringify(notes)} ${JSON.stringify(plan)}`,
			spec: () => dagPicture(plan, theme, width, notes).spec,
			label: `Plan of ${snapshot.title}: ${plan.nodes.map((node) => node.label || node.op).join(", ")}`,
			dark: theme === "dark",
		});
	}

	// Widths are taken in steps, so that a scroll bar that comes and goes does not make all charts anew.
	#measured(): number {
		const width = Math.max(240, this.root.clientWidth - 26);
		if (Math.abs(width - this.#width) > 12) this.#width = width;
		return this.#width;
	}
}

function emptyText(snapshot: ViewSnapshot): string {
	if (snapshot.rows !== null) return `Batch ${formatNumber(snapshot.rows.batch)} has no records.`;
	if (snapshot.state === "INITIALIZED")
		return "The stream has not started: rows appear with the first batch after start().";
	if (snapshot.state === "STOPPED") return "The stream stopped before its first batch.";
	return "Waiting for the first batch…";
}
