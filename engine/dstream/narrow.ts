// What operators share that only pass each batch's RDD through one RDD operator: absent stays absent.
import type { DStreamOperator } from "../plan/operators.ts";
import type { Plain, PlanNode } from "../plan/types.ts";
import { narrowSpec } from "../rdd/narrow.ts";

/** What a step that may leave elements out is told. */
function errorParams(node: PlanNode): { readonly onError?: Plain } | undefined {
	return node.params.onError === undefined ? undefined : { onError: node.params.onError };
}

/** Returns the stream operator of a narrow RDD operator of the same name. */
export function narrowStream(op: string, options: { keepsKeys?: boolean } = {}): DStreamOperator {
	return {
		op,
		async lower(context) {
			const parent = await context.parent(0);
			return (
				parent && context.rdd(narrowSpec(op, parent, context.fns, { ...options, params: errorParams(context.node) }))
			);
		},
	};
}
