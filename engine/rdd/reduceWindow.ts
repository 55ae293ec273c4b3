// reduceWindow: the window of reduceByKeyAndWindow with an inverse; adds what entered and takes off what left.
import { bare, type Rdd, type RddOperator, type ResolveContext } from "../plan/operators.ts";
import type { Pipe } from "../plan/stage.ts";

/** What the RDD carries: the batch time of each parent, and the window length in ms. */
export interface ReduceWindowPayload {
	readonly times: readonly number[];
	readonly window: number;
	/** Parents older than this are no longer remembered: a state from before it is made again. */
	readonly oldest: number;
}

function between(rdd: Rdd, partition: number, after: number, upTo: number, context: ResolveContext): Pipe[] {
	const { times } = rdd.payload as ReduceWindowPayload;
	return rdd.parents.flatMap((parent, index) =>
		times[index] > after && times[index] <= upTo && context.computable(parent, partition)
			? context.pipes(parent, partition)
			: [],
	);
}

export const reduceWindow: RddOperator = {
	op: "reduceWindow",
	stateful: true,
	resolve(rdd, partition, context) {
		const { window, oldest } = rdd.payload as ReduceWindowPayload;
		const state = context.state(rdd.node, partition, rdd.time);
		if (state.from === state.to)
			return bare({ kind: "op", op: "reduceWindow", params: {}, fns: rdd.fns, inputs: [[], []], state });
		// Relative to the version the state really has: a batch that failed is made up for by the next one.
		const reset = state.from !== 0 && state.from - window < oldest;
		const from = reset ? 0 : state.from;
		const leaving =
			from === 0 ? [] : between(rdd, partition, from - window, Math.min(from, rdd.time - window), context);
		const entering = between(rdd, partition, Math.max(from, rdd.time - window), rdd.time, context);
		return bare({
			kind: "op",
			op: "reduceWindow",
			params: { reset },
			fns: rdd.fns,
			inputs: [leaving, entering],
			state,
		});
	},
	open(context) {
		const { access, readOnly } = context.state();
		if (readOnly) return { shape: "table", ...access.table() };
		const guarded = (role: string) => {
			const call = context.fn(role) as (...args: unknown[]) => unknown;
			return (key: unknown, ...args: unknown[]): unknown => {
				try {
					return call(...args);
				} catch (error) {
					throw context.failed(error, [key, ...args]);
				}
			};
		};
		const f = guarded("f");
		const inverse = guarded("inverse");
		if (context.params.reset) for (let id = 0; id < access.length; id++) access.removeAt(id);
		// As in Spark: f(inverse(previous, reduce(left)), reduce(entered)); without a previous value only what entered.
		const left = context.combined(0, "f");
		for (let i = 0; i < left.keys.length; i++) {
			const id = access.find(left.keys[i]);
			if (id >= 0) access.setAt(id, inverse(left.keys[i], access.valueAt(id), left.values[i]));
		}
		const entered = context.combined(1, "f");
		for (let i = 0; i < entered.keys.length; i++) {
			const id = access.find(entered.keys[i]);
			if (id >= 0) access.setAt(id, f(entered.keys[i], access.valueAt(id), entered.values[i]));
			else access.append(entered.keys[i], entered.values[i]);
		}
		const keep = context.hasFn("filter") ? guarded("filter") : undefined;
		if (keep !== undefined) {
			for (let id = 0; id < access.length; id++) {
				if (access.alive(id) && !keep(access.keyAt(id), [access.keyAt(id), access.valueAt(id)])) access.removeAt(id);
			}
		}
		return { shape: "table", ...access.table() };
	},
};
