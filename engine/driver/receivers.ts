// ReceiverTracker: starts receivers, collects their blocks, and says which blocks belong to which batch.
import { countShared } from "../data/index.ts";
import type { BlockRef } from "../plan/operators.ts";
import type { Spawner, Started } from "../runtime/index.ts";
import type { ReceiverCommand, ReceiverOptions, ReceiverReport, ReceiverSpec } from "../runtime/receiver-messages.ts";
import type { ListenerEvent, ReceiverInfo } from "../views/events.ts";

/** Longest wait for the receiver host at a tick; a host that hangs must not stop the batches. */
const CUT_DEADLINE = 1000;

/** What the tracker tells its owner. */
export interface TrackerEvents {
	listener(event: ListenerEvent): void;
	/** A block is here and must survive the driver. */
	block(stream: string, block: BlockRef): void;
}

/** Blocks by stream, and the batch they went to. */
export class ReceiverTracker {
	readonly #spawner: Spawner;
	readonly #events: TrackerEvents;
	readonly #options: Omit<ReceiverOptions, "outstanding" | "generation">;
	#host: Started | undefined;
	#generation: number;
	#specs: ReceiverSpec[] = [];
	#infos = new Map<string, ReceiverInfo>();
	#waiting = new Map<string, BlockRef[]>();
	#allocated = new Map<number, Map<string, BlockRef[]>>();
	#outstanding = 0;
	#held = false;
	#blockInterval = 200;
	#cuts = new Map<number, () => void>();
	#nextCut = 1;
	#stopping: (() => void) | undefined;
	/** Deaths of the host in a row without a sign of life of a receiver. */
	#deaths = 0;
	#relaunch: ReturnType<typeof setTimeout> | undefined;
	#stopped = false;

	constructor(
		spawner: Spawner,
		options: Omit<ReceiverOptions, "outstanding" | "generation">,
		generation: number,
		events: TrackerEvents,
	) {
		this.#spawner = spawner;
		this.#options = options;
		this.#generation = generation;
		this.#events = events;
	}

	/** Starts the receivers of all sources that have one. */
	start(specs: readonly ReceiverSpec[], batchMs: number): void {
		this.#specs = [...specs];
		this.#blockInterval = Math.min(this.#options.blockInterval, batchMs);
		if (specs.length > 0) this.#launch();
	}

	#launch(): void {
		const options: ReceiverOptions = {
			...this.#options,
			blockInterval: this.#blockInterval,
			outstanding: this.#outstanding,
			generation: this.#generation++,
		};
		const host = this.#spawner.spawn("receiver", options);
		this.#host = host;
		host.port.on("message", (report: ReceiverReport) => this.#take(report));
		host.onExit((reason) => {
			if (this.#stopped || this.#host !== host) return;
			for (const spec of this.#specs)
				this.#report("ReceiverError", spec.stream, { active: false, error: `the receiver host ended: ${reason}` });
			for (const done of this.#cuts.values()) done();
			this.#cuts.clear();
			this.#host = undefined;
			if (this.#stopping !== undefined) {
				this.#stopping();
				return;
			}
			// At once the first time; a host that cannot live must not be started in a loop.
			if (this.#deaths++ === 0) this.#launch();
			else this.#relaunch = setTimeout(() => this.#launch(), Math.min(200 * 2 ** (this.#deaths - 2), 2000));
		});
		if (this.#held) this.#post({ kind: "hold", on: true });
		for (const receiver of this.#specs) this.#post({ kind: "start", receiver });
	}

	#post(command: ReceiverCommand): void {
		this.#host?.port.postMessage(command);
	}

	/** Ends the receiver host as a crash would. */
	kill(): void {
		this.#host?.terminate();
	}

	#take(report: ReceiverReport): void {
		switch (report.kind) {
			case "block":
				this.#deaths = 0;
				countShared(report.block.data.byteLength);
				this.add(report.stream, report.block);
				this.#events.block(report.stream, report.block);
				return;
			case "cut-done":
				this.#cuts.get(report.id)?.();
				this.#cuts.delete(report.id);
				return;
			case "started":
				this.#deaths = 0;
				this.#report("ReceiverStarted", report.stream, { active: true });
				return;
			case "error":
				this.#report("ReceiverError", report.stream, { error: report.message, detail: report.detail });
				return;
			case "stopped":
				this.#report("ReceiverStopped", report.stream, { active: false });
				return;
			case "all-stopped":
				this.#stopping?.();
				return;
		}
	}

	#report(
		type: "ReceiverStarted" | "ReceiverError" | "ReceiverStopped",
		stream: string,
		change: { active?: boolean; error?: string; detail?: string },
	): void {
		const spec = this.#specs.find((known) => known.stream === stream);
		const old = this.#infos.get(stream);
		const info: ReceiverInfo = {
			streamId: stream,
			name: spec?.name ?? stream,
			active: change.active ?? (change.error === undefined && (old?.active ?? false)),
			lastErrorMessage: change.error ?? old?.lastErrorMessage ?? "",
			lastError: change.detail ?? old?.lastError ?? "",
			lastErrorTime: change.error === undefined ? (old?.lastErrorTime ?? -1) : Date.now(),
		};
		this.#infos.set(stream, info);
		this.#events.listener({ type, receiver: info });
	}

	/** Adds a block that belongs to no batch yet. */
	add(stream: string, block: BlockRef): void {
		const waiting = this.#waiting.get(stream);
		if (waiting === undefined) this.#waiting.set(stream, [block]);
		else waiting.push(block);
		this.#outstanding += block.bytes;
	}

	/** True when blocks wait that belong to no batch. */
	get hasUnallocated(): boolean {
		for (const blocks of this.#waiting.values()) if (blocks.length > 0) return true;
		return false;
	}

	/** Asks the receivers for everything they got before now. */
	cut(): Promise<void> {
		if (this.#host === undefined || this.#stopped) return Promise.resolve();
		return new Promise((resolve) => {
			const id = this.#nextCut++;
			const timer = setTimeout(() => {
				this.#cuts.delete(id);
				resolve();
			}, CUT_DEADLINE);
			this.#cuts.set(id, () => {
				clearTimeout(timer);
				resolve();
			});
			this.#post({ kind: "cut", id });
		});
	}

	/** Gives all waiting blocks to a batch. */
	allocate(time: number): ReadonlyMap<string, readonly BlockRef[]> {
		const known = this.#allocated.get(time);
		if (known !== undefined) return known;
		const blocks = this.#waiting;
		this.#waiting = new Map();
		this.#allocated.set(time, blocks);
		return blocks;
	}

	/** Takes over an allocation of the driver before (recovery). */
	restore(time: number, ids: ReadonlySet<string>): void {
		const blocks = new Map<string, BlockRef[]>();
		for (const [stream, waiting] of this.#waiting) {
			blocks.set(
				stream,
				waiting.filter((block) => ids.has(block.id)),
			);
			this.#waiting.set(
				stream,
				waiting.filter((block) => !ids.has(block.id)),
			);
		}
		this.#allocated.set(time, blocks);
	}

	blocks(stream: string, time: number): readonly BlockRef[] {
		return this.#allocated.get(time)?.get(stream) ?? [];
	}

	/** A batch is done: its bytes no longer count as waiting work. */
	release(time: number): void {
		let bytes = 0;
		for (const blocks of this.#allocated.get(time)?.values() ?? []) for (const block of blocks) bytes += block.bytes;
		if (bytes === 0) return;
		this.#outstanding -= bytes;
		this.#post({ kind: "credit", bytes });
	}

	/** Lets all sources wait, or go on, whatever their bytes. */
	hold(on: boolean): void {
		if (on === this.#held) return;
		this.#held = on;
		this.#post({ kind: "hold", on });
	}

	/** Forgets which blocks batches up to `time` had. */
	clear(time: number): void {
		for (const at of this.#allocated.keys()) if (at <= time) this.#allocated.delete(at);
	}

	/** Stops all receivers; what they have received is handed over first. */
	async stop(deadline: number): Promise<void> {
		if (this.#host === undefined) return;
		await new Promise<void>((resolve) => {
			const timer = setTimeout(resolve, deadline);
			this.#stopping = () => {
				clearTimeout(timer);
				resolve();
			};
			this.#post({ kind: "stop" });
		});
		this.close();
	}

	/** Ends the host at once. */
	close(): void {
		this.#stopped = true;
		clearTimeout(this.#relaunch);
		this.#host?.dismiss();
		this.#host?.terminate();
		this.#host = undefined;
	}
}
