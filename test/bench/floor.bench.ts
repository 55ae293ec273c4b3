// How short a batch may be: 100 records per batch through map, shuffle, reduce and an output in the notebook thread.
import { builtEngine, type Engine, quantile } from "./built.ts";
import type { BenchContext } from "./harness.ts";

export const name = "floor";
export const about = "total delay (tick to output done) of small batches at shorter and shorter intervals; no baseline";

const INTERVALS = [100, 50, 20, 10];
const RECORDS = 100;
const WARM_UP = 50;
const BATCHES = 250;

export async function run(b: BenchContext): Promise<void> {
	const engine = await builtEngine();
	b.note(`${RECORDS} records a batch, 2 executors, system clock, ${BATCHES} batches after ${WARM_UP}; whole ms`);
	b.note("an interval keeps up when the last tenth of its batches waits no longer than one interval (median)");
	let floor: number | undefined;
	for (const interval of INTERVALS) {
		const { delays, waited } = await delaysAt(engine, interval);
		b.report({ metric: `${interval} ms: total delay p50`, unit: "ms", value: quantile(delays, 0.5) });
		b.report({ metric: `${interval} ms: total delay p99`, unit: "ms", value: quantile(delays, 0.99) });
		if (quantile(waited.slice(-BATCHES / 10), 0.5) <= interval) floor = interval;
		else b.note(`${interval} ms does not keep up`);
	}
	if (floor === undefined) throw new Error(`no interval keeps up, not even ${INTERVALS[0]} ms`);
	b.report({ metric: "shortest interval that keeps up", unit: "ms", value: floor });
}

/** Runs a stream and returns, per batch, ms from the tick to the end of its output, and from the tick to its begin. */
async function delaysAt(engine: Engine, interval: number): Promise<{ delays: number[]; waited: number[] }> {
	const ssc = new engine.StreamingContext({ master: "local[2]", batch: interval });
	const delays: number[] = [];
	const waited: number[] = [];
	try {
		let failure: Error | undefined;
		const done = new Promise<void>((resolve) => {
			ssc.addStreamingListener({
				onBatchCompleted({ batch }) {
					if (batch.failed || batch.numRecords !== RECORDS) {
						failure ??= new Error(`batch ${batch.number} had ${batch.numRecords} records, failed: ${batch.failed}`);
					}
					if (batch.number <= WARM_UP) return;
					delays.push((batch.processingEndTime as number) - batch.batchTime);
					waited.push((batch.processingStartTime as number) - batch.batchTime);
					if (delays.length === BATCHES || failure !== undefined) resolve();
				},
			});
		});
		const batch = Array.from({ length: RECORDS }, (_, i) => `word${i % 20}`);
		// Some more than are measured: the stream goes on until it is stopped.
		ssc
			.queueStream(Array.from({ length: WARM_UP + BATCHES * 2 }, () => batch))
			.map((word) => [word, 1])
			.reduceByKey((x, y) => x + y)
			.foreachRDD(async (rdd) => {
				await rdd.collect();
			});
		ssc.start();
		await done;
		if (failure !== undefined) throw failure;
		return { delays, waited };
	} finally {
		await ssc.stop();
	}
}
