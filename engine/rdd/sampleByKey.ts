// sampleByKey: pairs with the chance of their key; keys without a fraction are an error, as in Spark.
import { decodeRecords, keyOf } from "../data/index.ts";
import { describeValue, streamError } from "../errors/index.ts";
import { partitionWise } from "./partition-wise.ts";
import { poisson, randomOf } from "./random.ts";

export const sampleByKey = partitionWise(
	"sampleByKey",
	(context) => {
		const { withReplacement, seed, partition } = context.params as { [name: string]: number };
		const fractions = new Map(
			(decodeRecords(context.params.fractions as SharedArrayBuffer) as [unknown, number][]).map(([key, f]) => [
				keyOf(key),
				f,
			]),
		);
		const random = randomOf(seed, partition);
		const table = context.table(0);
		const keys: unknown[] = [];
		const values: unknown[] = [];
		for (let i = 0; i < table.keys.length; i++) {
			const fraction = fractions.get(keyOf(table.keys[i]));
			if (fraction === undefined) {
				throw streamError("STREAM_TASK", {
					step: "sampleByKey",
					expected: "a fraction for every key",
					got: `none for ${describeValue(table.keys[i])}`,
					way: "add the key with 0 to leave its pairs out",
				});
			}
			const times = withReplacement ? poisson(fraction, random) : random() < fraction ? 1 : 0;
			for (let n = 0; n < times; n++) {
				keys.push(table.keys[i]);
				values.push(table.values[i]);
			}
		}
		return { shape: "table", keys, values };
	},
	{ keepsKeys: true },
);

/** sampleByKeyExact: exactly ceil(fraction × n) pairs of each key; its pairs are grouped by key already. */
export const sampleGroups = partitionWise(
	"sampleGroups",
	(context) => {
		const { withReplacement, seed, partition } = context.params as { [name: string]: number };
		const fractions = new Map(
			(decodeRecords(context.params.fractions as SharedArrayBuffer) as [unknown, number][]).map(([key, f]) => [
				keyOf(key),
				f,
			]),
		);
		const random = randomOf(seed, partition);
		const groups = context.table(0);
		const keys: unknown[] = [];
		const values: unknown[] = [];
		for (let i = 0; i < groups.keys.length; i++) {
			const all = groups.values[i] as unknown[];
			const fraction = fractions.get(keyOf(groups.keys[i]));
			if (fraction === undefined) {
				throw streamError("STREAM_TASK", {
					step: "sampleByKeyExact",
					expected: "a fraction for every key",
					got: `none for ${describeValue(groups.keys[i])}`,
					way: "add the key with 0 to leave its pairs out",
				});
			}
			// Rounding of fraction × n must not add one: 0.1 × 30 is 3.0000000000000004.
			let wanted = Math.ceil(Number((fraction * all.length).toPrecision(12)));
			for (let at = 0; at < all.length && wanted > 0 && !withReplacement; at++) {
				if (random() * (all.length - at) >= wanted) continue;
				keys.push(groups.keys[i]);
				values.push(all[at]);
				wanted--;
			}
			for (; withReplacement && wanted > 0; wanted--) {
				keys.push(groups.keys[i]);
				values.push(all[Math.floor(random() * all.length)]);
			}
		}
		return { shape: "table", keys, values };
	},
	{ keepsKeys: true },
);
