// The notebook thread's side of a driver: starts it, asks it, starts it again when it dies.
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { decodeError, streamError } from "../errors/index.ts";
import { type Ring, RingHost } from "../journal/index.ts";
import { type Spawner, type Started, spawnerOf } from "../runtime/index.ts";
import type { DriverCommand, DriverOptions, DriverReport, DriverRequest } from "../runtime/messages.ts";
import type { ViewEvent } from "../views/events.ts";
import type { EngineHost } from "../views/host.ts";

type Pending = { readonly request: DriverRequest; resolve(value: unknown): void; reject(error: Error): void };

/** What the client tells its owner. */
export interface ClientEvents {
	report(report: Exclude<DriverReport, { kind: "reply" | "recovered" }>): void;
	/** The driver has died: what it was told is to be told again. */
	died(): void;
	/** A new driver runs in place of one that died, and has read the ring: tell it again what it cannot know. */
	restarted(recovered: Recovered): void;
	/** Drivers die one after another: there will be no other. */
	lost(error: Error): void;
}

/** What a new driver found in the ring. */
export type Recovered = Extract<DriverReport, { kind: "recovered" }>;

/** Drivers that may die in a row without one batch or answer between them. */
const MOST_DEATHS = 5;

let runs = 0;
let contexts = 0;

/** A driver, whichever thread it runs in at the moment. */
export class DriverClient {
	readonly #options: Omit<DriverOptions, "run" | "recover" | "viewHost">;
	readonly #spawner: Spawner;
	readonly #host: EngineHost | undefined;
	readonly #events: ClientEvents;
	readonly #context = `context-${++contexts}`;
	#ring: RingHost | undefined;
	#started: Started | undefined;
	#run = 0;
	#pending = new Map<number, Pending>();
	#nextRequest = 1;
	#open = 0;
	#closed = false;
	#deaths = 0;
	readonly #revived: (() => void)[] = [];
	/** Commands for a new driver that is still reading the ring. */
	#held: DriverCommand[] | undefined;

	constructor(
		options: Omit<DriverOptions, "run" | "recover" | "viewHost">,
		host: EngineHost | undefined,
		events: ClientEvents,
	) {
		this.#options = options;
		this.#spawner = spawnerOf(options.mode);
		this.#host = host;
		this.#events = events;
		this.#launch(false);
	}

	/** Number of the driver run: events carry it. */
	get run(): number {
		return this.#run;
	}

	#launch(recover: boolean): void {
		this.#run = ++runs;
		this.#held = recover ? [] : undefined;
		const ring = new MessageChannel();
		const ports: { ring: MessagePort; events?: MessagePort } = { ring: ring.port2 };
		if (this.#host === undefined) {
			this.#ring ??= new RingHost();
			this.#ring.attach(ring.port1);
		} else {
			const feed = new MessageChannel();
			ports.events = feed.port2;
			this.#host.attach({ context: this.#context, events: feed.port1, ring: ring.port1 });
		}
		const options: DriverOptions = { ...this.#options, run: this.#run, recover, viewHost: this.#host !== undefined };
		const started = this.#spawner.spawn("driver", options, ports as { [name: string]: MessagePort });
		this.#started = started;
		started.port.on("message", (report: DriverReport) => this.#take(report, started));
		started.onExit((reason) => this.#died(reason, started));
		this.#hold();
	}

	#take(report: DriverReport, from: Started): void {
		if (from !== this.#started) return;
		if (report.kind === "recovered") {
			const held = this.#held ?? [];
			this.#held = undefined;
			this.#events.restarted(report);
			for (const command of held) this.send(command);
			for (const resolve of this.#revived.splice(0)) resolve();
			return;
		}
		if (report.kind !== "reply") {
			if (report.kind === "idle-batch" || (report.kind === "event" && isCompletion(report.event))) this.#deaths = 0;
			this.#events.report(report);
			return;
		}
		this.#deaths = 0;
		const pending = this.#pending.get(report.id);
		if (pending === undefined) return;
		this.#pending.delete(report.id);
		this.#hold();
		if (report.error !== undefined) pending.reject(decodeError(report.error));
		else pending.resolve(report.value);
	}

	#died(reason: string, started: Started): void {
		if (this.#closed || started !== this.#started) return;
		const lost = [...this.#pending.values()];
		this.#pending.clear();
		if (++this.#deaths > MOST_DEATHS) {
			const error = streamError("STREAM_STATE", {
				message: `the driver ended ${this.#deaths} times in a row: ${reason}`,
				way: "make a new context; if it happens again, look for what ends the thread (memory, process.exit in transform)",
			});
			this.#closed = true;
			for (const pending of lost) pending.reject(error);
			this.#events.lost(error);
			return;
		}
		this.#launch(true);
		this.#events.died();
		for (const pending of lost) {
			// These say what is wanted, whoever does it; an action stood on what the old driver was doing.
			if (pending.request.kind !== "action") this.request(pending.request).then(pending.resolve, pending.reject);
			else
				pending.reject(
					streamError("STREAM_TASK", {
						message: `the driver ended while it worked on this: ${reason}`,
						way: "run it again",
					}),
				);
		}
	}

	/** Sends a command that needs no answer. */
	send(command: DriverCommand): void {
		if (this.#closed) return;
		if (this.#held !== undefined) this.#held.push(command);
		else this.#started?.port.postMessage(command);
	}

	/** Asks the driver; resolves with its answer. */
	request(request: DriverRequest): Promise<unknown> {
		if (this.#closed)
			return Promise.reject(
				streamError("STREAM_STATE", { message: "the context has been stopped", way: "make a new one" }),
			);
		return new Promise((resolve, reject) => {
			const id = this.#nextRequest++;
			this.#pending.set(id, { request, resolve, reject });
			this.#hold();
			this.send({ kind: "request", id, request });
		});
	}

	/** Ends the actions that `cell` has asked for: they reject with STREAM_CANCELLED. */
	cancelActions(cell: string | undefined, reason: string): void {
		const ids: number[] = [];
		for (const [id, { request }] of this.#pending)
			if (request.kind === "action" && request.action.cell === cell) ids.push(id);
		if (ids.length > 0) this.request({ kind: "cancel-actions", ids, reason }).catch(() => undefined);
	}

	/** Keeps the process alive while `on`: a running stream is work to wait for. */
	keepAlive(on: boolean): void {
		this.#open = on ? 1 : 0;
		this.#hold();
	}

	#hold(): void {
		if (this.#open > 0 || this.#pending.size > 0) this.#started?.port.ref();
		else this.#started?.port.unref();
	}

	/** Ends the driver as a crash would (tests); resolves when another one goes on in its place. */
	kill(): Promise<void> {
		return new Promise((resolve) => {
			this.#revived.push(resolve);
			this.#started?.terminate();
		});
	}

	/** The ring, unless a host holds it. */
	get ring(): Ring | undefined {
		return this.#ring?.ring;
	}

	/** Ends the driver for good. */
	close(): void {
		this.#closed = true;
		this.#started?.dismiss();
		this.#started?.terminate();
		this.#started = undefined;
		for (const pending of this.#pending.values()) {
			pending.reject(streamError("STREAM_STATE", { message: "the context has been stopped", way: "make a new one" }));
		}
		this.#pending.clear();
	}
}

function isCompletion(event: ViewEvent): boolean {
	return event.kind === "listener" && event.event.type === "BatchCompleted";
}
