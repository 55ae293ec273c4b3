// TestSource: a stream whose batches are given by hand, with marks for its end, for faults and for pauses.

import type { StreamingContext } from "../context/streaming-context.ts";
import type { DStream } from "../dstream/dstream.ts";
import { streamError } from "../errors/index.ts";
import type { QueueEntry } from "../plan/operators.ts";
import { encodeSlices } from "../rdd/parallelize.ts";

const EOF = Symbol.for("millrace.testing.EOF");
const ABORT = Symbol.for("millrace.testing.ABORT");
const PAUSE = Symbol.for("millrace.testing.PAUSE");

/** The input of one batch: its elements, null for no RDD at all, or a mark. */
export type TestInput<T> = readonly T[] | null | typeof EOF | typeof ABORT | typeof PAUSE;

/**
 * A source for tests: batch k of the context gets the k-th input. Runs on the notebook thread; inputs may be added while
 * the stream runs. Without an input a batch is empty.
 *
 * @example
 * ```ts
 * const source = new TestSource<string>(ssc, [["a"], TestSource.PAUSE, ["b"], TestSource.EOF]);
 * source.stream.map(s => s.toUpperCase()).print();
 * ```
 */
export class TestSource<T> {
	/** No input after this one: pushing more is STREAM_STATE. Its batch is empty. */
	static readonly EOF: typeof EOF = EOF;
	/** The source fails in this batch, once; the stream goes on with the next. */
	static readonly ABORT: typeof ABORT = ABORT;
	/** The source has nothing in this batch. */
	static readonly PAUSE: typeof PAUSE = PAUSE;

	/** The stream of the inputs. */
	readonly stream: DStream<T>;
	readonly #slices: number;
	readonly #push: (entries: readonly QueueEntry[]) => void;
	#ended = false;

	/** @param numPartitions partitions of each batch; default: the context's default parallelism. */
	constructor(
		ssc: StreamingContext,
		inputs: readonly TestInput<T>[] = [],
		numPartitions = ssc.sparkContext.defaultParallelism,
	) {
		const { stream, push } = ssc.feedStream<T>("test source");
		this.stream = stream;
		this.#slices = numPartitions;
		this.#push = push;
		if (inputs.length > 0) this.push(...inputs);
	}

	/** Adds the inputs of the next batches. */
	push(...inputs: readonly TestInput<T>[]): void {
		this.#push(inputs.map((input) => this.#entry(input)));
	}

	#entry(input: TestInput<T>): QueueEntry {
		if (this.#ended)
			throw streamError("STREAM_STATE", {
				step: "TestSource.push",
				message: "the source has ended with EOF",
				way: "leave EOF out, or make another source",
			});
		if (input === null) return { kind: "absent" };
		if (input === EOF) this.#ended = true;
		if (input === ABORT) return { kind: "fault", message: "the test source was told to fail in this batch" };
		const elements = typeof input === "symbol" ? [] : (input as readonly T[]);
		return { kind: "slices", slices: encodeSlices(elements, this.#slices) };
	}
}
