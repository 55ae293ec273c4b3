// mapAsync: one element out for each element in, by a function that awaits; several calls are under way at a time.
import { bare, type RddOperator } from "../plan/operators.ts";
import { narrowNode } from "./narrow.ts";

/** A call that failed, and for which element. */
class CallFailure {
	readonly error: unknown;
	readonly record: unknown;
	constructor(error: unknown, record: unknown) {
		this.error = error;
		this.record = record;
	}
}

/** Calls `f` for all elements, at most `concurrency` at a time. After a failure no call is begun; those under way end. */
async function mapConcurrently(
	elements: readonly unknown[],
	f: (element: unknown) => unknown,
	concurrency: number,
	ordered: boolean,
): Promise<unknown[]> {
	const out: unknown[] = [];
	let next = 0;
	let failure: CallFailure | undefined;
	const work = async (): Promise<void> => {
		while (next < elements.length && failure === undefined) {
			const i = next++;
			try {
				const value = await f(elements[i]);
				if (ordered) out[i] = value;
				else out.push(value);
			} catch (error) {
				failure ??= new CallFailure(error, elements[i]);
			}
		}
	};
	await Promise.all(Array.from({ length: Math.min(concurrency, elements.length) }, work));
	if (failure !== undefined) throw failure;
	return out;
}

export const mapAsync: RddOperator = {
	op: "mapAsync",
	fromNode: narrowNode(),
	resolve: (rdd, partition, context) =>
		bare({
			kind: "op",
			op: "mapAsync",
			params: rdd.params,
			fns: rdd.fns,
			inputs: [context.pipes(rdd.parents[0], partition)],
		}),
	async openAsync(context) {
		const f = context.fn("f") as (element: unknown) => unknown;
		const { concurrency, ordered } = context.params as { concurrency: number; ordered: boolean };
		try {
			return { shape: "records", items: await mapConcurrently(context.records(0), f, concurrency, ordered) };
		} catch (thrown) {
			// What is no failure of a call comes from the steps before and says so itself.
			throw thrown instanceof CallFailure ? context.failed(thrown.error, thrown.record) : thrown;
		}
	},
};
