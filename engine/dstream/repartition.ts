// repartition on streams: the elements of each batch dealt out to so many partitions.
import { type DStreamOperator, rddOperator } from "../plan/operators.ts";
import { needParents } from "./parents.ts";

export const repartition: DStreamOperator = {
	op: "repartition",
	shuffle: true,
	async lower(context) {
		let [rdd] = await needParents(context, "repartition");
		for (const op of ["spread", "arrive"]) {
			const { fromNode } = rddOperator(op);
			rdd = context.rdd((fromNode as NonNullable<typeof fromNode>)({ ...context.node, op }, [rdd], context));
		}
		return rdd;
	},
};
