// queueStream as a source of the plan: one queued RDD per batch, or all of them.
import { streamError } from "../errors/index.ts";
import type { DStreamOperator, LowerContext, QueueEntry, Rdd } from "../plan/operators.ts";
import { encodeSlices, slicesSpec } from "../rdd/parallelize.ts";
import { unionSpec } from "../rdd/union.ts";

async function rddOf(entry: QueueEntry, context: LowerContext): Promise<Rdd | undefined> {
	switch (entry.kind) {
		case "absent":
			return undefined;
		case "fault":
			throw streamError("STREAM_SOURCE", { step: context.node.op, message: entry.message });
		case "files":
			throw new Error("files are in no queue");
		case "slices":
			return context.rdd(slicesSpec(entry.slices));
		case "node":
			return context.planned(entry.node);
	}
}

export const queueStream: DStreamOperator = {
	op: "queueStream",
	source: true,
	label: (node) => (node.params.name as string | undefined) ?? "queue",
	async lower(context) {
		const entries = context.dequeue(context.node.params.oneAtATime === false);
		if (entries.length === 0) {
			const fallback = context.node.params.defaultRDD as string | undefined;
			if (fallback !== undefined) return context.planned(fallback);
			// As in Spark, a batch without a queued RDD is empty, not absent; `null` as default means one without partitions.
			return context.rdd(slicesSpec(context.node.params.noDefault === true ? [] : encodeSlices([], 1)));
		}
		if (entries.length === 1) return rddOf(entries[0], context);
		const rdds: Rdd[] = [];
		for (const entry of entries) {
			const rdd = await rddOf(entry, context);
			if (rdd !== undefined) rdds.push(rdd);
		}
		return context.rdd(unionSpec(rdds));
	},
};
