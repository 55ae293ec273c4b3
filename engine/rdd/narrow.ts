// What narrow operators share: one parent, the same partitions.
import type { NodeContext, Rdd, RddOperator, RddSpec } from "../plan/operators.ts";
import type { FnRef } from "../plan/stage.ts";
import type { PlanNode } from "../plan/types.ts";

/** Returns the references of all functions of a node. */
export function functionRefs(node: PlanNode, context: NodeContext): { [role: string]: FnRef } {
	const refs: { [role: string]: FnRef } = {};
	for (const role of Object.keys(node.functions)) refs[role] = context.fn(node, role);
	return refs;
}

/** Returns the spec of a narrow RDD over `parent`. `keepsKeys` tells that pairs stay where their keys' hashes say. */
export function narrowSpec(
	op: string,
	parent: Rdd,
	fns: { readonly [role: string]: FnRef },
	options: { keepsKeys?: boolean; params?: RddSpec["params"] } = {},
): RddSpec {
	return {
		op,
		parents: [parent],
		fns,
		params: options.params,
		partitions: parent.partitions,
		partitioner: options.keepsKeys ? parent.partitioner : undefined,
		placement: options.keepsKeys ? parent.placement : undefined,
	};
}

/** Returns a `fromNode` for a narrow operator. */
export function narrowNode(options: { keepsKeys?: boolean } = {}): NonNullable<RddOperator["fromNode"]> {
	return (node, parents, context) =>
		narrowSpec(node.op, parents[0], functionRefs(node, context), { ...options, params: node.params });
}
