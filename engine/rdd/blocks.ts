// blocks: what the receivers of a stream got for one batch; one block is one partition.
import { type BlockRef, bare, type RddOperator } from "../plan/operators.ts";

export const blocks: RddOperator = {
	op: "blocks",
	resolve(rdd, partition) {
		const block = (rdd.payload as readonly BlockRef[])[partition];
		if (block.format === "text") return bare({ kind: "text", data: block.data, bytes: block.bytes });
		return bare({ kind: "data", data: block.data });
	},
};
