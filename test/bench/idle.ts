// A plain Node program with a stream and two executors that has counted a little and now idles. Sends figures to its parent.
import { setTimeout as pause } from "node:timers/promises";
import { builtEngine } from "./built.ts";

const IDLE_MS = 1500;

const engine = await builtEngine();
const ssc = new engine.StreamingContext("local[2]", "idle", 100);
const first = new Promise<number>((resolve) => {
	ssc
		.queueStream([["a b", "b"]])
		.flatMap((line) => line.split(" "))
		.map((word) => [word, 1])
		.reduceByKey((x, y) => x + y)
		.foreachRDD(async (rdd) => {
			if ((await rdd.count()) > 0) resolve(Date.now());
		});
});
ssc.start();
const firstBatch = (await first) - (performance.timeOrigin ?? 0);
await pause(IDLE_MS);
process.send?.({ rss: process.memoryUsage.rss(), firstBatch });
await ssc.stop();
