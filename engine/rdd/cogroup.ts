// cogroup: for each key of any side, all its values of each side.
import { keyOf } from "../data/index.ts";
import { bare, type OpenContext, type RddOperator } from "../plan/operators.ts";
import { byKey, byKeyShuffles, byKeySpec, pairsByKey } from "./by-key.ts";

/** Returns an operator on parents that are partitioned by key; `open` gets one input per parent. */
export function coPartitioned(op: string, open: NonNullable<RddOperator["open"]>): RddOperator {
	return {
		op,
		fromNode: (node, parents, context) =>
			byKeySpec(op, parents, byKey(parents, node.params.numPartitions as number | undefined, context)),
		shuffles: byKeyShuffles,
		resolve: (rdd, partition, context) =>
			bare({
				kind: "op",
				op,
				params: {},
				fns: {},
				inputs: rdd.parents.map((_, parent) => pairsByKey(rdd, parent, partition, context)),
			}),
		open,
	};
}

/** Returns the groups of all sides, keys in the order they appear, side after side. */
export function groupsOf(context: OpenContext): { keys: unknown[]; groups: unknown[][][] } {
	const ids = new Map<unknown, number>();
	const keys: unknown[] = [];
	const groups: unknown[][][] = [];
	for (let side = 0; side < context.inputs; side++) {
		const table = context.table(side);
		for (let i = 0; i < table.keys.length; i++) {
			const key = keyOf(table.keys[i]);
			let id = ids.get(key);
			if (id === undefined) {
				id = keys.push(table.keys[i]) - 1;
				ids.set(key, id);
				groups.push(Array.from({ length: context.inputs }, () => []));
			}
			groups[id][side].push(table.values[i]);
		}
	}
	return { keys, groups };
}

export const cogroup = coPartitioned("cogroup", (context) => {
	const { keys, groups } = groupsOf(context);
	return { shape: "table", keys, values: groups };
});
