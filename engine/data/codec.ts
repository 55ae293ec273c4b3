// The record codec: records and pairs to shared memory and back.

import { describeValue, streamError } from "../errors/message.ts";
import { ColumnWriter } from "./columns.ts";
import { ColumnReader } from "./read-columns.ts";
import { uncloneableError } from "./uncloneable.ts";

/**
 * Returns the records as columns in shared memory. What comes back from `decodeRecords` is what structured clone would
 * give, except that an object standing in several records (or places) comes back as several equal objects.
 * Throws STREAM_TASK, naming the place, where a record holds a function, a symbol or another thing that is no data.
 */
export function encodeRecords(records: readonly unknown[]): SharedArrayBuffer {
	const writer = new ColumnWriter();
	try {
		writer.column(records);
	} catch (cause) {
		throw uncloneableError(records, "record", cause);
	}
	return writer.finish(records.length);
}

/** Returns the records again, those of `encodePairs` as `[key, value]`. */
export function decodeRecords(data: SharedArrayBuffer | Uint8Array): unknown[] {
	const reader = new ColumnReader(data);
	return reader.values(reader.count);
}

/**
 * Returns pairs, given as a column of keys and one of values, in the format of `encodeRecords`, without making the pairs.
 *
 * @param order which pairs, by index, and in which order; all of them by default.
 */
export function encodePairs(
	keys: readonly unknown[],
	values: readonly unknown[] | Float64Array,
	order?: Uint32Array | readonly number[],
): SharedArrayBuffer {
	let count = keys.length;
	let k: readonly unknown[] = keys;
	let v: readonly unknown[] | Float64Array = values;
	if (order !== undefined) {
		count = order.length;
		k = pick(keys, order);
		v = values instanceof Float64Array ? pickNumbers(values, order) : pick(values, order);
	} else if (values.length > count) v = values.slice(0, count);
	if (v.length !== count) {
		throw streamError("STREAM_TASK", {
			step: "encode pairs",
			expected: `${count} values`,
			got: `${v.length}`,
			way: "Give a value per key.",
		});
	}
	const writer = new ColumnWriter();
	try {
		writer.pairs(k, v);
	} catch (cause) {
		const bad = uncloneableError(k, "key of pair", cause);
		throw "record" in ((bad as { fields?: object }).fields ?? {}) || v instanceof Float64Array
			? bad
			: uncloneableError(v, "value of pair", cause);
	}
	return writer.finish(count);
}

/** Returns the pairs as a column of keys and one of values; a column of numbers only comes as Float64Array. */
export function decodePairs(data: SharedArrayBuffer | Uint8Array): {
	keys: unknown[];
	values: unknown[] | Float64Array;
} {
	const reader = new ColumnReader(data);
	const n = reader.count;
	if (reader.enterTuple(2)) return { keys: reader.values(n), values: reader.column(n) };
	// Pairs beside other things (arrays with holes, null …) are not written as a tuple column.
	const records = reader.values(n);
	const keys = new Array<unknown>(n);
	const values = new Array<unknown>(n);
	for (let i = 0; i < n; i++) {
		const record = records[i];
		if (!Array.isArray(record) || record.length !== 2) {
			throw streamError("STREAM_TASK", {
				expected: "records that are [key, value] pairs",
				got: describeValue(record),
				way: "Make pairs with map(x => [key, value]) before.",
				record: i,
			});
		}
		keys[i] = record[0];
		values[i] = record[1];
	}
	return { keys, values };
}

function pick(column: readonly unknown[], order: Uint32Array | readonly number[]): unknown[] {
	const n = order.length;
	const picked = new Array<unknown>(n);
	for (let i = 0; i < n; i++) picked[i] = column[order[i]];
	return picked;
}

function pickNumbers(column: Float64Array, order: Uint32Array | readonly number[]): Float64Array {
	const n = order.length;
	const picked = new Float64Array(n);
	for (let i = 0; i < n; i++) picked[i] = column[order[i]];
	return picked;
}
