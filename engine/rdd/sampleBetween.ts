// sampleBetween: the elements whose random number lies in [from, to); splits of randomSplit share seed and numbers.
import { partitionWise } from "./partition-wise.ts";
import { randomOf } from "./random.ts";

export const sampleBetween = partitionWise(
	"sampleBetween",
	(context) => {
		const { from, to, seed, partition } = context.params as { [name: string]: number };
		const random = randomOf(seed, partition);
		const items = context.records(0).filter(() => {
			const x = random();
			return x >= from && x < to;
		});
		return { shape: "records", items };
	},
	{ keepsKeys: true },
);
