// Partitioners: which partition a key belongs to.
import { describeValue, streamError } from "../errors/index.ts";
import { onExecutor } from "./check.ts";

/** Says which partition a key belongs to. `getPartition` runs in executors, on a copy of what it captured. */
export interface Partitioner<K = never> {
	readonly numPartitions: number;
	/** Returns 0 … numPartitions - 1, the same for equal keys. */
	getPartition(key: K): number;
}

/**
 * The engine's own partitioner: by the hash of the key's value, as all operators use by default. Two of the same number
 * of partitions are equal.
 *
 * @example
 * ```ts
 * sc.parallelize([["a", 1]]).partitionBy(new HashPartitioner(4)).getNumPartitions(); // 4
 * ```
 */
export class HashPartitioner {
	readonly numPartitions: number;

	/** Makes a partitioner of `partitions` partitions; throws STREAM_CONFIG unless it is a whole number above 0. */
	constructor(partitions: number) {
		if (!Number.isInteger(partitions) || partitions < 1) {
			throw streamError("STREAM_CONFIG", {
				step: "new HashPartitioner",
				message: `Number of partitions (${String(partitions)}) cannot be negative`,
				expected: "a whole number above 0",
				got: describeValue(partitions),
			});
		}
		this.numPartitions = partitions;
	}

	/** True for a hash partitioner of the same number of partitions. */
	equals(other: unknown): boolean {
		return other instanceof HashPartitioner && other.numPartitions === this.numPartitions;
	}
}

/** What operators by key take: a number of partitions for the hash partitioner, or a partitioner. */
export type Partitioning<K> = number | HashPartitioner | Partitioner<K>;

const names = new WeakMap<object, string>();
let count = 0;

/** Returns a name that no other placement in this thread has. */
export function newPlacement(kind: string): string {
	return `${kind}-${++count}`;
}

/** Checks what was given as partitioner; returns the hash's number of partitions, or the user's partitioner. */
export function readPartitioning<K>(
	step: string,
	given: unknown,
): { readonly hash?: number; readonly custom?: Partitioner<K>; readonly placement?: string } {
	if (given === undefined) return {};
	if (given instanceof HashPartitioner) return { hash: given.numPartitions };
	if (typeof given === "number") {
		if (Number.isInteger(given) && given > 0) return { hash: given };
		throw streamError("STREAM_CONFIG", {
			step,
			message: "Positive number of partitions required",
			expected: "a whole number above 0",
			got: String(given),
			way: "leave it out for the default",
		});
	}
	const custom = given as Partitioner<K> | null;
	if (
		typeof custom !== "object" ||
		custom === null ||
		!Number.isInteger(custom.numPartitions) ||
		custom.numPartitions < 1 ||
		typeof custom.getPartition !== "function"
	) {
		throw streamError("STREAM_CONFIG", {
			step,
			expected: "a number of partitions, a HashPartitioner, or { numPartitions, getPartition(key) }",
			got: describeValue(given),
		});
	}
	let placement = names.get(custom);
	if (placement === undefined) {
		placement = newPlacement("partitioner");
		names.set(custom, placement);
	}
	return { custom, placement };
}

/** Returns the user's partitioner as a function that can cross. */
export function partitionFunction<K>(step: string, partitioner: Partitioner<K>) {
	return onExecutor(step, (key: K) => partitioner.getPartition(key));
}
