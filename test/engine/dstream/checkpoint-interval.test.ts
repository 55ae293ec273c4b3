// checkpoint(interval): what start says about intervals that do not fit, and that nothing changes after it.
import { expect, test } from "vitest";
import { StreamingContext } from "../../../engine/index.ts";

function stream(interval: number) {
	const ssc = new StreamingContext({ master: "local[1]", runtime: "in-process", batch: 1000 });
	const s = ssc
		.queueStream<number>([])
		.map((n) => n)
		.checkpoint(interval);
	s.foreachRDD(() => undefined);
	return { ssc, s };
}

test.each([
	[500, "has been set to 500 ms which is lower than its slide time (1000 ms). Please set it to at least 1000 ms."],
	[
		1500,
		"has been set to 1500 ms which not a multiple of its slide time (1000 ms). Please set it to a multiple of 1000 ms.",
	],
])("an interval of %i ms does not fit a slide of 1000 ms, and the context is stopped", (interval, message) => {
	const { ssc } = stream(interval);
	expect(() => ssc.start()).toThrow(message);
	expect(ssc.getState()).toBe("STOPPED");
});

test("after start neither interval nor level can change", async () => {
	const { ssc, s } = stream(2000);
	await ssc.start();
	expect(() => s.checkpoint(3000)).toThrow(
		"Cannot change checkpoint interval of a DStream after streaming context has started",
	);
	expect(() => s.persist()).toThrow("Cannot change storage level of a DStream after streaming context has started");
	await ssc.stop();
});
