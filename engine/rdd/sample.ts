// sample: each element with a chance (without replacement), or a random number of times (with replacement).
import { partitionWise } from "./partition-wise.ts";
import { poisson, randomOf } from "./random.ts";

export const sample = partitionWise(
	"sample",
	(context) => {
		const { withReplacement, fraction, seed, partition } = context.params as { [name: string]: number };
		const random = randomOf(seed, partition);
		const items: unknown[] = [];
		for (const element of context.records(0)) {
			const times = withReplacement ? poisson(fraction, random) : random() < fraction ? 1 : 0;
			for (let i = 0; i < times; i++) items.push(element);
		}
		return { shape: "records", items };
	},
	{ keepsKeys: true },
);
