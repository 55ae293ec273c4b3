// The in-memory journal: lives outside the driver, so that a new driver can go on where the last one died.
import type { MessagePort } from "node:worker_threads";
import { countShared } from "../data/index.ts";
import type { QueueEntry } from "../plan/operators.ts";
import {
	JOURNAL_FORMAT,
	type JournalContents,
	type JournalEntry,
	type RingCommand,
	type RingReport,
} from "./entries.ts";

type Entry<K extends JournalEntry["kind"]> = Extract<JournalEntry, { kind: K }>;

/** The journal of one context, reduced as entries come in: what is overtaken is not held. */
export class Ring {
	#run: Entry<"run"> | undefined;
	#nodes = new Map<string, Entry<"nodes">["nodes"][number]>();
	#outputs = new Map<string, unknown>();
	#functions = new Map<string, Entry<"function">>();
	#queues = new Map<string, QueueEntry[]>();
	#enqueued = new Map<string, number>();
	#blocks = new Map<string, Entry<"block">>();
	#batches = new Map<number, Entry<"batch">>();
	#states = new Map<
		string,
		{ store: string; partition: number; version: number; base?: SharedArrayBuffer; deltas: SharedArrayBuffer[] }
	>();
	#kept = new Map<string, Entry<"kept">>();
	#commits = new Set<number>();
	#trimmed = 0;

	/** Takes one entry over. */
	append(entry: JournalEntry): void {
		switch (entry.kind) {
			case "run":
				this.#run = entry;
				return;
			case "nodes":
				for (const node of entry.nodes) this.#nodes.set(node.id, node);
				return;
			case "output":
				this.#outputs.set(entry.key, entry.output);
				return;
			case "output-removed":
				this.#outputs.delete(entry.key);
				return;
			case "function":
				this.#functions.set(`${entry.node}/${entry.role}`, entry);
				return;
			case "enqueue":
				this.#queues.set(entry.node, [...(this.#queues.get(entry.node) ?? []), ...entry.entries]);
				this.#enqueued.set(entry.node, (this.#enqueued.get(entry.node) ?? 0) + entry.entries.length);
				return;
			case "block":
				countShared(entry.block.data.byteLength);
				this.#blocks.set(entry.block.id, entry);
				return;
			case "batch": {
				const again = this.#batches.has(entry.time);
				this.#batches.set(entry.time, entry);
				// A batch that a new driver runs again takes the entries it took before.
				if (again) return;
				for (const { node, entries } of entry.dequeued) {
					if (entries[0]?.kind === "files") continue;
					this.#queues.set(node, (this.#queues.get(node) ?? []).slice(entries.length));
				}
				return;
			}
			case "state":
				this.#state(entry);
				return;
			case "state-reset": {
				const { store, partition, image } = entry;
				if (image === undefined) this.#states.delete(`${store}#${partition}`);
				else this.#states.set(`${store}#${partition}`, { store, partition, ...image, deltas: [...image.deltas] });
				return;
			}
			case "kept":
				countShared(entry.ref.data.byteLength);
				this.#kept.set(entry.key, entry);
				return;
			case "drop-blocks":
				for (const id of entry.ids) this.#blocks.delete(id);
				return;
			case "commit":
				this.#commits.add(entry.time);
				return;
			case "trim":
				this.#trim(entry.time);
				return;
		}
	}

	#state({ state }: Entry<"state">): void {
		countShared(((state.base ?? state.delta) as SharedArrayBuffer).byteLength);
		const name = `${state.store}#${state.partition}`;
		const old = this.#states.get(name);
		const { store, partition, version } = state;
		if (state.base !== undefined) this.#states.set(name, { store, partition, version, base: state.base, deltas: [] });
		else {
			const deltas = [...(old?.deltas ?? []), state.delta as SharedArrayBuffer];
			this.#states.set(name, { store, partition, version, base: old?.base, deltas });
		}
	}

	#trim(time: number): void {
		this.#trimmed = Math.max(this.#trimmed, time);
		for (const [at, batch] of this.#batches) {
			if (at > time) continue;
			for (const id of batch.blocks) this.#blocks.delete(id);
			this.#batches.delete(at);
		}
		for (const [key, kept] of this.#kept) if (kept.time <= time) this.#kept.delete(key);
		for (const at of this.#commits) if (at <= time) this.#commits.delete(at);
	}

	/** Returns everything a new driver needs. */
	contents(): JournalContents {
		return {
			format: JOURNAL_FORMAT,
			run: this.#run,
			nodes: [...this.#nodes.values()],
			outputs: [...this.#outputs.values()],
			functions: [...this.#functions.values()].map(({ node, role, fn }) => ({ node, role, fn })),
			queues: [...this.#queues].map(([node, entries]) => ({ node, entries, enqueued: this.#enqueued.get(node) ?? 0 })),
			blocks: [...this.#blocks.values()].map(({ stream, block }) => ({ stream, block })),
			batches: [...this.#batches.values()],
			states: [...this.#states.values()].map(({ store, partition, version, base, deltas }) => ({
				store,
				partition,
				image: { version, base, deltas },
			})),
			kept: [...this.#kept.values()].map(({ key, ref }) => ({ key, ref })),
			commits: [...this.#commits],
			trimmed: this.#trimmed,
		};
	}

	/** Bytes of shared memory that are held. */
	get bytes(): number {
		let sum = 0;
		for (const { block } of this.#blocks.values()) sum += block.data.byteLength;
		for (const { ref } of this.#kept.values()) sum += ref.data.byteLength;
		for (const { base, deltas } of this.#states.values()) {
			sum += (base?.byteLength ?? 0) + deltas.reduce((total, delta) => total + delta.byteLength, 0);
		}
		return sum;
	}
}

/**
 * Holds the ring of a context outside its driver: in the protocol thread of a kernel, in the main thread of plain Node.
 * One host serves one driver after another: `attach` is called for each.
 */
export class RingHost {
	readonly ring: Ring;

	constructor(port?: MessagePort, ring = new Ring()) {
		this.ring = ring;
		if (port !== undefined) this.attach(port);
	}

	/** Serves a driver's port. */
	attach(port: MessagePort): void {
		port.on("message", (command: RingCommand) => {
			if (command.kind === "append") for (const entry of command.entries) this.ring.append(entry);
			else port.postMessage({ kind: "contents", contents: this.ring.contents() } satisfies RingReport);
		});
		port.unref();
	}
}
