// The view host: lives in the protocol thread, reads the event feed of drivers, keeps and publishes live views.
import type { MessagePort } from "node:worker_threads";
import type { ViewCommand, ViewDescription, ViewEvent } from "../../engine/views/events.ts";
import type { ViewModel } from "../../engine/views/model.ts";
import { apply, createModel, markStopping } from "../../engine/views/model.ts";
import type { Barrier, Outputs, ViewHost } from "../protocol/outputs.ts";
import { ViewDisplay } from "./display.ts";
import { PrintDisplays } from "./prints.ts";
import type { Renderer } from "./renderer.ts";
import { createRenderer } from "./renderer.ts";
import type { Scheduler } from "./scheduler.ts";
import { systemScheduler, within } from "./scheduler.ts";

/** How long a barrier waits for events that have not arrived yet, ms. */
export const BARRIER_TIMEOUT = 3000;
/** How long the shutdown waits for the last pictures, ms. */
export const DISPOSE_TIMEOUT = 250;

/** What tests replace. */
export interface ViewHostOptions {
	readonly renderer?: Renderer;
	readonly scheduler?: Scheduler;
	/** Called for failed batches; by default each new failure of an output is an error output under its cell, once. */
	readonly onOutputError?: (event: Extract<ViewEvent, { kind: "output-error" }>) => void;
}

/** Returns the view host of a protocol thread. Vega's thread is started with the first driver or view. */
export function createViewHost(outputs: Outputs, options: ViewHostOptions = {}): ViewHost {
	return new Host(outputs, options);
}

/** One driver, as seen through its port. A restarted driver has a new one. */
interface Feed {
	readonly port: MessagePort;
	/** What all its views have in common. */
	shared: ViewModel;
	readonly prints: PrintDisplays;
	run: number | undefined;
	seq: number;
	open: boolean;
}

const NOTHING: ViewDescription = {
	view: "",
	title: "",
	node: "",
	kind: "dag",
	appName: "",
	batchMs: 0,
	state: "INITIALIZED",
	plan: { nodes: [], edges: [] },
	origin: {},
};

class Host implements ViewHost {
	readonly #outputs: Outputs;
	readonly #renderer: Renderer;
	readonly #scheduler: Scheduler;
	readonly #onOutputError: (event: Extract<ViewEvent, { kind: "output-error" }>) => void;
	/** Failures already shown: a stream that fails in every batch must not fill the notebook. */
	readonly #reported = new Set<string>();
	readonly #displays = new Set<ViewDisplay>();
	readonly #feedOf = new Map<ViewDisplay, Feed>();
	readonly #opening = new Set<Promise<void>>();
	#newest: Feed | undefined;
	#feeds: Feed[] = [];
	#waiting: { readonly barrier: Barrier; resolve(): void }[] = [];

	constructor(outputs: Outputs, options: ViewHostOptions) {
		this.#outputs = outputs;
		this.#scheduler = options.scheduler ?? systemScheduler;
		this.#renderer = options.renderer ?? createRenderer();
		this.#onOutputError = options.onOutputError ?? ((event) => this.#report(event));
		this.#renderer.warm();
	}

	attachEvents(port: MessagePort): void {
		const before = this.#newest;
		const feed: Feed = {
			port,
			// A driver that starts again goes on where the last one died.
			shared: before !== undefined && before.shared.state !== "STOPPED" ? before.shared : createModel(NOTHING),
			prints:
				before !== undefined && before.shared.state !== "STOPPED"
					? before.prints
					: new PrintDisplays(this.#outputs, this.#scheduler),
			run: undefined,
			seq: -1,
			open: true,
		};
		for (const display of this.#displays) {
			const bound = this.#feedOf.get(display);
			if (
				bound === undefined ? display.model.state !== "STOPPED" : bound === before && bound.shared.state !== "STOPPED"
			) {
				this.#feedOf.set(display, feed);
			}
		}
		this.#newest = feed;
		this.#feeds.push(feed);
		port.on("message", (event: ViewEvent) => this.#take(feed, event));
		port.on("close", () => this.#lost(feed));
		port.unref?.();
	}

	open(description: ViewDescription, cellKey: string): Promise<void> {
		const live = this.#newest?.open === true && description.state === "ACTIVE" ? this.#newest : undefined;
		const display: ViewDisplay = new ViewDisplay(description, cellKey, live?.shared, {
			outputs: this.#outputs,
			renderer: this.#renderer,
			scheduler: this.#scheduler,
			stop: (graceful) => this.#stop(display, graceful),
			closed: () => this.#forget(display),
		});
		this.#displays.add(display);
		if (live !== undefined) this.#feedOf.set(display, live);
		const opening = display.open().finally(() => this.#opening.delete(opening));
		this.#opening.add(opening);
		return opening;
	}

	async beforeIdle(barriers: readonly Barrier[]): Promise<void> {
		await Promise.all(barriers.map((barrier) => this.#reached(barrier)));
		for (const feed of this.#feeds) feed.prints.flush();
		await Promise.all(this.#opening);
		// A cell that waited for nothing has nothing to wait for now.
		if (barriers.length > 0) await Promise.all([...this.#displays].map((display) => display.barrier()));
	}

	cellReplaced(cellKey: string): void {
		for (const display of [...this.#displays]) if (display.cellKey === cellKey) display.close();
		for (const feed of this.#feeds) feed.prints.closeCell(cellKey);
	}

	async dispose(): Promise<void> {
		for (const feed of this.#feeds) feed.prints.flush();
		await Promise.all([...this.#displays].map((display) => display.dispose(DISPOSE_TIMEOUT)));
		this.#displays.clear();
		for (const { resolve } of this.#waiting.splice(0)) resolve();
		for (const feed of this.#feeds) feed.port.close();
		await this.#renderer.close();
	}

	#take(feed: Feed, event: ViewEvent): void {
		feed.run = event.run;
		feed.seq = event.seq;
		switch (event.kind) {
			case "view-batch":
				for (const display of this.#displays) {
					if (display.description.view !== event.view) continue;
					// Rows are proof: the view belongs to this driver, whatever was assumed when it was opened.
					if (this.#feedOf.get(display) !== feed) {
						this.#feedOf.set(display, feed);
						display.adopt(feed.shared);
					}
					display.apply(event);
				}
				break;
			case "print":
				feed.prints.print(event.output, event.text, event.cell, event.display);
				break;
			case "console":
				this.#outputs.stream(event.cell, event.stream, event.text);
				break;
			default:
				feed.shared = apply(feed.shared, event);
				for (const [display, owner] of this.#feedOf) if (owner === feed) display.apply(event);
				if (event.kind === "output-error") this.#onOutputError(event);
		}
		this.#release();
	}

	#report({ output, cell, error }: Extract<ViewEvent, { kind: "output-error" }>): void {
		const key = JSON.stringify([output, cell, error.name, error.message]);
		if (this.#reported.has(key)) return;
		if (this.#reported.size >= 1000) this.#reported.clear();
		this.#reported.add(key);
		const traceback = (error.stack || `${error.name}: ${error.message}`).split("\n");
		this.#outputs.error(cell, { ename: error.name, evalue: error.message, traceback, encoded: error });
	}

	#lost(feed: Feed): void {
		feed.open = false;
		if (feed !== this.#newest) this.#feeds = this.#feeds.filter((other) => other !== feed);
		this.#release();
	}

	#stop(display: ViewDisplay, graceful: boolean): void {
		const feed = this.#feedOf.get(display);
		if (feed === undefined || !feed.open) return;
		feed.port.postMessage({ kind: "stop", graceful } satisfies ViewCommand);
		feed.shared = markStopping(feed.shared);
		for (const [other, owner] of this.#feedOf) if (owner === feed) other.stopping();
	}

	#forget(display: ViewDisplay): void {
		const feed = this.#feedOf.get(display);
		this.#displays.delete(display);
		this.#feedOf.delete(display);
		const { view } = display.description;
		if ([...this.#displays].some((other) => other.description.view === view)) return;
		if (feed?.open === true) feed.port.postMessage({ kind: "close-view", view } satisfies ViewCommand);
	}

	// --- barriers ---

	async #reached(barrier: Barrier): Promise<void> {
		if (this.#isReached(barrier)) return;
		const arrived = new Promise<void>((resolve) => {
			this.#waiting.push({ barrier, resolve });
		});
		// Events and barriers come by different ways; a driver that died between them must not hold up the cell.
		await within(this.#scheduler, BARRIER_TIMEOUT, arrived);
		this.#waiting = this.#waiting.filter((entry) => entry.barrier !== barrier);
	}

	#isReached({ run, seq }: Barrier): boolean {
		const feed = this.#feeds.find((candidate) => candidate.run === run);
		if (feed !== undefined) return feed.seq >= seq || !feed.open;
		return this.#feeds.some((candidate) => candidate.run !== undefined && candidate.run > run);
	}

	#release(): void {
		this.#waiting = this.#waiting.filter(({ barrier, resolve }) => {
			if (!this.#isReached(barrier)) return true;
			resolve();
			return false;
		});
	}
}
