// One shown view: its model, its widget, its stored forms, and when each of them is published.
import { randomUUID } from "node:crypto";
import { diff, encodeDelta } from "../../engine/views/delta.ts";
import type { ViewDescription, ViewEvent } from "../../engine/views/events.ts";
import type { ViewModel, ViewSnapshot } from "../../engine/views/model.ts";
import { apply, createModel, markStopping, snapshot } from "../../engine/views/model.ts";
import type { Outputs, WidgetModel } from "../protocol/outputs.ts";
import { viewBundle } from "./bundle.ts";
import { PageLedger } from "./pages.ts";
import type { Pictures } from "./pictures.ts";
import type { Renderer } from "./renderer.ts";
import type { Scheduler } from "./scheduler.ts";
import { within } from "./scheduler.ts";
import { STUB } from "./stub.ts";

/** Shortest time between two messages of one view, ms: 20 a second. */
export const MIN_INTERVAL = 50;
/** Time between two updates of the synced state while pages follow by deltas, ms. */
export const SYNC_INTERVAL = 2000;
/** Time between two stored forms for hosts that know no widgets, ms; doubled up to a minute while no cell runs. */
export const STORED_INTERVAL = 2000;
const MAX_STORED_INTERVAL = 60_000;
/** How long a stored form waits for its pictures, ms. */
export const PICTURE_TIMEOUT = 5000;

/** What a display needs from its surroundings. */
export interface DisplaySurroundings {
	readonly outputs: Outputs;
	readonly renderer: Renderer;
	readonly scheduler: Scheduler;
	/** The stop button of a page. */
	stop(graceful: boolean): void;
	/** The page or the kernel closed the view. */
	closed(): void;
}

/** A view under a cell. */
export class ViewDisplay {
	readonly description: ViewDescription;
	readonly cellKey: string;
	readonly #around: DisplaySurroundings;
	readonly #displayId = randomUUID();
	readonly #ledger = new PageLedger();
	#model: ViewModel;
	/** What pages have, if they have lost nothing. */
	#pagesHave: ViewModel;
	#widget: WidgetModel | undefined;
	#resync = false;
	#lastSent = Number.NEGATIVE_INFINITY;
	#lastSync = Number.NEGATIVE_INFINITY;
	#synced: ViewModel;
	#cancelSend: (() => void) | undefined;
	#cancelStored: (() => void) | undefined;
	#storedInterval = STORED_INTERVAL;
	#stored: { version: number; widget: boolean } | undefined;
	#drawn: { snapshot: ViewSnapshot; pictures: Pictures } | undefined;
	/** Bundles leave in the order in which they were asked for. */
	#queue: Promise<void> = Promise.resolve();
	#opened = false;
	#closed = false;
	#complained = false;

	constructor(
		description: ViewDescription,
		cellKey: string,
		shared: ViewModel | undefined,
		around: DisplaySurroundings,
	) {
		this.description = description;
		this.cellKey = cellKey;
		this.#around = around;
		this.#model = createModel(description, shared);
		this.#pagesHave = this.#model;
		this.#synced = this.#model;
	}

	/** The newest model. */
	get model(): ViewModel {
		return this.#model;
	}

	get isClosed(): boolean {
		return this.#closed;
	}

	/** Opens the widget and resolves once the first display_data, with all forms, is published. */
	open(): Promise<void> {
		const widget = this.#around.outputs.openModel(
			{
				_model_module: "anywidget",
				_model_name: "AnyModel",
				_model_module_version: "0",
				_view_module: "anywidget",
				_view_name: "AnyView",
				_view_module_version: "0",
				_view_count: null,
				_anywidget_id: "millrace.StreamView",
				_esm: STUB,
				// Which instances of the module show this view: a front end may render one model several times.
				key: this.#displayId,
				snapshot: snapshot(this.#model),
			},
			this.cellKey,
		);
		this.#widget = widget;
		widget.onCustom((content) => this.#fromPage(content));
		widget.onClose(() => this.close());
		return this.#enqueue(async () => {
			const { snapshot: shown, pictures } = await this.#draw();
			if (this.#closed) return;
			this.#around.outputs.displayData(this.cellKey, viewBundle(shown, pictures, widget.id), {}, this.#displayId);
			this.#opened = true;
			this.#stored = { version: shown.version, widget: true };
			this.#changed();
		});
	}

	/** Takes an event of the feed. */
	apply(event: ViewEvent): void {
		this.#become(apply(this.#model, event));
	}

	/** Takes over what all views of a stream share, when the stream of a view becomes known. */
	adopt(shared: ViewModel): void {
		const fresh = createModel(this.description, shared);
		this.#become({ ...fresh, version: this.#model.version + 1, rows: this.#model.rows, history: this.#model.history });
	}

	/** Shows that a stop is under way. */
	stopping(): void {
		this.#become(markStopping(this.#model));
	}

	/** Publishes everything up to now, whatever the credits: the cell that waits for it is about to end. */
	barrier(): Promise<void> {
		if (this.#closed) return Promise.resolve();
		this.#syncPages();
		return this.#enqueue(() => this.#store(true));
	}

	/** Publishes the last state without the widget: it must be readable without a kernel. Waits `ms` for its pictures. */
	async dispose(ms: number): Promise<void> {
		if (this.#closed || !this.#opened) return;
		const { scheduler, outputs } = this.#around;
		const drawing = this.#drawFresh().catch(() => undefined);
		const fresh = await within(scheduler, ms, drawing);
		if (this.#closed) return;
		const last =
			fresh ??
			(this.#drawn?.pictures.chart === undefined ? { snapshot: snapshot(this.#model), pictures: {} } : this.#drawn);
		outputs.updateDisplayData(this.#displayId, viewBundle(last.snapshot, last.pictures), {});
		this.#end();
	}

	/** Removes the view: pages see it go, nothing is published any more. */
	close(): void {
		if (this.#closed) return;
		this.#end();
		this.#widget?.close();
		this.#around.closed();
	}

	#end(): void {
		this.#closed = true;
		this.#cancelSend?.();
		this.#cancelStored?.();
	}

	#become(model: ViewModel): void {
		if (model === this.#model || this.#closed) return;
		const stopped = model.state === "STOPPED" && this.#model.state !== "STOPPED";
		this.#model = model;
		// A page that loads now gets the newest state, whatever the others were sent.
		this.#widget?.set({ snapshot: snapshot(model) }, { publish: false });
		if (stopped) void this.#enqueue(() => this.#store(false));
		this.#changed();
	}

	#changed(): void {
		this.#scheduleSend();
		if (this.#opened && !this.#closed && !this.#ledger.everSeen && !this.#around.outputs.sawCellId)
			this.#scheduleStored();
	}

	// --- pages ---

	#fromPage(content: unknown): void {
		if (typeof content !== "object" || content === null || this.#closed) return;
		const message = content as { kind?: unknown; page?: unknown; n?: unknown; graceful?: unknown };
		if (message.kind === "stop") {
			this.#around.stop(message.graceful !== false);
			return;
		}
		if (typeof message.page !== "string" || message.page === "" || message.page.length > 64) return;
		switch (message.kind) {
			case "hello":
			case "resync":
				this.#ledger.hello(message.page);
				// Also a page that has the newest state is answered: that is how it knows that a kernel is there.
				this.#resync = true;
				break;
			case "ack":
				if (typeof message.n === "number" && Number.isFinite(message.n)) this.#ledger.ack(message.page, message.n);
				break;
			case "bye":
				this.#ledger.bye(message.page);
				return;
			default:
				return;
		}
		this.#scheduleSend();
	}

	#scheduleSend(): void {
		if (this.#closed || this.#cancelSend !== undefined || !this.#ledger.open) return;
		if (!this.#resync && this.#model === this.#pagesHave) return;
		const { scheduler } = this.#around;
		const wait = this.#lastSent + MIN_INTERVAL - scheduler.now();
		if (wait <= 0) this.#send();
		else {
			this.#cancelSend = scheduler.after(wait, () => {
				this.#cancelSend = undefined;
				this.#send();
			});
		}
	}

	#send(): void {
		if (this.#closed || !this.#ledger.open) return;
		const now = this.#around.scheduler.now();
		const due = now - this.#lastSync >= SYNC_INTERVAL || this.#model.state !== this.#pagesHave.state;
		this.#sendDelta(now);
		if (due) this.#sync(now);
	}

	#sendDelta(now: number): void {
		const { content, buffers } = encodeDelta(diff(this.#resync ? undefined : this.#pagesHave, this.#model));
		this.#resync = false;
		this.#lastSent = now;
		this.#pagesHave = this.#model;
		this.#widget?.send({ ...content, n: this.#ledger.next() }, buffers);
	}

	// Custom messages leave no trace in a saved notebook: the synced state does.
	#sync(now: number): void {
		if (this.#synced === this.#model) return;
		this.#lastSync = now;
		this.#synced = this.#model;
		this.#widget?.set({ snapshot: snapshot(this.#model) });
	}

	#syncPages(): void {
		this.#cancelSend?.();
		this.#cancelSend = undefined;
		const now = this.#around.scheduler.now();
		if (this.#ledger.everSeen && (this.#resync || this.#model !== this.#pagesHave)) this.#sendDelta(now);
		this.#pagesHave = this.#model;
		this.#sync(now);
	}

	// --- stored forms ---

	#scheduleStored(): void {
		if (this.#cancelStored !== undefined) return;
		const { scheduler, outputs } = this.#around;
		// Perhaps nobody looks: drawing for ever at full rate would be for nothing.
		const idle = outputs.currentRequest === undefined;
		const interval = idle ? this.#storedInterval : STORED_INTERVAL;
		this.#storedInterval = idle ? Math.min(MAX_STORED_INTERVAL, interval * 2) : STORED_INTERVAL;
		this.#cancelStored = scheduler.after(interval, () => {
			this.#cancelStored = undefined;
			if (!this.#ledger.everSeen) void this.#enqueue(() => this.#store(false));
		});
	}

	async #store(atBarrier: boolean): Promise<void> {
		if (this.#closed || !this.#opened) return;
		const { outputs } = this.#around;
		// Only at a barrier, and only if no front end ever showed itself, the widget is left out: nbclient and its kin.
		// What comes after that barrier, as the stop does, does not put it back: it may be the last that nbclient keeps.
		const withWidget = (nobody: boolean) => !(nobody && (atBarrier || this.#stored?.widget === false));
		const nobody = () => !this.#ledger.everSeen && !outputs.sawCellId;
		if (this.#stored?.version === this.#model.version && this.#stored.widget === withWidget(nobody())) return;
		const { snapshot: shown, pictures } = await this.#draw();
		if (this.#closed) return;
		const widget = withWidget(nobody());
		this.#stored = { version: shown.version, widget };
		outputs.updateDisplayData(this.#displayId, viewBundle(shown, pictures, widget ? this.#widget?.id : undefined), {});
	}

	#enqueue(task: () => Promise<void>): Promise<void> {
		this.#queue = this.#queue.then(task, task);
		return this.#queue;
	}

	async #draw(): Promise<{ snapshot: ViewSnapshot; pictures: Pictures }> {
		const shown = snapshot(this.#model);
		try {
			const drawn = await within(this.#around.scheduler, PICTURE_TIMEOUT, this.#drawFresh());
			return drawn ?? { snapshot: shown, pictures: {} };
		} catch (error) {
			if (!this.#complained && !this.#closed) {
				this.#complained = true;
				const text = `Millrace: a view is stored without its chart. ${(error as Error).message}\n`;
				this.#around.outputs.stream(this.cellKey, "stderr", text);
			}
			return { snapshot: shown, pictures: {} };
		}
	}

	async #drawFresh(): Promise<{ snapshot: ViewSnapshot; pictures: Pictures }> {
		const shown = snapshot(this.#model);
		if (this.#drawn?.snapshot === shown) return this.#drawn;
		const drawn = { snapshot: shown, pictures: await this.#around.renderer.draw(shown) };
		this.#drawn = drawn;
		return drawn;
	}
}
