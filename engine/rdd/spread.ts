// spread: elements dealt out to the partitions of a repartition, round robin from a start that differs by partition.
import { partitionWise } from "./partition-wise.ts";
import { randomOf } from "./random.ts";

export const spread = partitionWise("spread", (context) => {
	const { numPartitions, partition } = context.params as { [name: string]: number };
	const values = context.records(0);
	const start = Math.floor(randomOf(0, partition)() * numPartitions);
	return { shape: "table", keys: values.map((_, i) => (start + i) % numPartitions), values };
});
