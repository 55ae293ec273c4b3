// What operators share that need a whole partition of one parent at a time.
import { describeValue, streamError } from "../errors/index.ts";
import { bare, type OpenContext, type Opened, type RddOperator } from "../plan/operators.ts";
import { promiseError } from "./check.ts";
import { narrowNode } from "./narrow.ts";

/** Returns an operator that opens each partition of its parent as a whole; `params` then also hold its number, `partition`. */
export function partitionWise(
	op: string,
	open: (context: OpenContext) => Opened,
	options: { keepsKeys?: boolean } = {},
): RddOperator {
	return {
		op,
		fromNode: narrowNode(options),
		resolve: (rdd, partition, context) =>
			bare({
				kind: "op",
				op,
				params: { ...rdd.params, partition, partitions: rdd.partitions },
				fns: rdd.fns,
				inputs: [context.pipes(rdd.parents[0], partition)],
			}),
		open,
	};
}

/** Calls a user function with a whole partition and takes all it gives. */
export function takeAll(context: OpenContext, step: string, call: () => unknown): unknown[] {
	try {
		const made = call();
		if (Array.isArray(made)) return made;
		if (made instanceof Promise) throw promiseError(step);
		if (made === null || made === undefined || typeof (made as Iterable<unknown>)[Symbol.iterator] !== "function") {
			throw streamError("STREAM_TASK", {
				step,
				expected: "an iterable from the function",
				got: describeValue(made),
				way: "return an array, a generator … (an empty array for nothing)",
			});
		}
		return Array.from(made as Iterable<unknown>);
	} catch (error) {
		throw context.failed(error);
	}
}

/** Calls a user function for one record, and says which one when it fails. */
export function guarded<T>(context: OpenContext, record: unknown, call: () => T): T {
	try {
		return call();
	} catch (error) {
		throw context.failed(error, record);
	}
}
