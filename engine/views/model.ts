// The model of a live view: a pure reducer of the event feed into a bounded snapshot.
import type { PlanView } from "../plan/types.ts";
import type { BatchInfo, ListenerEvent, ReceiverInfo, ViewDescription, ViewEvent, ViewRows } from "./events.ts";

/** Newest rows that a view keeps. */
export const MAX_ROWS = 200;
/** Newest batches whose metrics a view keeps. */
export const MAX_BATCHES = 120;
const MAX_TEXT = 200;
const MAX_MESSAGE = 600;
const MAX_RECEIVERS = 32;

/** How far a batch is. */
export type BatchStatus = "waiting" | "running" | "done" | "failed";

/** What the metrics of a view show of one batch. Delays in ms, null until they are known. */
export interface BatchMetric {
	readonly number: number;
	/** Logical batch time, ms since the epoch. */
	readonly time: number;
	readonly records: number;
	readonly scheduling: number | null;
	readonly processing: number | null;
	readonly total: number | null;
	readonly status: BatchStatus;
}

/** Newest rows of the shown stream and the batch they came from. */
export interface SnapshotRows extends ViewRows {
	readonly batch: number;
	readonly batchTime: number;
}

/** A value that was the only record of its batch: the line of a `count()`. */
export interface HistoryPoint {
	readonly batch: number;
	readonly value: number;
}

/** A failure of a batch, as the view shows it. */
export interface ViewError {
	readonly batchTime: number;
	readonly message: string;
}

/** Everything a page, a saved notebook or an exported one needs to draw the view: plain JSON, bounded. */
export interface ViewSnapshot {
	/** Format of this object. */
	readonly format: 1;
	/** Grows by 1 with every change; deltas lead from one version to another. */
	readonly version: number;
	readonly title: string;
	readonly node: string;
	readonly kind: ViewDescription["kind"];
	readonly appName: string;
	readonly master: string;
	readonly batchMs: number;
	readonly state: "INITIALIZED" | "ACTIVE" | "STOPPED";
	/** A stop was asked for and is under way. */
	readonly stopping: boolean;
	readonly stopReason: string;
	/** Batches that ended since the start, also those no longer in `batches`. */
	readonly completed: number;
	readonly failed: number;
	/** Records of all ended batches. */
	readonly records: number;
	/** Oldest first. */
	readonly batches: readonly BatchMetric[];
	/** Records per source in the newest batch that was submitted. */
	readonly inputs: BatchInfo["inputs"];
	readonly receivers: readonly ReceiverInfo[];
	readonly error: ViewError | null;
	readonly rows: SnapshotRows | null;
	readonly history: readonly HistoryPoint[];
	readonly plan: PlanView;
}

/** The model is its snapshot: a value that is replaced, never changed. */
export type ViewModel = ViewSnapshot;

/**
 * Returns the model of a view that has seen nothing yet. With `shared`, the model of another view of the same
 * stream, it starts with what all views have in common: batches, receivers, state.
 */
export function createModel(description: ViewDescription, shared?: ViewModel): ViewModel {
	return {
		format: 1,
		version: 0,
		title: cut(description.title, MAX_TEXT),
		node: description.node,
		kind: description.kind,
		appName: cut(description.appName, MAX_TEXT),
		master: shared?.master ?? "",
		batchMs: description.batchMs,
		state: shared?.state ?? description.state,
		stopping: shared?.stopping ?? false,
		stopReason: shared?.stopReason ?? "",
		completed: shared?.completed ?? 0,
		failed: shared?.failed ?? 0,
		records: shared?.records ?? 0,
		batches: shared?.batches ?? [],
		inputs: shared?.inputs ?? [],
		receivers: shared?.receivers ?? [],
		error: shared?.error ?? null,
		rows: null,
		history: [],
		plan: description.plan,
	};
}

/** Returns the model after the event: the same object if the event changes nothing that the view shows. */
export function apply(model: ViewModel, event: ViewEvent): ViewModel {
	switch (event.kind) {
		case "listener":
			return next(model, listener(model, event.event));
		case "view-batch":
			return next(model, batchRows(model, event.batch, event.batchTime, event.data));
		case "context":
			return next(model, {
				state: event.state,
				appName: cut(event.appName, MAX_TEXT),
				master: event.master,
				batchMs: event.batchMs,
				stopping: event.state === "ACTIVE" && model.stopping,
			});
		case "plan":
			return next(model, { plan: planOf(model, event.plan) });
		case "output-error":
			return next(model, { error: { batchTime: event.batchTime, message: cut(event.error.message, MAX_MESSAGE) } });
		case "print":
		case "console":
			return model;
		default:
			return unknownEvent(event);
	}
}

/** Returns the model of a stream that was asked to stop. */
export function markStopping(model: ViewModel): ViewModel {
	return model.state === "STOPPED" || model.stopping ? model : next(model, { stopping: true });
}

/** Returns what is stored and sent of a model: plain JSON, at most 200 rows, 120 batches. */
export function snapshot(model: ViewModel): ViewSnapshot {
	return model;
}

/** Returns the newest batch that has ended, the one the header of a view speaks of. */
export function newestEnded(model: ViewModel): BatchMetric | undefined {
	return model.batches.findLast((batch) => batch.status === "done" || batch.status === "failed");
}

/** Returns the part of `plan` that leads to `node`, or undefined if the node is not in it. */
export function upstream(plan: PlanView, node: string): PlanView | undefined {
	if (!plan.nodes.some((candidate) => candidate.id === node)) return undefined;
	const kept = new Set([node]);
	const todo = [node];
	for (let id = todo.pop(); id !== undefined; id = todo.pop()) {
		for (const edge of plan.edges) {
			if (edge.to !== id || kept.has(edge.from)) continue;
			kept.add(edge.from);
			todo.push(edge.from);
		}
	}
	return {
		nodes: plan.nodes.filter((candidate) => kept.has(candidate.id)),
		edges: plan.edges.filter((edge) => kept.has(edge.from) && kept.has(edge.to)),
	};
}

type Changes = { readonly [K in keyof ViewSnapshot]?: ViewSnapshot[K] };

function next(model: ViewModel, changes: Changes | undefined): ViewModel {
	return changes === undefined ? model : { ...model, ...changes, version: model.version + 1 };
}

function listener(model: ViewModel, event: ListenerEvent): Changes | undefined {
	switch (event.type) {
		case "StreamingStarted":
			return { state: "ACTIVE", stopping: false, stopReason: "" };
		case "StreamingStopped":
			return { state: "STOPPED", stopping: false, stopReason: cut(event.reason, MAX_MESSAGE) };
		case "ReceiverStarted":
		case "ReceiverError":
		case "ReceiverStopped":
			return { receivers: withReceiver(model.receivers, event.receiver) };
		case "BatchSubmitted":
			return { ...withBatch(model, metric(event.batch, "waiting")), inputs: event.batch.inputs };
		case "BatchStarted":
			return withBatch(model, metric(event.batch, "running"));
		case "BatchCompleted":
			return withBatch(model, metric(event.batch, event.batch.failed ? "failed" : "done"));
		case "OutputOperationStarted":
		case "OutputOperationCompleted":
		case "ExecutorAdded":
		case "ExecutorLost":
			return undefined;
		default:
			return unknownEvent(event);
	}
}

function metric(batch: BatchInfo, status: BatchStatus): BatchMetric {
	return {
		number: batch.number,
		time: batch.batchTime,
		records: batch.numRecords,
		scheduling: batch.schedulingDelay ?? null,
		processing: batch.processingDelay ?? null,
		total: batch.totalDelay ?? null,
		status,
	};
}

const ended = (batch: BatchMetric | undefined) => batch?.status === "done" || batch?.status === "failed";

function withBatch(model: ViewModel, batch: BatchMetric): Changes | undefined {
	const known = model.batches.findIndex((other) => other.number === batch.number);
	const before = known < 0 ? undefined : model.batches[known];
	// A restarted driver tells of batches again: an ended one is not counted twice and does not run backwards.
	if (ended(before) && !ended(batch)) return undefined;
	const oldest = model.batches[0];
	const forgotten =
		known < 0 && oldest !== undefined && model.batches.length >= MAX_BATCHES && batch.number < oldest.number;
	if (forgotten) return undefined;
	const batches =
		known < 0
			? [...model.batches, batch].sort((a, b) => a.number - b.number).slice(-MAX_BATCHES)
			: model.batches.with(known, batch);
	if (!ended(batch) || ended(before)) return { batches };
	return {
		batches,
		completed: model.completed + 1,
		failed: model.failed + (batch.status === "failed" ? 1 : 0),
		records: model.records + batch.records,
	};
}

function withReceiver(receivers: readonly ReceiverInfo[], receiver: ReceiverInfo): readonly ReceiverInfo[] {
	const entry: ReceiverInfo = {
		streamId: receiver.streamId,
		name: cut(receiver.name, MAX_TEXT),
		active: receiver.active,
		lastErrorMessage: cut(receiver.lastErrorMessage, MAX_MESSAGE),
		lastError: cut(receiver.lastError, MAX_MESSAGE),
		lastErrorTime: receiver.lastErrorTime,
	};
	const known = receivers.findIndex((other) => other.streamId === receiver.streamId);
	return known < 0 ? [...receivers, entry].slice(-MAX_RECEIVERS) : receivers.with(known, entry);
}

function batchRows(model: ViewModel, batch: number, batchTime: number, data: ViewRows): Changes | undefined {
	if (model.rows !== null && batch < model.rows.batch) return undefined;
	const rows = data.rows
		.slice(0, MAX_ROWS)
		.map((row) => row.map((cell) => (typeof cell === "string" ? cut(cell, MAX_TEXT) : cell)));
	const columns = data.columns.map((column) => ({ name: cut(column.name, MAX_TEXT), type: column.type }));
	return { rows: { batch, batchTime, columns, rows, total: data.total }, history: withHistory(model, batch, data) };
}

function withHistory(model: ViewModel, batch: number, data: ViewRows): readonly HistoryPoint[] {
	const value = data.columns.length === 1 && data.rows.length === 1 && data.total === 1 ? data.rows[0]?.[0] : undefined;
	if (typeof value !== "number") return data.rows.length === 0 ? model.history : [];
	return [...model.history.filter((point) => point.batch < batch), { batch, value }].slice(-MAX_BATCHES);
}

function planOf(model: ViewModel, plan: PlanView): PlanView {
	// `dag` views show the whole stream, all others how their own node comes about.
	return model.kind === "dag" ? plan : (upstream(plan, model.node) ?? model.plan);
}

function cut(text: string, length: number): string {
	if (text.length <= length) return text;
	const last = text.charCodeAt(length - 2);
	// Never leave half of a surrogate pair behind.
	return `${text.slice(0, last >= 0xd800 && last < 0xdc00 ? length - 2 : length - 1)}…`;
}

function unknownEvent(event: never): never {
	throw new TypeError(
		`A view cannot read the event ${JSON.stringify(event)}: the driver and the view host differ in version.`,
	);
}
