// mapPartitions: the function gets all elements of a partition and gives any number of elements.
import { partitionWise, takeAll } from "./partition-wise.ts";

type OnPartition = (elements: Iterable<unknown>) => unknown;

const make = (op: string, keepsKeys: boolean) =>
	partitionWise(
		op,
		(context) => {
			const f = context.fn("f") as unknown as OnPartition;
			const elements = context.records(0).values();
			return { shape: "records", items: takeAll(context, "mapPartitions", () => f(elements)) };
		},
		{ keepsKeys },
	);

export const mapPartitions = make("mapPartitions", false);
/** The same where the user vouches that pairs keep their keys. */
export const mapPartitionsKeepingKeys = make("mapPartitionsKeepingKeys", true);
