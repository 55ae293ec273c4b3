// Where pairs lie by key: which partitioner an operator uses, and which parents need no shuffle for it.
import { bare, type NodeContext, type Rdd, type RddSpec, type ResolveContext } from "../plan/operators.ts";
import type { Pipe } from "../plan/stage.ts";

/** Number of partitions, and the partitioner if it is not the hash of that number. */
export interface ByKey {
	readonly partitions: number;
	readonly partitioner?: number;
	readonly placement?: string;
}

/** Returns the hash partitioner of `n` partitions. */
export function hashed(n: number): ByKey {
	return { partitions: n, partitioner: n };
}

/**
 * Returns the partitioner of an operator by key, by Spark's rules: the wanted number of partitions; else the parents'
 * partitioner with most partitions, if these are enough for the largest parent; else `spark.default.parallelism`, if it was
 * set; else as many partitions as the largest parent has.
 */
export function byKey(parents: readonly Rdd[], wanted: number | undefined, context: NodeContext): ByKey {
	if (wanted !== undefined) return hashed(wanted);
	const most = Math.max(0, ...parents.map((parent) => parent.partitions));
	const fallback = context.configuredParallelism ?? most;
	let best: Rdd | undefined;
	for (const parent of parents) {
		if (parent.partitioner === undefined && (parent.placement === undefined || !shared(parents, parent))) continue;
		if (parent.partitions > (best?.partitions ?? 0)) best = parent;
	}
	if (best === undefined) return hashed(fallback);
	// One partition for the pairs of a thousand would be no help.
	const eligible = Math.log10(most) - Math.log10(best.partitions) < 1;
	if (!eligible && fallback > best.partitions) return hashed(fallback);
	return { partitions: best.partitions, partitioner: best.partitioner, placement: best.placement };
}

/** Ranges and the user's own partitioners cannot be applied to another parent: all must lie by it already. */
function shared(parents: readonly Rdd[], by: Rdd): boolean {
	return parents.every((parent) => parent.placement === by.placement);
}

/** Returns whether the pairs of a parent lie where the operator needs them. */
export function inPlace(rdd: Rdd, parent: number): boolean {
	const of = rdd.parents[parent];
	if (rdd.placement !== undefined) return of.placement === rdd.placement;
	return of.partitioner === rdd.partitions;
}

/** Pipes of the pairs of a parent that have the keys of `partition`: shuffled, or read in place. */
export function pairsByKey(rdd: Rdd, parent: number, partition: number, context: ResolveContext): Pipe[] {
	if (inPlace(rdd, parent)) return context.pipes(rdd.parents[parent], partition);
	return bare({ kind: "shuffle", segments: context.segments(rdd, parent, partition) });
}

/** Shuffle dependencies of an operator that needs all its parents partitioned by key. */
export function byKeyShuffles(rdd: Rdd): { parent: number; partitions: number }[] {
	return rdd.parents
		.map((_, parent) => ({ parent, partitions: rdd.partitions }))
		.filter(({ parent }) => !inPlace(rdd, parent));
}

/** Returns the spec of an operator that has all its parents partitioned by key. */
export function byKeySpec(
	op: string,
	parents: readonly Rdd[],
	by: ByKey,
	rest: Pick<RddSpec, "fns" | "params"> = {},
): RddSpec {
	return { op, parents, ...by, ...rest };
}
