// mapWithState on streams: what the function returns for each record; and the snapshots of its states.
import type { DStreamOperator } from "../plan/operators.ts";
import { partitionsOf } from "./parents.ts";

/** Batches between two looks for keys that have timed out, where no checkpoint interval says otherwise. */
const SLIDES_PER_CHECKPOINT = 10;

export const mapWithState: DStreamOperator = {
	op: "mapWithState",
	shuffle: true,
	persists: true,
	async lower(context) {
		const parent = await context.parent(0);
		const partitions = partitionsOf(context);
		const { timeout, withTime } = context.node.params;
		const initial = context.node.params.initial as string | undefined;
		const parents = parent === undefined ? [] : [parent];
		const begins = initial !== undefined && !context.stateMade(partitions);
		if (begins) parents.push(context.planned(initial));
		const slide = context.slideOf(context.node.id);
		const interval = (context.node.params.checkpointMs as number | undefined) ?? SLIDES_PER_CHECKPOINT * slide;
		return context.rdd({
			op: "mapWithState",
			parents,
			params: {
				timeout,
				withTime,
				hasData: parent !== undefined,
				initialInput: begins ? parents.length - 1 : undefined,
				scan: (context.time - context.zeroTime) % interval === 0,
			},
			fns: context.fns,
			partitions,
		});
	},
};

export const stateSnapshots: DStreamOperator = {
	op: "stateSnapshots",
	async lower(context) {
		const mapped = await context.parent(0);
		if (mapped === undefined) return undefined;
		const { partitions } = mapped;
		const params = { timed: context.node.params.timed };
		return context.rdd({ op: "stateSnapshots", parents: [mapped], params, partitions, partitioner: partitions });
	},
};
