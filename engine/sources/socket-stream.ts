// socketTextStream as a source of the plan: its batch is the blocks the receiver got.
import type { DStreamOperator } from "../plan/operators.ts";

export const socketTextStream: DStreamOperator = {
	op: "socketTextStream",
	source: true,
	label: (node) => `socket ${node.params.host}:${node.params.port}`,
	lower(context) {
		const payload = context.blocks();
		return context.rdd({ op: "blocks", partitions: payload.length, payload });
	},
};
