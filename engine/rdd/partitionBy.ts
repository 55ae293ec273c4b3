// partitionBy: pairs where a partitioner says. By the hash of the key, or by numbers that `route` has found.
import { describeValue, streamError } from "../errors/index.ts";
import { bare, type RddOperator } from "../plan/operators.ts";
import { byKeyShuffles, byKeySpec, hashed, pairsByKey } from "./by-key.ts";
import { guarded, partitionWise } from "./partition-wise.ts";

export const partitionBy: RddOperator = {
	op: "partitionBy",
	fromNode: (node, parents) => byKeySpec("partitionBy", parents, hashed(node.params.numPartitions as number)),
	shuffles: byKeyShuffles,
	resolve: (rdd, partition, context) => pairsByKey(rdd, 0, partition, context),
};

/** The number of its partition for each pair, by the user's partitioner. */
export const route = partitionWise("route", (context) => {
	const f = context.fn("f") as unknown as (key: unknown) => unknown;
	const n = context.params.numPartitions as number;
	const { keys, values } = context.table(0);
	const targets = new Array<number>(keys.length);
	const pairs = new Array<unknown>(keys.length);
	for (let i = 0; i < keys.length; i++) {
		pairs[i] = [keys[i], values[i]];
		const target = guarded(context, pairs[i], () => f(keys[i]));
		if (typeof target !== "number" || !Number.isInteger(target) || target < 0 || target >= n) {
			throw streamError("STREAM_TASK", {
				step: "partitionBy",
				expected: `a whole number from 0 to ${n - 1} from getPartition`,
				got: `${describeValue(target)} for key ${describeValue(keys[i])}`,
			});
		}
		targets[i] = target;
	}
	return { shape: "table", keys: targets, values: pairs };
});

/** What was sent to each partition by number, in the order of the partitions it came from. */
export const arrive: RddOperator = {
	op: "arrive",
	fromNode: (node, parents) => ({
		op: "arrive",
		parents,
		partitions: node.params.numPartitions as number,
		placement: node.params.placement as string | undefined,
	}),
	shuffles: (rdd) => [{ parent: 0, partitions: rdd.partitions, direct: true }],
	resolve: (rdd, partition, context) =>
		bare({
			kind: "op",
			op: "arrive",
			params: {},
			fns: {},
			inputs: [bare({ kind: "shuffle", segments: context.segments(rdd, 0, partition) })],
		}),
	open(context) {
		const { values } = context.table(0);
		// A column of numbers comes as a typed array.
		return { shape: "records", items: Array.isArray(values) ? values : Array.from(values as ArrayLike<unknown>) };
	},
};
