// zip and zipPartitions: partitions of the same number, side by side.
import { streamError } from "../errors/index.ts";
import { bare, type OpenContext, type RddOperator } from "../plan/operators.ts";
import { functionRefs } from "./narrow.ts";
import { takeAll } from "./partition-wise.ts";

function sideBySide(op: string, open: NonNullable<RddOperator["open"]>): RddOperator {
	return {
		op,
		fromNode: (node, parents, context) => ({
			op,
			parents,
			fns: functionRefs(node, context),
			partitions: parents[0].partitions,
			...(node.params.preservesPartitioning === true && {
				partitioner: parents[0].partitioner,
				placement: parents[0].placement,
			}),
		}),
		resolve: (rdd, partition, context) =>
			bare({
				kind: "op",
				op,
				params: {},
				fns: rdd.fns,
				inputs: rdd.parents.map((parent) => context.pipes(parent, partition)),
			}),
		open,
	};
}

export const zip = sideBySide("zip", (context) => {
	const keys = context.records(0);
	const values = context.records(1);
	if (keys.length !== values.length) {
		throw streamError("STREAM_TASK", {
			step: "zip",
			message: "Can only zip RDDs with same number of elements in each partition",
			expected: `${keys.length} elements on the right in partition ${context.partition}`,
			got: String(values.length),
			way: "zip with what was made by map from the same RDD, or join by key (zipWithIndex gives one)",
		});
	}
	return { shape: "table", keys, values };
});

export const zipPartitions = sideBySide("zipPartitions", (context: OpenContext) => {
	const f = context.fn("f") as unknown as (...sides: Iterable<unknown>[]) => unknown;
	const sides = Array.from({ length: context.inputs }, (_, i) => context.records(i).values());
	return { shape: "records", items: takeAll(context, "zipPartitions", () => f(...sides)) };
});
