// Storage levels by Spark's names, and what they mean here.
import { streamError } from "../errors/index.ts";

/**
 * Spark's storage levels. Partitions are kept as encoded bytes in shared memory, which survive the death of an executor;
 * executors also hold them decoded while there is room. So all levels but `NONE` mean the same: keep.
 */
export type StorageLevel =
	| "NONE"
	| "DISK_ONLY"
	| "DISK_ONLY_2"
	| "MEMORY_ONLY"
	| "MEMORY_ONLY_2"
	| "MEMORY_ONLY_SER"
	| "MEMORY_ONLY_SER_2"
	| "MEMORY_AND_DISK"
	| "MEMORY_AND_DISK_2"
	| "MEMORY_AND_DISK_SER"
	| "MEMORY_AND_DISK_SER_2"
	| "OFF_HEAP";

const levels: ReadonlySet<string> = new Set<StorageLevel>([
	"NONE",
	"DISK_ONLY",
	"DISK_ONLY_2",
	"MEMORY_ONLY",
	"MEMORY_ONLY_2",
	"MEMORY_ONLY_SER",
	"MEMORY_ONLY_SER_2",
	"MEMORY_AND_DISK",
	"MEMORY_AND_DISK_2",
	"MEMORY_AND_DISK_SER",
	"MEMORY_AND_DISK_SER_2",
	"OFF_HEAP",
]);

/** Returns whether a level keeps anything; throws STREAM_CONFIG for what is no level. */
export function keeps(step: string, level: unknown): boolean {
	if (typeof level === "string" && levels.has(level)) return level !== "NONE";
	throw streamError("STREAM_CONFIG", {
		step,
		expected: "a storage level by Spark's name",
		got: level === null ? "null" : typeof level === "string" ? level : typeof level,
		way: 'write for example "MEMORY_ONLY", or leave it out',
	});
}
