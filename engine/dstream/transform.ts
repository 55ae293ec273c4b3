// transform: any RDD function on the batches of one or more streams; the function runs in the driver.
import type { DStreamOperator } from "../plan/operators.ts";
import { needParents } from "./parents.ts";

export const transform: DStreamOperator = {
	op: "transform",
	async lower(context) {
		const rdds = await needParents(context, context.node.step ?? "transform");
		return context.call("f", rdds, context.node.params.list === true);
	},
};
