// reduceByKey: one value per key, combined before the shuffle and again after it.
import type { Rdd } from "../plan/operators.ts";
import { bare, type RddOperator, type RddSpec, registerBuiltin } from "../plan/operators.ts";
import type { FnRef } from "../plan/stage.ts";
import { byKey, byKeySpec, hashed, inPlace } from "./by-key.ts";
import { functionRefs } from "./narrow.ts";

/** Merges of the engine's own, for operators that are made of reduceByKey. */
const merges: { readonly [name: string]: FnRef } = {
	add: registerBuiltin("add", (a: number, b: number) => a + b),
	first: registerBuiltin("first", (a: unknown) => a),
};

/** Returns the spec of `parent` reduced by key into `partitions` partitions. */
export function reduceByKeySpec(parent: Rdd, f: FnRef, partitions: number): RddSpec {
	return byKeySpec("reduceByKey", [parent], hashed(partitions), { fns: { f } });
}

export const reduceByKey: RddOperator = {
	op: "reduceByKey",
	fromNode: (node, parents, context) => {
		const by = byKey(parents, node.params.numPartitions as number | undefined, context);
		const merge = node.params.merge as string | undefined;
		const fns = merge === undefined ? { f: functionRefs(node, context).f } : { f: merges[merge] };
		return byKeySpec("reduceByKey", parents, by, { fns });
	},
	// Pairs that lie where their hash says already are merged in place.
	shuffles: (rdd) => (inPlace(rdd, 0) ? [] : [{ parent: 0, partitions: rdd.partitions, combine: rdd.fns.f }]),
	resolve(rdd, partition, context) {
		if (inPlace(rdd, 0)) {
			const inputs = [context.pipes(rdd.parents[0], partition)];
			return bare({ kind: "op", op: "reduceByKey", params: {}, fns: rdd.fns, inputs });
		}
		return bare({ kind: "shuffle", segments: context.segments(rdd, 0, partition), combine: rdd.fns.f });
	},
	open(context) {
		return { shape: "table", ...context.combined(0, "f") };
	},
};
