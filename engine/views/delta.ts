// Deltas between two versions of a view, and their form on the wire: JSON plus binary buffers.

import type { BatchMetric, BatchStatus, SnapshotRows, ViewSnapshot } from "./model.ts";
import { MAX_BATCHES } from "./model.ts";

type Head = Omit<ViewSnapshot, "version" | "batches" | "rows">;

/** What leads from version `from` of a view to version `to`. `from: -1` is a whole snapshot. */
export interface ViewDelta {
	readonly from: number;
	readonly to: number;
	/** Fields that are small or rarely change, by name. */
	readonly head: { readonly [K in keyof Head]?: Head[K] };
	/** New and changed batches, oldest first. */
	readonly batches: readonly BatchMetric[];
	/** Absent: unchanged. */
	readonly rows?: SnapshotRows | null;
}

/** A delta as a custom message: `content` is JSON, `buffers` are the binary frames it counts on. */
export interface EncodedDelta {
	readonly content: EncodedContent;
	readonly buffers: readonly Uint8Array[];
}

/** The JSON half of an encoded delta. */
export interface EncodedContent {
	readonly kind: "delta";
	readonly format: 1;
	readonly from: number;
	readonly to: number;
	readonly head: ViewDelta["head"];
	/** Number of batches in buffer 0: seven Float64 each. */
	readonly batches: number;
	readonly rows?: null | {
		readonly batch: number;
		readonly batchTime: number;
		readonly total: number;
		readonly count: number;
		/** Number columns are Float64 (NaN is null), all others JSON in UTF-8; one buffer each, in order. */
		readonly columns: readonly {
			readonly name: string;
			readonly type: SnapshotRows["columns"][number]["type"];
			readonly binary: boolean;
		}[];
	};
}

const STATUS: readonly BatchStatus[] = ["waiting", "running", "done", "failed"];
const FIELDS = 7;

/** Returns the delta from `before` to `after`, or the whole of `after` where `before` is undefined. */
export function diff(before: ViewSnapshot | undefined, after: ViewSnapshot): ViewDelta {
	const { version, batches, rows, ...head } = after;
	if (before === undefined) return { from: -1, to: version, head, batches, rows };
	const changed = Object.fromEntries(
		Object.entries(head).filter(([name, value]) => before[name as keyof Head] !== value),
	);
	const known = new Set(before.batches);
	return {
		from: before.version,
		to: version,
		head: changed,
		batches: batches.filter((batch) => !known.has(batch)),
		...(rows === before.rows ? {} : { rows }),
	};
}

/** Returns the snapshot after the delta, or undefined where the delta does not start at this version: ask for all of it. */
export function patch(before: ViewSnapshot | undefined, delta: ViewDelta): ViewSnapshot | undefined {
	if (delta.from === -1) {
		return { ...(delta.head as Head), version: delta.to, batches: delta.batches, rows: delta.rows ?? null };
	}
	if (before === undefined || before.version !== delta.from) return undefined;
	const byNumber = new Map(before.batches.map((batch) => [batch.number, batch]));
	for (const batch of delta.batches) byNumber.set(batch.number, batch);
	return {
		...before,
		...delta.head,
		version: delta.to,
		batches: [...byNumber.values()].sort((a, b) => a.number - b.number).slice(-MAX_BATCHES),
		rows: delta.rows === undefined ? before.rows : delta.rows,
	};
}

/** Returns the delta as a custom message with binary buffers. */
export function encodeDelta(delta: ViewDelta): EncodedDelta {
	const metrics = new Float64Array(delta.batches.length * FIELDS);
	delta.batches.forEach((batch, index) => {
		metrics.set(
			[
				batch.number,
				batch.time,
				batch.records,
				batch.scheduling ?? Number.NaN,
				batch.processing ?? Number.NaN,
				batch.total ?? Number.NaN,
				STATUS.indexOf(batch.status),
			],
			index * FIELDS,
		);
	});
	const buffers = [bytes(metrics)];
	const common = {
		kind: "delta",
		format: 1,
		from: delta.from,
		to: delta.to,
		head: delta.head,
		batches: delta.batches.length,
	} as const;
	if (delta.rows === undefined) return { content: common, buffers };
	if (delta.rows === null) return { content: { ...common, rows: null }, buffers };
	const { batch, batchTime, total, rows } = delta.rows;
	const columns = delta.rows.columns.map((column, index) => {
		const values = rows.map((row) => row[index] ?? null);
		const binary = values.every((value) => typeof value === "number" || value === null);
		buffers.push(
			binary
				? bytes(Float64Array.from(values, (value) => (value === null ? Number.NaN : Number(value))))
				: new TextEncoder().encode(JSON.stringify(values)),
		);
		return { name: column.name, type: column.type, binary };
	});
	return { content: { ...common, rows: { batch, batchTime, total, count: rows.length, columns } }, buffers };
}

/** Returns the delta of a custom message. Throws if the buffers do not belong to the content. */
export function decodeDelta(content: EncodedContent, buffers: readonly (Uint8Array | DataView)[]): ViewDelta {
	if (content.format !== 1) {
		throw new TypeError(
			`This page reads view messages of format 1 and got ${content.format}: reload the page after an update of Millrace.`,
		);
	}
	const metrics = floats(buffers[0], content.batches * FIELDS);
	const batches = Array.from({ length: content.batches }, (_, index): BatchMetric => {
		const [number, time, records, scheduling, processing, total, status] = metrics.subarray(
			index * FIELDS,
			(index + 1) * FIELDS,
		);
		return {
			number,
			time,
			records,
			scheduling: finite(scheduling),
			processing: finite(processing),
			total: finite(total),
			status: STATUS[status],
		};
	});
	const base = { from: content.from, to: content.to, head: content.head, batches };
	if (content.rows === undefined) return base;
	if (content.rows === null) return { ...base, rows: null };
	const { count, columns, batch, batchTime, total } = content.rows;
	const values = columns.map((column, index) => {
		const buffer = buffers[index + 1];
		return column.binary
			? Array.from(floats(buffer, count), finite)
			: (JSON.parse(new TextDecoder().decode(view(buffer))) as (string | null)[]);
	});
	return {
		...base,
		rows: {
			batch,
			batchTime,
			total,
			columns: columns.map(({ name, type }) => ({ name, type })),
			rows: Array.from({ length: count }, (_, row) => values.map((column) => column[row] ?? null)),
		},
	};
}

const finite = (value: number) => (Number.isNaN(value) ? null : value);

function bytes(array: Float64Array): Uint8Array {
	return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function view(buffer: Uint8Array | DataView | undefined): Uint8Array {
	if (buffer === undefined)
		throw new TypeError(
			"A view message came without one of its buffers: a proxy between kernel and page drops binary frames.",
		);
	return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

// A frame may start anywhere in the message that carried it; Float64Array wants multiples of 8.
function floats(buffer: Uint8Array | DataView | undefined, length: number): Float64Array {
	const copy = view(buffer).slice();
	if (copy.byteLength !== length * 8)
		throw new TypeError(`A view message announced ${length} numbers and brought ${copy.byteLength} bytes.`);
	return new Float64Array(copy.buffer);
}
