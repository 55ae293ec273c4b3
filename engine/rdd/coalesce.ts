// coalesce: fewer partitions without a shuffle; neighbours are read one after another.
import type { RddOperator } from "../plan/operators.ts";

export const coalesce: RddOperator = {
	op: "coalesce",
	fromNode(node, parents) {
		const [parent] = parents;
		return { op: "coalesce", parents, partitions: Math.min(node.params.numPartitions as number, parent.partitions) };
	},
	resolve(rdd, partition, context) {
		const [parent] = rdd.parents;
		const from = Math.floor((partition * parent.partitions) / rdd.partitions);
		const to = Math.floor(((partition + 1) * parent.partitions) / rdd.partitions);
		return Array.from({ length: to - from }, (_, i) => from + i).flatMap((at) =>
			context.computable(parent, at) ? context.pipes(parent, at) : [],
		);
	},
};
