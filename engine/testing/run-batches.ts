// runBatches: a whole stream as a function from input batches to output batches.
import { ManualClock } from "../context/manual-clock.ts";
import type { ContextOptions } from "../context/options.ts";
import { StreamingContext } from "../context/streaming-context.ts";
import { valueEquals } from "../data/index.ts";
import type { DStream } from "../dstream/dstream.ts";
import { describeValue, streamError } from "../errors/index.ts";
import type { Shape } from "../rdd/rdd.ts";
import { Duration } from "../time/index.ts";
import { type TestInput, TestSource } from "./test-source.ts";

/** Options of `runBatches`. */
export interface RunBatchesOptions extends Omit<ContextOptions, "clock"> {
	/** Batch duration. Default 1 s. */
	readonly batch?: Duration | number;
	/** Partitions of each input batch; default: the context's default parallelism. */
	readonly numInputPartitions?: number;
	/** Batches to run; default: as many as there are inputs. */
	readonly numBatches?: number;
	/** Compare each output batch without regard to order. Default false. */
	readonly anyOrder?: boolean;
	/** Called with the context before it starts, and after each batch with the number of batches that ran. */
	readonly onBatch?: (batches: number, ssc: StreamingContext) => void | Promise<void>;
}

/**
 * Returns the output batches of `operation` on the input batches; a batch without an RDD gives no entry. With
 * `expected` it throws STREAM_STATE for the first batch that differs. Time is manual: nothing waits.
 *
 * @example
 * ```ts
 * await runBatches([["a b"], ["b"]], s => s.flatMap(l => l.split(" ")).count(), [[2], [1]]);
 * ```
 */
export async function runBatches<T extends Shape, U extends Shape>(
	input: readonly TestInput<T>[],
	operation: (stream: DStream<T>, ssc: StreamingContext) => DStream<U>,
	expected?: readonly (readonly U[])[],
	options: RunBatchesOptions = {},
): Promise<U[][]> {
	const {
		batch = 1000,
		numInputPartitions,
		numBatches = input.length,
		anyOrder = false,
		onBatch,
		...context
	} = options;
	const clock = new ManualClock();
	const batchMs = Duration.of(batch, "runBatches, batch").milliseconds;
	const ssc = new StreamingContext({ master: "local[2]", appName: "runBatches", ...context, batch: batchMs, clock });
	const outputs: U[][] = [];
	try {
		const source = new TestSource<T>(ssc, input, numInputPartitions);
		operation(source.stream, ssc).foreachRDD(async (rdd) => {
			outputs.push(await rdd.collect());
		});
		await ssc.start();
		for (let n = 1; n <= numBatches; n++) {
			await clock.advance(batchMs);
			await onBatch?.(n, ssc);
		}
	} finally {
		await ssc.stop();
	}
	if (expected !== undefined) compare(outputs, expected, anyOrder);
	return outputs;
}

function compare<U>(outputs: readonly (readonly U[])[], expected: readonly (readonly U[])[], anyOrder: boolean): void {
	if (outputs.length !== expected.length) {
		throw streamError("STREAM_STATE", {
			step: "runBatches",
			expected: `${expected.length} output batches`,
			got: `${outputs.length}`,
		});
	}
	outputs.forEach((output, index) => {
		if (anyOrder ? sameElements(output, expected[index]) : valueEquals(output, expected[index])) return;
		throw streamError("STREAM_STATE", {
			step: `runBatches, batch ${index + 1}`,
			expected: `${text(expected[index])}${anyOrder ? " in any order" : ""}`,
			got: text(output),
		});
	});
}

function sameElements(a: readonly unknown[], b: readonly unknown[]): boolean {
	if (a.length !== b.length) return false;
	const left = [...b];
	return a.every((element) => {
		const at = left.findIndex((other) => valueEquals(element, other));
		if (at >= 0) left.splice(at, 1);
		return at >= 0;
	});
}

function text(value: unknown): string {
	try {
		return JSON.stringify(value) ?? describeValue(value);
	} catch {
		return describeValue(value);
	}
}
