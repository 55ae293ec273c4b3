// queueStream's queue: an array of the user whose pushes reach the driver at once.
import { describeValue, streamError } from "../errors/index.ts";
import type { QueueEntry } from "../plan/operators.ts";
import type { Draft } from "../plan/session.ts";
import { encodeSlices } from "../rdd/parallelize.ts";
import { RDD } from "../rdd/rdd.ts";

/** What may stand in a queue: an RDD, or the elements of one. */
export type QueueItem<T> = RDD<T> | readonly T[];

/** Returns the queue entry of an item; `ship` sends an RDD's nodes to the driver. */
export function queueEntry(item: unknown, slices: number, ship: (draft: Draft) => string): QueueEntry {
	if (item instanceof RDD) return { kind: "node", node: ship(item.draft) };
	if (Array.isArray(item))
		return { kind: "slices", slices: encodeSlices(item, Math.max(1, Math.min(slices, item.length))) };
	throw streamError("STREAM_CONFIG", {
		step: "queueStream",
		expected: "RDDs or arrays of elements in the queue",
		got: describeValue(item),
		way: "push sc.parallelize(elements) or the elements as an array",
	});
}

/**
 * Makes pushes onto `queue` visible to `push` from now on. The driver takes entries at its own time; `taken` then
 * removes them from the array, so that the notebook sees the queue as Spark users know it.
 */
export function watchQueue(
	queue: unknown[],
	push: (items: readonly unknown[]) => void,
): { taken(count: number): void } {
	const native = Array.prototype.push;
	Object.defineProperty(queue, "push", {
		configurable: true,
		enumerable: false,
		writable: true,
		value(...items: unknown[]) {
			push(items);
			return native.apply(queue, items);
		},
	});
	return {
		taken(count) {
			queue.splice(0, count);
		},
	};
}
