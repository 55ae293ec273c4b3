// countAll: an RDD of one number, the count of the parent's elements (0 for an empty one); serves DStream.count.
import { bare, type Rdd, type RddOperator, type RddSpec } from "../plan/operators.ts";

/** Returns the spec of an RDD that holds the number of elements of `parent`. */
export function countAllSpec(parent: Rdd): RddSpec {
	return { op: "countAll", parents: [parent], partitions: 1 };
}

export const countAll: RddOperator = {
	op: "countAll",
	shuffles: () => [{ parent: 0, partitions: 1, count: true }],
	resolve: (rdd, _partition, context) =>
		bare({
			kind: "op",
			op: "countAll",
			params: {},
			fns: {},
			inputs: [bare({ kind: "shuffle", segments: context.segments(rdd, 0, 0) })],
		}),
	open(context) {
		const { values } = context.table(0);
		return { shape: "records", items: [(values as number[]).reduce((sum, n) => sum + n, 0)] };
	},
};
