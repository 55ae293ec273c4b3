// The strip at the top of a view: name, state, the four numbers of the newest batch, the stop button, what is wrong.
/// <reference lib="dom" />
import { formatMs, formatNumber, problemOf, stateText } from "../engine/views/format.ts";
import type { BatchMetric, ViewSnapshot } from "../engine/views/model.ts";
import { newestEnded } from "../engine/views/model.ts";
import { element, Sparkline, setText } from "./dom.ts";

const SPARK_BATCHES = 40;

/** The header of a view. */
export class Header {
	readonly element: HTMLElement;
	/** Stands below the header while something is wrong. */
	readonly problem: HTMLElement;
	readonly #title = element("span", { class: "mr-title" });
	readonly #app = element("span", { class: "mr-app" });
	readonly #state = element("span", { class: "mr-state", role: "status", "aria-live": "polite" });
	readonly #stop = element("button", { class: "mr-stop", type: "button" });
	readonly #batch = fact("Batch");
	readonly #records = fact("Records", new Sparkline());
	readonly #processing = fact("Processing", new Sparkline());
	readonly #total = fact("Total delay", new Sparkline());
	#graceful = true;
	/** The button was pressed and the kernel has not said so yet. */
	#asked = false;

	/** `stop` is called by the button: first gracefully, and when pressed again, at once. */
	constructor(stop: (graceful: boolean) => void) {
		this.problem = element("div", { class: "mr-problem", role: "alert", hidden: true });
		this.#stop.addEventListener("click", () => {
			stop(this.#graceful);
			this.#asked = true;
			setText(this.#state, "stopping");
			this.#state.dataset.tone = "warn";
		});
		this.element = element(
			"div",
			{ class: "mr-head" },
			element("div", { class: "mr-name" }, this.#title, this.#app),
			element(
				"div",
				{ class: "mr-facts", role: "group", "aria-label": "Newest batch" },
				this.#batch.element,
				this.#records.element,
				this.#processing.element,
				this.#total.element,
			),
			this.#state,
			this.#stop,
		);
	}

	/** Shows a snapshot; `connected` tells whether a kernel stands behind it. */
	show(snapshot: ViewSnapshot, connected: boolean): void {
		const active = snapshot.state === "ACTIVE" && connected;
		if (snapshot.stopping || !active) this.#asked = false;
		const stopping = active && (snapshot.stopping || this.#asked);
		setText(this.#title, snapshot.title);
		setText(
			this.#app,
			snapshot.appName === ""
				? ""
				: `${snapshot.appName}${snapshot.batchMs > 0 ? ` · every ${formatMs(snapshot.batchMs)}` : ""}`,
		);
		const batch = newestEnded(snapshot);
		this.#batch.name(snapshot.failed === 0 ? "Batch" : `Batch · ${formatNumber(snapshot.failed)} failed`);
		this.#batch.value(
			batch === undefined ? "–" : formatNumber(batch.number),
			batch === undefined ? "" : `batch time ${new Date(batch.time).toISOString()}`,
		);
		this.#records.value(
			batch === undefined ? "–" : formatNumber(batch.records),
			`${formatNumber(snapshot.records)} in ${formatNumber(snapshot.completed)} batches`,
		);
		this.#processing.value(
			ms(batch?.processing),
			"time from the start of the batch's first job to the end of its last",
		);
		this.#total.value(ms(batch?.total), "time from the end of the batch interval to the end of the batch");
		const ended = snapshot.batches
			.filter((candidate) => candidate.status === "done" || candidate.status === "failed")
			.slice(-SPARK_BATCHES);
		const series = (pick: (batch: BatchMetric) => number | null) => ended.flatMap((candidate) => pick(candidate) ?? []);
		this.#records.spark?.show(series((candidate) => candidate.records));
		this.#processing.spark?.show(
			series((candidate) => candidate.processing),
			snapshot.batchMs,
		);
		this.#total.spark?.show(
			series((candidate) => candidate.total),
			snapshot.batchMs,
		);
		const problem = problemOf(snapshot);
		const shownState =
			snapshot.state === "ACTIVE" && !connected ? "no kernel" : stopping ? "stopping" : stateText(snapshot);
		setText(this.#state, shownState);
		const failing = active && problem !== undefined && batch?.status === "failed";
		this.#state.dataset.tone = stopping ? "warn" : failing ? "danger" : active ? "ok" : "";
		this.#graceful = !snapshot.stopping;
		setText(this.#stop, snapshot.stopping ? "Stop now" : "Stop");
		this.#stop.disabled = !active;
		this.#stop.setAttribute("aria-label", `${snapshot.stopping ? "Stop now" : "Stop"} the stream ${snapshot.appName}`);
		this.#stop.title = snapshot.stopping
			? "Stop without finishing what was received"
			: "Stop gracefully: what was received is still processed";
		this.problem.hidden = problem === undefined;
		setText(this.problem, problem ?? "");
	}
}

const ms = (value: number | null | undefined) => (value === null || value === undefined ? "–" : formatMs(value));

function fact(name: string, spark?: Sparkline) {
	const text = element("span", { class: "mr-value" });
	const label = element("span", { class: "mr-label" }, name);
	const holder = element("div", { class: "mr-fact" }, label, text);
	if (spark !== undefined) holder.append(spark.element);
	return {
		element: holder,
		spark,
		name(shown: string) {
			setText(label, shown);
		},
		value(value: string, title: string) {
			setText(text, value);
			if (holder.title !== title) holder.title = title;
		},
	};
}
