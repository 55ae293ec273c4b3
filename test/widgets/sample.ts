// A stream's life as view events, for tests of views: word counts, one failed batch, a receiver.

import type { PlanView } from "../../engine/plan/types.ts";
import type { BatchInfo, ListenerEvent, ViewDescription, ViewEvent, ViewRows } from "../../engine/views/events.ts";

const origin = (line: number) => ({ cell: "c3", execution: 3, line, column: 1 });
export const ZERO = Date.UTC(2026, 0, 2, 3, 4, 5);

export const plan: PlanView = {
	nodes: [
		{ id: "s", op: "socketTextStream", label: "socketTextStream", kind: "source", origin: origin(1), shuffle: false },
		{ id: "f", op: "flatMap", label: "flatMap", kind: "dstream", origin: origin(2), shuffle: false },
		{ id: "m", op: "map", label: "map", kind: "dstream", origin: origin(2), shuffle: false },
		{ id: "r", op: "reduceByKeyAndWindow", label: "counts", kind: "dstream", origin: origin(3), shuffle: true },
	],
	edges: [
		{ from: "s", to: "f" },
		{ from: "f", to: "m" },
		{ from: "m", to: "r" },
	],
};

export function description(changes: Partial<ViewDescription> = {}): ViewDescription {
	return {
		view: "view-1",
		title: "counts",
		node: "r",
		kind: "auto",
		appName: "wordcount",
		batchMs: 1000,
		state: "INITIALIZED",
		plan,
		origin: { cell: "c3", execution: 3 },
		...changes,
	};
}

export function batch(number: number, changes: Partial<BatchInfo> = {}): BatchInfo {
	return {
		batchTime: ZERO + number * 1000,
		number,
		numRecords: 900 + Math.round(300 * Math.sin(number / 3)),
		inputs: [{ streamId: "s", name: "socketTextStream", numRecords: 900 }],
		submissionTime: ZERO + number * 1000 + 2,
		outputs: [],
		failed: false,
		...changes,
	};
}

export function ended(number: number, changes: Partial<BatchInfo> = {}): BatchInfo {
	const processingDelay = 40 + 12 * Math.cos(number);
	return batch(number, { schedulingDelay: 1, processingDelay, totalDelay: processingDelay + 1, ...changes });
}

export const WORDS =
	"stream batch window driver the a of and <b>bold</b> executor receiver word count spark kernel notebook cell plan journal state delta view quartz".split(
		" ",
	);

export function wordRows(number: number, words: readonly string[] = WORDS): ViewRows {
	return {
		columns: [
			{ name: "key", type: "string" },
			{ name: "value", type: "number" },
		],
		rows: words.map((word, index) => [word, Math.round(4000 / (index + 1)) + ((number * (index + 3) * 7) % 41)]),
		total: words.length,
	};
}

export type EventBody = ViewEvent extends infer E ? (E extends unknown ? Omit<E, "seq" | "run"> : never) : never;

/** Numbers events like a driver. */
export class Feed {
	run = 1;
	seq = 0;

	make(body: EventBody): ViewEvent {
		this.seq += 1;
		return { ...body, run: this.run, seq: this.seq } as ViewEvent;
	}

	listener(event: ListenerEvent): ViewEvent {
		return this.make({ kind: "listener", event });
	}

	start(): ViewEvent[] {
		return [
			this.make({ kind: "context", state: "ACTIVE", appName: "wordcount", master: "local[2]", batchMs: 1000 }),
			this.make({ kind: "plan", plan }),
			this.listener({ type: "StreamingStarted", time: ZERO }),
			this.listener({ type: "ReceiverStarted", receiver: receiver() }),
		];
	}

	batch(
		number: number,
		changes: Partial<BatchInfo> = {},
		rows: ViewRows = wordRows(number),
		view = "view-1",
	): ViewEvent[] {
		return [
			this.listener({ type: "BatchSubmitted", batch: batch(number) }),
			this.listener({ type: "BatchStarted", batch: batch(number, { schedulingDelay: 1 }) }),
			this.make({ kind: "view-batch", view, batch: number, batchTime: ZERO + number * 1000, data: rows }),
			this.listener({ type: "BatchCompleted", batch: ended(number, changes) }),
		];
	}

	stop(): ViewEvent[] {
		return [
			this.listener({ type: "StreamingStopped", time: ZERO, reason: "stopped" }),
			this.make({ kind: "context", state: "STOPPED", appName: "wordcount", master: "local[2]", batchMs: 1000 }),
		];
	}
}

export function receiver(changes: { active?: boolean; lastErrorMessage?: string } = {}) {
	return {
		streamId: "s",
		name: "SocketReceiver-0",
		active: true,
		lastErrorMessage: "",
		lastError: "",
		lastErrorTime: 0,
		...changes,
	};
}
