// subtractByKey: the pairs of the left whose keys the right does not have; the left's duplicates stay.
import { keyOf } from "../data/index.ts";
import { byKeySpec, hashed } from "./by-key.ts";
import { coPartitioned } from "./cogroup.ts";

export const subtractByKey = {
	...coPartitioned("subtractByKey", (context) => {
		const without = new Set(context.table(1).keys.map(keyOf));
		const { keys, values } = context.table(0);
		const kept = keys.map((_, i) => i).filter((i) => !without.has(keyOf(keys[i])));
		return { shape: "table", keys: kept.map((i) => keys[i]), values: kept.map((i) => values[i]) };
	}),
	// As in Spark: the left's partitioner, else as many partitions as the left has.
	fromNode: (node, parents) => {
		const wanted = node.params.numPartitions as number | undefined;
		const [left, right] = parents;
		if (wanted === undefined && left.placement !== undefined && left.placement === right.placement) {
			return byKeySpec("subtractByKey", parents, { partitions: left.partitions, placement: left.placement });
		}
		return byKeySpec("subtractByKey", parents, hashed(wanted ?? left.partitioner ?? left.partitions));
	},
} satisfies ReturnType<typeof coPartitioned>;
