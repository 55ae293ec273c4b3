// zipWithUniqueId: each element with a number no other has; needs no counting.
import { partitionWise } from "./partition-wise.ts";

export const zipWithUniqueId = partitionWise("zipWithUniqueId", (context) => {
	const { partition, partitions } = context.params as { [name: string]: number };
	const keys = context.records(0);
	return { shape: "table", keys, values: keys.map((_, i) => i * partitions + partition) };
});
