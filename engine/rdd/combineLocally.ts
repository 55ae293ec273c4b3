// combineLocally: the values of each key of a partition as one combiner; the map side of combineByKey and its kin.
import { decodeRecords, keyOf } from "../data/index.ts";
import type { OpenContext } from "../plan/operators.ts";
import { guarded, partitionWise } from "./partition-wise.ts";

type Merge = (combiner: unknown, value: unknown) => unknown;

/** Returns what makes the first combiner of a key: the user's function, a copy of the zero value, or the value itself. */
function creator(context: OpenContext, merge: Merge): (value: unknown) => unknown {
	if (context.hasFn("create")) return context.fn("create") as unknown as (value: unknown) => unknown;
	const zero = context.params.zero as SharedArrayBuffer | undefined;
	if (zero === undefined) return (value) => value;
	const [once] = decodeRecords(zero);
	// Each key gets a copy of its own: functions may change it in place.
	const copy = typeof once === "object" && once !== null ? () => decodeRecords(zero)[0] : () => once;
	return (value) => merge(copy(), value);
}

export const combineLocally = partitionWise(
	"combineLocally",
	(context) => {
		const merge = context.fn("merge") as unknown as Merge;
		const create = creator(context, merge);
		const table = context.table(0);
		const ids = new Map<unknown, number>();
		const keys: unknown[] = [];
		const values: unknown[] = [];
		for (let i = 0; i < table.keys.length; i++) {
			const value = table.values[i];
			const key = keyOf(table.keys[i]);
			const id = ids.get(key);
			guarded(context, [table.keys[i], value], () => {
				if (id !== undefined) values[id] = merge(values[id], value);
				else {
					values.push(create(value));
					ids.set(key, keys.push(table.keys[i]) - 1);
				}
			});
		}
		return { shape: "table", keys, values };
	},
	{ keepsKeys: true },
);

/** combineByKey without map-side combine: groups become combiners after the shuffle. */
export const combineGroups = partitionWise(
	"combineGroups",
	(context) => {
		const create = context.fn("create") as unknown as (value: unknown) => unknown;
		const merge = context.fn("merge") as unknown as Merge;
		const { keys, values } = context.table(0);
		const combined = keys.map((key, i) =>
			guarded(context, [key, values[i]], () => {
				const [first, ...rest] = values[i] as unknown[];
				return rest.reduce(merge, create(first));
			}),
		);
		return { shape: "table", keys, values: combined };
	},
	{ keepsKeys: true },
);
