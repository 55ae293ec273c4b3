// mapPartitionsWithIndex: like mapPartitions, except that the function gets the partition's number first.
import { partitionWise, takeAll } from "./partition-wise.ts";

type OnPartition = (index: number, elements: Iterable<unknown>) => unknown;

const make = (op: string, keepsKeys: boolean) =>
	partitionWise(
		op,
		(context) => {
			const f = context.fn("f") as unknown as OnPartition;
			const elements = context.records(0).values();
			const call = () => f(context.params.partition as number, elements);
			return { shape: "records", items: takeAll(context, "mapPartitionsWithIndex", call) };
		},
		{ keepsKeys },
	);

export const mapPartitionsWithIndex = make("mapPartitionsWithIndex", false);
/** The same where the user vouches that pairs keep their keys. */
export const mapPartitionsWithIndexKeepingKeys = make("mapPartitionsWithIndexKeepingKeys", true);
