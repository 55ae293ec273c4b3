// foldPartitions: one element per partition, all of it folded into a zero value; none without zero for an empty partition.
import { decodeRecords } from "../data/index.ts";
import { guarded, partitionWise } from "./partition-wise.ts";

export const foldPartitions = partitionWise("foldPartitions", (context) => {
	const f = context.fn("f") as unknown as (sum: unknown, element: unknown) => unknown;
	const elements = context.records(0);
	const zero = context.params.zero as SharedArrayBuffer | undefined;
	let at = 0;
	if (zero === undefined && elements.length === 0) return { shape: "records", items: [] };
	let sum = zero === undefined ? elements[at++] : decodeRecords(zero)[0];
	for (; at < elements.length; at++) {
		const element = elements[at];
		sum = guarded(context, element, () => f(sum, element));
	}
	return { shape: "records", items: [sum] };
});

/** Partial results under the number of the task that merges them: one level of treeAggregate and treeReduce. */
export const treeLevel = partitionWise("treeLevel", (context) => {
	const { partition, numPartitions } = context.params as { [name: string]: number };
	const values = context.records(0);
	return { shape: "table", keys: values.map(() => partition % numPartitions), values };
});
