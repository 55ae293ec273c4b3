// queueStream without a queued RDD: the default one, an empty one of one partition, or with null one of none.
import { expect, test } from "vitest";
import { ManualClock, StreamingContext } from "../../../engine/index.ts";

test("a batch without an entry has the default RDD, by default one empty partition, with null none", async () => {
	const clock = new ManualClock();
	const ssc = new StreamingContext({ master: "local[2]", runtime: "in-process", batch: 1000, clock });
	const out: { [name: string]: number[][] } = { plain: [], none: [], given: [] };
	const given = ssc.sparkContext.parallelize([7, 8], 2);
	for (const [name, stream] of [
		["plain", ssc.queueStream<number>([[1]])],
		["none", ssc.queueStream<number>([[1]], true, null)],
		["given", ssc.queueStream<number>([[1]], true, given)],
	] as const) {
		stream
			.mapPartitions((part) => [[...part].length])
			.foreachRDD(async (rdd) => {
				out[name].push(await rdd.collect());
			});
	}
	await ssc.start();
	await clock.advance(1000);
	await clock.advance(1000);
	await ssc.stop();
	expect(out).toEqual({ plain: [[1], [0]], none: [[1], []], given: [[1], [1, 1]] });
});

test("what is no RDD of the context is refused as default", () => {
	const ssc = new StreamingContext({ master: "local[1]", runtime: "in-process", batch: 1000 });
	const other = new StreamingContext({ master: "local[1]", runtime: "in-process", batch: 1000 });
	expect(() => ssc.queueStream<number>([], true, [1] as never)).toThrow(/an RDD/);
	expect(() => ssc.queueStream<number>([], true, other.sparkContext.parallelize([1]))).toThrow(/another context/);
});
