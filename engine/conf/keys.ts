// The known configuration keys: what each means, its default, and how its value is read.
import { badValue, parseSize, parseTime } from "./units.ts";

/** Known keys and the types of their values as `Conf.get` returns them. */
export interface ConfValues {
	/** Partitions of shuffles and parallelize where nothing else says. Not set: the number of cores of the master. */
	"spark.default.parallelism": number | undefined;
	/** Ms after which a receiver closes a block; one block is one partition. Default 200. */
	"spark.streaming.blockInterval": number;
	/** Jobs of a context that run at the same time. Default 1. */
	"spark.streaming.concurrentJobs": number;
	/** Whether the end of the process stops contexts gracefully. Default false. */
	"spark.streaming.stopGracefullyOnShutdown": boolean;
	/** Ms a graceful stop may take. Not set: ten batches. */
	"spark.streaming.gracefulStopTimeout": number | undefined;
	/** Attempts of a task before its job fails. Default 4. */
	"spark.task.maxFailures": number;
	/** Ms that file streams remember which files they have read; older files are not read. Not set: 60 s. */
	"spark.streaming.fileStream.minRememberDuration": number | undefined;
	/** Old name of the key above; counts where that one is not set. */
	"spark.streaming.minRememberDuration": number | undefined;
	/** Records per second and receiver. Not set: no limit; 0 and less mean no limit, too. */
	"spark.streaming.receiver.maxRate": number | undefined;
	/** Batches that may wait before intake is throttled. Default 20. */
	"millrace.maxPendingBatches": number;
	/** Bytes of input not yet worked on, above which sources are paused. Default 256 MB. */
	"millrace.maxInputBytes": number;
	/** Ms that a function in the driver (`transform`) may take. Default 10 s. */
	"millrace.driverFunctionTimeout": number;
	/** `spark`: Spark's refusals, checkpoint rules and counts. Not set: the notebook's rules. */
	compat: "spark" | undefined;
	/** Seed of hashes and of `Math.random` in tasks, a uint32. Not set: drawn per run. */
	"millrace.seed": number | undefined;
}

export type ConfKey = keyof ConfValues;

interface KeyRow<V> {
	readonly default: V;
	/** Returns the value as used, or throws STREAM_CONFIG. */
	readonly read: (value: unknown, key: string) => V;
}

/** Key → default and reader. A new key is one line here and one in `ConfValues`. */
export const confKeys: { readonly [K in ConfKey]: KeyRow<ConfValues[K]> } = {
	"spark.default.parallelism": { default: undefined, read: whole(1, 1_000_000) },
	"spark.streaming.blockInterval": { default: 200, read: positiveTime },
	"spark.streaming.concurrentJobs": { default: 1, read: whole(1, 1000) },
	"spark.streaming.stopGracefullyOnShutdown": { default: false, read: truth },
	"spark.streaming.gracefulStopTimeout": { default: undefined, read: parseTime },
	"spark.task.maxFailures": { default: 4, read: whole(1, 1000) },
	"spark.streaming.fileStream.minRememberDuration": { default: undefined, read: positiveTime },
	"spark.streaming.minRememberDuration": { default: undefined, read: positiveTime },
	"spark.streaming.receiver.maxRate": { default: undefined, read: rate },
	"millrace.maxPendingBatches": { default: 20, read: whole(1, 1_000_000) },
	"millrace.maxInputBytes": { default: 256 * 2 ** 20, read: positiveSize },
	"millrace.driverFunctionTimeout": { default: 10_000, read: positiveTime },
	compat: { default: undefined, read: compat },
	"millrace.seed": { default: undefined, read: whole(0, 0xffff_ffff) },
};

function whole(min: number, max: number): (value: unknown, key: string) => number {
	return (value, key) => {
		const n = numberOf(value);
		if (Number.isInteger(n) && n >= min && n <= max) return n + 0;
		throw badValue(key, `a whole number from ${min} to ${max}`, value, `Set it to a number like ${Math.max(min, 1)}.`);
	};
}

function numberOf(value: unknown): number {
	if (typeof value === "number") return value;
	return typeof value === "string" && /^\s*-?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : Number.NaN;
}

function truth(value: unknown, key: string): boolean {
	if (typeof value === "boolean") return value;
	if (typeof value === "string" && /^(true|false)$/i.test(value.trim())) return value.trim().toLowerCase() === "true";
	throw badValue(key, "true or false", value, "Set it to true or false.");
}

function positiveTime(value: unknown, key: string): number {
	const ms = parseTime(value, key);
	if (ms > 0) return ms;
	throw badValue(key, "a time above 0 ms", value, 'Write for example "200ms".');
}

function positiveSize(value: unknown, key: string): number {
	const bytes = parseSize(value, key);
	if (bytes > 0) return bytes;
	throw badValue(key, "a size above 0 bytes", value, 'Write for example "256m".');
}

function rate(value: unknown, key: string): number | undefined {
	const n = numberOf(value);
	if (Number.isFinite(n)) return n > 0 ? n : undefined;
	throw badValue(key, "a number of records per second", value, "Set it to a number like 1000, or to 0 for no limit.");
}

function compat(value: unknown, key: string): "spark" | undefined {
	if (value === "spark") return value;
	throw badValue(key, '"spark" or nothing', value, 'Set it to "spark", or leave it out for the rules of notebooks.');
}
