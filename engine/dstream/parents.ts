// Parents that must have an RDD: Spark's transform, and everything that is made of it, fails without one.
import { streamError } from "../errors/index.ts";
import type { LowerContext, Rdd } from "../plan/operators.ts";

/** Returns the RDDs of all parents at the batch time; throws Spark's message when one has none. */
export async function needParents(context: LowerContext, step: string): Promise<Rdd[]> {
	const rdds: Rdd[] = [];
	for (let index = 0; index < context.node.parents.length; index++) {
		const rdd = await context.parent(index);
		if (rdd === undefined) {
			throw streamError("STREAM_STATE", {
				step,
				message: `Couldn't generate RDD from parent at time ${context.time} ms`,
				way: `${step} needs a stream that has an RDD in every batch`,
			});
		}
		rdds.push(rdd);
	}
	return rdds;
}

/** Returns the number of partitions a node asks for, else the default parallelism. */
export function partitionsOf(context: LowerContext): number {
	return (context.node.params.numPartitions as number | undefined) ?? context.defaultParallelism;
}
