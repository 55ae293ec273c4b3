// The natural order of values, for sorting, top, min and max.
import { describeValue, streamError } from "../errors/index.ts";

/** Tells how two values stand: below 0, 0, or above 0. */
export type Ordering<T> = (a: T, b: T) => number;

/**
 * Returns how two values stand in their natural order: numbers (NaN above all others) and bigints by value, text by code
 * units, false before true, dates by time, arrays element by element (a beginning comes first), null and undefined before
 * all others. Throws STREAM_TASK for two values that have no order.
 */
export function compareValues(a: unknown, b: unknown): number {
	if (typeof a === "number" && typeof b === "number") {
		if (a < b) return -1;
		if (a > b) return 1;
		if (a === b) return 0;
		return Number.isNaN(a) ? (Number.isNaN(b) ? 0 : 1) : -1;
	}
	if (typeof a === "string" && typeof b === "string") return a < b ? -1 : a > b ? 1 : 0;
	return compareOthers(a, b);
}

function compareOthers(a: unknown, b: unknown): number {
	if (a === null || a === undefined || b === null || b === undefined) return rank(a) - rank(b);
	if (typeof a === "boolean" && typeof b === "boolean") return Number(a) - Number(b);
	if ((typeof a === "bigint" || typeof a === "number") && (typeof b === "bigint" || typeof b === "number")) {
		return Number.isNaN(a) ? 1 : Number.isNaN(b) ? -1 : a < b ? -1 : a > b ? 1 : 0;
	}
	if (a instanceof Date && b instanceof Date) return compareValues(a.getTime(), b.getTime());
	if (Array.isArray(a) && Array.isArray(b)) {
		const n = Math.min(a.length, b.length);
		for (let i = 0; i < n; i++) {
			const order = compareValues(a[i], b[i]);
			if (order !== 0) return order;
		}
		return a.length - b.length;
	}
	throw streamError("STREAM_TASK", {
		expected: "values of one kind that have an order (numbers, text, booleans, dates, arrays of these)",
		got: `${describeValue(a)} and ${describeValue(b)}`,
		way: "sort by a key of one kind, or give an ordering: (a, b) => number",
	});
}

const rank = (value: unknown): number => (value === undefined ? 0 : value === null ? 1 : 2);

/** Returns where `key` belongs among ascending bounds: the first bound that is not below it. */
export function rangeOf(key: unknown, bounds: readonly unknown[], compare: Ordering<unknown>): number {
	let low = 0;
	let high = bounds.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if (compare(key, bounds[middle]) > 0) low = middle + 1;
		else high = middle;
	}
	return low;
}
