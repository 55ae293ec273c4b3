// filterByRange: the pairs whose keys lie between two bounds, both included.
import { decodeRecords } from "../data/index.ts";
import { compareValues } from "./order.ts";
import { guarded, partitionWise } from "./partition-wise.ts";

export const filterByRange = partitionWise(
	"filterByRange",
	(context) => {
		const [lower, upper] = decodeRecords(context.params.bounds as SharedArrayBuffer);
		const { keys, values } = context.table(0);
		const kept = keys
			.map((_, i) => i)
			.filter((i) =>
				guarded(
					context,
					[keys[i], values[i]],
					() => compareValues(keys[i], lower) >= 0 && compareValues(keys[i], upper) <= 0,
				),
			);
		return { shape: "table", keys: kept.map((i) => keys[i]), values: kept.map((i) => values[i]) };
	},
	{ keepsKeys: true },
);
