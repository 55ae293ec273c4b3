// Ids of nodes that a notebook builds on the RDD of a batch: the same in each run, and forgotten with the batch.
import { expect, test } from "vitest";
import { Identity } from "../../../engine/plan/identity.ts";

test("equal nodes on one RDD are told apart by their number, those of other batches by the RDD", () => {
	const ids = new Identity();
	const [first, second] = [ids.assignOnBatch("s@1000", ["map"]), ids.assignOnBatch("s@1000", ["map"])];
	expect(first).not.toBe(second);
	expect(ids.assignOnBatch("s@2000", ["map"])).not.toBe(first);
	expect(new Identity().assignOnBatch("s@1000", ["map"])).toBe(first);
	expect(ids.dropBatch("s@1000")).toEqual([first, second]);
	expect(ids.dropBatch("s@1000")).toEqual([]);
	// The function of an output runs again after a restart of the driver: it gets the ids it had.
	expect(ids.assignOnBatch("s@1000", ["map"])).toBe(first);
});
