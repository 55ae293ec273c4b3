// Checked by `npm run types`, never run: what must not compile.
import type { DStream, RDD } from "../../../engine/index.ts";

/** Pair methods need pairs; functions need the stream's types. */
export function refused(words: DStream<string>, pairs: DStream<[string, number]>, numbers: RDD<number>): void {
	// @ts-expect-error: no pairs
	words.reduceByKey((a, b) => a + b);
	// @ts-expect-error: no pairs
	words.mapValues((v) => v);
	// @ts-expect-error: no pairs
	words.groupByKey();
	// @ts-expect-error: no pairs
	words.updateStateByKey<number>(() => 1);
	// @ts-expect-error: no pairs
	words.join(pairs);
	// @ts-expect-error: triples are no pairs
	words.map((w) => [w, 1, 2]).groupByKey();
	// @ts-expect-error: no pairs
	numbers.reduceByKey((a, _b) => a);
	// @ts-expect-error: no pairs
	numbers.countByKey();
	// @ts-expect-error: no pairs
	numbers.sortByKey();
	// @ts-expect-error: pairs are no numbers
	numbers.keyBy((n) => n).sum();
	// @ts-expect-error: two key types
	numbers.keyBy((n) => n).leftOuterJoin(numbers.keyBy((n) => `${n}`));
	// @ts-expect-error: the partitioner is for text
	numbers.keyBy((n) => n).partitionBy({ numPartitions: 2, getPartition: (key: string) => key.length });
	// @ts-expect-error: another value type
	pairs.reduceByKey((a, b) => `${a}${b}`);
	// @ts-expect-error: two key types
	pairs.join(words.map((w) => [w.length, w]));
	// @ts-expect-error: the values are numbers
	pairs.updateStateByKey<number>((values: string[]) => values.length);
	// @ts-expect-error: two element types
	words.union(pairs);
}
