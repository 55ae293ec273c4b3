// A protocol thread without sockets, time without waiting, pictures without Vega: for tests of the view host.
import { EventEmitter } from "node:events";
import type { MessagePort } from "node:worker_threads";
import type { ViewCommand, ViewEvent } from "../../../engine/views/events.ts";
import type { ViewSnapshot } from "../../../engine/views/model.ts";
import type { MimeBundle, ModelState, Outputs, WidgetModel } from "../../../kernel-ext/protocol/outputs.ts";
import type { Pictures } from "../../../kernel-ext/views/pictures.ts";
import type { Renderer } from "../../../kernel-ext/views/renderer.ts";
import type { Scheduler } from "../../../kernel-ext/views/scheduler.ts";

/** What was published, in order. */
export type Published =
	| { readonly kind: "comm_open"; readonly id: string; readonly state: ModelState; readonly cell?: string }
	| { readonly kind: "update"; readonly id: string; readonly state: ModelState }
	| {
			readonly kind: "custom";
			readonly id: string;
			readonly content: { readonly [name: string]: unknown };
			readonly buffers: readonly Uint8Array[];
	  }
	| { readonly kind: "comm_close"; readonly id: string }
	| { readonly kind: "display"; readonly displayId: string; readonly bundle: MimeBundle; readonly cell: string }
	| { readonly kind: "update_display"; readonly displayId: string; readonly bundle: MimeBundle }
	| { readonly kind: "stream"; readonly cell: string | undefined; readonly name: string; readonly text: string }
	| { readonly kind: "error"; readonly cell: string | undefined; readonly ename: string; readonly evalue: string };

export class FakeModel implements WidgetModel {
	readonly id: string;
	state: ModelState;
	readonly #log: Published[];
	readonly #custom: ((content: unknown, buffers: readonly Uint8Array[], header: never) => void | Promise<void>)[] = [];
	readonly #close: (() => void)[] = [];

	constructor(id: string, state: ModelState, log: Published[]) {
		this.id = id;
		this.state = state;
		this.#log = log;
	}

	set(state: ModelState, options: { readonly publish?: boolean } = {}): void {
		this.state = { ...this.state, ...state };
		if (options.publish !== false) this.#log.push({ kind: "update", id: this.id, state: structuredClone(state) });
	}

	send(content: unknown, buffers: readonly Uint8Array[] = []): void {
		this.#log.push({
			kind: "custom",
			id: this.id,
			content: structuredClone(content) as { [name: string]: unknown },
			buffers: structuredClone(buffers),
		});
	}

	onCustom(handler: (content: unknown, buffers: readonly Uint8Array[], header: never) => void | Promise<void>): void {
		this.#custom.push(handler);
	}

	onUpdate(): void {}

	onStateRequest(): void {}

	onClose(handler: () => void): void {
		this.#close.push(handler);
	}

	close(): void {
		this.#log.push({ kind: "comm_close", id: this.id });
	}

	/** A page sends a custom message. */
	receive(content: unknown): void {
		for (const handler of this.#custom) void handler(content, [], undefined as never);
	}

	/** The page closes the comm. */
	closedByPage(): void {
		for (const handler of this.#close) handler();
	}
}

export class FakeOutputs {
	readonly log: Published[] = [];
	readonly models: FakeModel[] = [];
	currentCell: string | undefined;
	currentRequest: object | undefined;
	sawCellId = false;

	asOutputs(): Outputs {
		return this as unknown as Outputs;
	}

	openModel(state: ModelState, cell?: string): WidgetModel {
		const model = new FakeModel(`model-${this.models.length + 1}`, { ...state }, this.log);
		this.models.push(model);
		this.log.push({ kind: "comm_open", id: model.id, state: structuredClone(state), cell });
		return model;
	}

	displayData(cell: string, bundle: MimeBundle, _metadata: unknown, displayId: string): void {
		this.log.push({ kind: "display", cell, bundle, displayId });
	}

	updateDisplayData(displayId: string, bundle: MimeBundle): void {
		this.log.push({ kind: "update_display", bundle, displayId });
	}

	stream(cell: string | undefined, name: "stdout" | "stderr", text: string): void {
		this.log.push({ kind: "stream", cell, name, text });
	}

	error(cell: string | undefined, error: { ename: string; evalue: string }): void {
		this.log.push({ kind: "error", cell, ename: error.ename, evalue: error.evalue });
	}

	/** What was published of one kind. */
	of<K extends Published["kind"]>(kind: K): Extract<Published, { kind: K }>[] {
		return this.log.filter((entry) => entry.kind === kind) as Extract<Published, { kind: K }>[];
	}

	clear(): void {
		this.log.length = 0;
	}
}

export class ManualScheduler implements Scheduler {
	#now = 0;
	#timers: { at: number; f: () => void }[] = [];

	now(): number {
		return this.#now;
	}

	after(ms: number, f: () => void): () => void {
		const timer = { at: this.#now + ms, f };
		this.#timers.push(timer);
		return () => {
			this.#timers = this.#timers.filter((other) => other !== timer);
		};
	}

	/** Lets time pass, running timers in order, and everything they start. */
	async advance(ms: number): Promise<void> {
		const until = this.#now + ms;
		for (;;) {
			await settle();
			const [next] = this.#timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at);
			if (next === undefined) break;
			this.#now = next.at;
			this.#timers = this.#timers.filter((other) => other !== next);
			next.f();
		}
		this.#now = until;
	}
}

/** Resolves when everything that does not wait for time has happened. */
export async function settle(): Promise<void> {
	for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Draws text instead of pictures; `hold` keeps answers back. */
export class FakeRenderer implements Renderer {
	warmed = 0;
	closed = false;
	readonly drawn: ViewSnapshot[] = [];
	mode: "draw" | "hang" | "fail" = "draw";

	warm(): void {
		this.warmed += 1;
	}

	draw(snapshot: ViewSnapshot): Promise<Pictures> {
		this.drawn.push(snapshot);
		if (this.mode === "hang") return new Promise(() => undefined);
		if (this.mode === "fail") return Promise.reject(new Error("out of ink"));
		return Promise.resolve({ chart: `<svg data-version="${snapshot.version}"></svg>`, dag: "<svg data-dag></svg>" });
	}

	close(): Promise<void> {
		this.closed = true;
		return Promise.resolve();
	}
}

/** The host's end of a driver's port. */
export class FakePort extends EventEmitter {
	readonly commands: ViewCommand[] = [];

	postMessage(command: ViewCommand): void {
		this.commands.push(command);
	}

	close(): void {
		this.emit("close");
	}

	send(events: readonly ViewEvent[]): void {
		for (const event of events) this.emit("message", structuredClone(event));
	}

	asPort(): MessagePort {
		return this as unknown as MessagePort;
	}
}
