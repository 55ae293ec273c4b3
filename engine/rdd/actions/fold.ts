// The actions behind fold, aggregate, sum, stats, histogram, top, takeOrdered, max, min and countApproxDistinct.
import { decodeRecords } from "../../data/index.ts";
import { describeValue, streamError } from "../../errors/index.ts";
import type { ActionOperator } from "../../plan/operators.ts";
import { promiseError } from "../check.ts";
import { addTo } from "../hyperloglog.ts";
import { compareValues, type Ordering } from "../order.ts";
import { StatCounter } from "../stat-counter.ts";

type Merge = (sum: unknown, element: unknown) => unknown;

function number(step: string, element: unknown): number {
	if (typeof element === "number") return element;
	throw streamError("STREAM_TASK", {
		step,
		expected: "numbers",
		got: describeValue(element),
		way: "take the number of each element with map first",
	});
}

/** Each partition folded into a copy of the zero value. */
export const fold: ActionOperator = {
	action: "fold",
	begin({ params, fn }) {
		const f = fn("f") as unknown as Merge;
		let [sum] = decodeRecords(params.zero as SharedArrayBuffer);
		let checked = false;
		const each = (element: unknown) => {
			sum = f(sum, element);
			if (!checked && sum instanceof Promise) throw promiseError("fold");
			checked = true;
		};
		return { sink: { shape: "each", each }, finish: () => [sum] };
	},
};

export const sum: ActionOperator = {
	action: "sum",
	begin() {
		let total = 0;
		const each = (element: unknown) => {
			total += number("sum", element);
		};
		return { sink: { shape: "each", each }, finish: () => [total] };
	},
};

export const stats: ActionOperator = {
	action: "stats",
	begin({ params }) {
		const counter = new StatCounter();
		const each = (element: unknown) => {
			counter.merge(number(params.step as string, element));
		};
		return { sink: { shape: "each", each }, finish: () => [counter.state] };
	},
};

/** Returns the bucket of a value, -1 for none. Buckets are [a, b), the last one [a, b]; NaN stands above all numbers. */
export function bucketOf(value: number, buckets: readonly number[], even: boolean): number {
	const last = buckets.length - 2;
	if (even && Number.isFinite(value)) {
		const [min, max] = [buckets[0], buckets[buckets.length - 1]];
		if (value < min || value > max) return -1;
		const width = (max - min) / (last + 1);
		return width === 0 ? last : Math.min(Math.floor((value - min) / width), last);
	}
	if (even && Number.isNaN(value)) return -1;
	if (compareValues(value, buckets[0]) < 0 || compareValues(value, buckets[last + 1]) > 0) return -1;
	let low = 0;
	let high = last;
	while (low < high) {
		const middle = (low + high + 1) >>> 1;
		if (compareValues(value, buckets[middle]) >= 0) low = middle;
		else high = middle - 1;
	}
	return low;
}

export const histogram: ActionOperator = {
	action: "histogram",
	begin({ params }) {
		const buckets = params.buckets as readonly number[];
		const even = params.even as boolean;
		const counts = new Array<number>(buckets.length - 1).fill(0);
		const each = (element: unknown) => {
			const bucket = bucketOf(number("histogram", element), buckets, even);
			if (bucket >= 0) counts[bucket]++;
		};
		return { sink: { shape: "each", each }, finish: () => [counts] };
	},
};

/** The first `n` elements of each partition in an order. */
export const takeOrdered: ActionOperator = {
	action: "takeOrdered",
	begin({ params, fn }) {
		const n = params.n as number;
		const compare = (params.ordered ? fn("ordering") : compareValues) as unknown as Ordering<unknown>;
		const order: Ordering<unknown> = params.descending ? (a, b) => compare(b, a) : compare;
		let kept: unknown[] = [];
		const cut = () => {
			kept = kept.sort(order).slice(0, n);
		};
		const each = (element: unknown) => {
			kept.push(element);
			// Sorted in batches: as good as a heap, and equal elements stay in their order.
			if (kept.length >= 2 * n + 1000) cut();
		};
		const finish = () => {
			cut();
			return kept;
		};
		return { sink: { shape: "each", each }, finish };
	},
};

/** The greatest element of each partition in an order, the first of equal ones. */
export const extreme: ActionOperator = {
	action: "extreme",
	begin({ params, fn }) {
		const compare = (params.ordered ? fn("ordering") : compareValues) as unknown as Ordering<unknown>;
		const sign = params.smallest ? -1 : 1;
		let any = false;
		let best: unknown;
		const each = (element: unknown) => {
			if (!any || sign * compare(element, best) > 0) best = element;
			any = true;
		};
		return { sink: { shape: "each", each }, finish: () => (any ? [best] : []) };
	},
};

export const sketch: ActionOperator = {
	action: "sketch",
	begin({ params }) {
		const p = params.p as number;
		const registers = new Uint8Array(2 ** p);
		const each = (element: unknown) => addTo(registers, p, element);
		return { sink: { shape: "each", each }, finish: () => [registers] };
	},
};
