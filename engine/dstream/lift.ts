// Stream operators that are one RDD operator of the same name, batch by batch.
import { type DStreamOperator, rddOperator } from "../plan/operators.ts";
import { needParents, partitionsOf } from "./parents.ts";

/** How an RDD operator becomes one on streams. */
export interface LiftOptions {
	readonly shuffle?: boolean;
	/** The operator takes `numPartitions`; on streams it does not follow the parents' partitioners. */
	readonly partitioned?: boolean;
	/** As Spark's `transform`: fails at a time when a parent has no RDD; else there is none here either. */
	readonly needsParents?: boolean;
}

/** Returns the stream operator of an RDD operator. */
export function lift(op: string, options: LiftOptions = {}): DStreamOperator {
	return {
		op,
		...(options.shuffle && { shuffle: true }),
		async lower(context) {
			const parent = options.needsParents ? undefined : await context.parent(0);
			const parents = options.needsParents ? await needParents(context, context.node.step ?? op) : parent && [parent];
			if (parents === undefined) return undefined;
			const node = options.partitioned
				? { ...context.node, params: { ...context.node.params, numPartitions: partitionsOf(context) } }
				: context.node;
			const { fromNode } = rddOperator(op);
			if (fromNode === undefined) throw new Error(`"${op}" is not an RDD operation`);
			return context.rdd(fromNode(node, parents, context));
		},
	};
}
