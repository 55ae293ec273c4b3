// sortByKey: pairs in the order of their keys over all partitions. Keys are sampled for the bounds of the partitions,
// pairs are sent where their range says, and each partition is sorted; all of it within one job.
import { bare, type OpenContext, type RddOperator } from "../plan/operators.ts";
import { functionRefs } from "./narrow.ts";
import { compareValues, type Ordering, rangeOf } from "./order.ts";
import { partitionWise } from "./partition-wise.ts";
import { randomOf } from "./random.ts";

/** Keys sampled per partition of the result, as in Spark. */
const SAMPLES = 20;

/** Returns the user's order of keys, else the natural one; its errors name the operator. */
function orderOf(context: OpenContext): Ordering<unknown> {
	const compare = context.hasFn("ordering") ? (context.fn("ordering") as unknown as Ordering<unknown>) : compareValues;
	return (a, b) => {
		try {
			return compare(a, b);
		} catch (error) {
			throw context.failed(error, [a, b]);
		}
	};
}

/** A sample of the keys of a partition, each with the number of keys it stands for. */
export const sortSample = partitionWise("sortSample", (context) => {
	const { numPartitions, partition, partitions } = context.params as { [name: string]: number };
	const { keys } = context.table(0);
	const size = Math.min(keys.length, Math.ceil((3 * SAMPLES * numPartitions) / Math.max(1, partitions)));
	const random = randomOf(1, partition);
	const picked = keys.slice(0, size);
	// A reservoir: each key has the same chance, whatever order they come in.
	for (let i = size; i < keys.length; i++) {
		const at = Math.floor(random() * (i + 1));
		if (at < size) picked[at] = keys[i];
	}
	return { shape: "table", keys: picked, values: picked.map(() => keys.length / size) };
});

/** Returns the upper bounds of all ranges but the last; fewer when there are not as many distinct keys. */
export function boundsOf(
	keys: readonly unknown[],
	weights: ArrayLike<unknown>,
	partitions: number,
	compare: Ordering<unknown>,
): unknown[] {
	const order = keys.map((_, i) => i).sort((a, b) => compare(keys[a], keys[b]));
	const total = order.reduce((sum, i) => sum + (weights[i] as number), 0);
	const step = total / partitions;
	const bounds: unknown[] = [];
	let seen = 0;
	let target = step;
	for (const i of order) {
		if (bounds.length >= partitions - 1) break;
		seen += weights[i] as number;
		if (seen < target) continue;
		if (bounds.length > 0 && compare(keys[i], bounds[bounds.length - 1]) <= 0) continue;
		bounds.push(keys[i]);
		target += step;
	}
	return bounds;
}

/** The number of its range for each pair. Parents: the pairs, and the sample of their keys. */
export const sortRoute: RddOperator = {
	op: "sortRoute",
	fromNode: (node, parents, context) => ({
		op: "sortRoute",
		parents,
		params: node.params,
		fns: functionRefs(node, context),
		partitions: parents[0].partitions,
	}),
	shuffles: () => [{ parent: 1, partitions: 1 }],
	resolve: (rdd, partition, context) =>
		bare({
			kind: "op",
			op: "sortRoute",
			params: rdd.params,
			fns: rdd.fns,
			inputs: [
				context.pipes(rdd.parents[0], partition),
				bare({ kind: "shuffle", segments: context.segments(rdd, 1, 0) }),
			],
		}),
	open(context) {
		const { numPartitions, ascending } = context.params as { numPartitions: number; ascending: boolean };
		const compare = orderOf(context);
		const { keys, values } = context.table(0);
		const sample = context.table(1);
		const bounds = boundsOf(sample.keys, sample.values, numPartitions, compare);
		const targets = keys.map((key) => {
			const range = rangeOf(key, bounds, compare);
			return ascending ? range : bounds.length - range;
		});
		return { shape: "table", keys: targets, values: keys.map((key, i) => [key, values[i]]) };
	},
};

/** Pairs of a partition by their keys; equal keys stay in the order they came in. */
export const sortWithin = partitionWise(
	"sortWithin",
	(context) => {
		const compare = orderOf(context);
		const sign = context.params.ascending === false ? -1 : 1;
		const { keys, values } = context.table(0);
		const order = keys.map((_, i) => i).sort((a, b) => sign * compare(keys[a], keys[b]));
		return { shape: "table", keys: order.map((i) => keys[i]), values: order.map((i) => values[i]) };
	},
	{ keepsKeys: true },
);
