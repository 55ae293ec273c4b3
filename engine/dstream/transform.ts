// transform: any RDD function on each batch; the function runs in the driver.
import { streamError } from "../errors/index.ts";
import type { DStreamOperator, Rdd } from "../plan/operators.ts";

export const transform: DStreamOperator = {
	op: "transform",
	async lower(context) {
		const rdds: Rdd[] = [];
		for (let index = 0; index < context.node.parents.length; index++) {
			const rdd = await context.parent(index);
			if (rdd === undefined) {
				throw streamError("STREAM_STATE", {
					step: "transform",
					message: `Couldn't generate RDD from parent at time ${context.time} ms`,
					way: "transform needs a stream that has an RDD in every batch",
				});
			}
			rdds.push(rdd);
		}
		return context.call("f", rdds);
	},
};
