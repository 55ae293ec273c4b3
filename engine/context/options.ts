// What a context is made with: master, name, durations, configuration; checked before anything starts.
import { availableParallelism } from "node:os";
import { Conf, type ConfSettings } from "../conf/index.ts";
import { describeValue, streamError } from "../errors/index.ts";
import { Duration } from "../time/index.ts";
import type { ManualClock } from "./manual-clock.ts";

/** Options of a context; everything but `batch` has a default. */
export interface ContextOptions {
	/** `local` (1 executor), `local[N]`, `local[*]` (one per core; the default), `local[N, F]` (F attempts of a task). */
	readonly master?: string;
	/** Name shown in views. Default `millrace`. */
	readonly appName?: string;
	/** Configuration: Spark's keys, `millrace.*`, and `compat: "spark"`. */
	readonly conf?: ConfSettings;
	/** Executor threads; default: the N of the master. The number of partitions does not follow it. */
	readonly executors?: number;
	/** Time source; default: the system clock. A `ManualClock` makes batches only when it is advanced. */
	readonly clock?: ManualClock;
	/** `threads` (default), or `in-process` for tests: everything in the calling thread. */
	readonly runtime?: "threads" | "in-process";
}

/** Options of a StreamingContext. */
export interface StreamingOptions extends ContextOptions {
	/** Batch duration: a `Duration` or milliseconds. */
	readonly batch: Duration | number;
}

/** Options as the engine uses them. */
export interface Settings {
	readonly master: string;
	readonly appName: string;
	readonly conf: Conf;
	readonly executors: number;
	readonly defaultParallelism: number;
	readonly clock: ManualClock | undefined;
	readonly mode: "threads" | "in-process";
}

/** Checks options and fills in defaults; throws STREAM_CONFIG. */
export function settingsOf(options: ContextOptions): Settings {
	const master = options.master ?? "local[*]";
	const { cores, maxFailures } = parseMaster(master);
	const conf = new Conf(options.conf ?? {});
	if (maxFailures !== undefined) conf.setIfMissing("spark.task.maxFailures", maxFailures);
	const executors = options.executors ?? cores;
	if (!Number.isInteger(executors) || executors < 1 || executors > 256) {
		throw streamError("STREAM_CONFIG", {
			step: "executors",
			expected: "a whole number from 1 to 256",
			got: describeValue(options.executors),
		});
	}
	const mode = options.runtime ?? process.env.MILLRACE_RUNTIME ?? "threads";
	if (mode !== "threads" && mode !== "in-process") {
		throw streamError("STREAM_CONFIG", {
			step: "runtime",
			expected: '"threads" or "in-process"',
			got: describeValue(mode),
		});
	}
	return {
		master,
		appName: options.appName ?? "millrace",
		conf,
		executors,
		defaultParallelism: conf.get("spark.default.parallelism") ?? cores,
		clock: options.clock,
		mode,
	};
}

function parseMaster(master: unknown): { cores: number; maxFailures?: number } {
	const match = typeof master === "string" ? /^local(?:\[\s*(\*|\d+)\s*(?:,\s*(\d+)\s*)?\])?$/.exec(master) : null;
	const cores = match === null ? 0 : match[1] === "*" ? availableParallelism() : Number(match[1] ?? 1);
	if (match === null || cores < 1) {
		throw streamError("STREAM_CONFIG", {
			step: "master",
			expected: '"local", "local[N]", "local[*]" or "local[N, F]"',
			got: describeValue(master),
			way: 'write for example "local[2]"',
		});
	}
	return { cores, maxFailures: match[2] === undefined ? undefined : Number(match[2]) };
}

/** Returns the batch duration in ms; throws STREAM_CONFIG unless it is a whole number of ms above 0. */
export function batchOf(value: unknown): number {
	if (value === undefined || value === null) {
		throw streamError("STREAM_CONFIG", {
			step: "batch duration",
			message: "Batch duration for StreamingContext cannot be null",
			way: "pass seconds(1) or a number of ms",
		});
	}
	const duration = value instanceof Duration ? value : Duration.of(value as number, "batch duration");
	if (duration.milliseconds <= 0) {
		throw streamError("STREAM_CONFIG", {
			step: "batch duration",
			expected: "more than 0 ms",
			got: `${duration.milliseconds} ms`,
			way: "pass seconds(1) or a number of ms",
		});
	}
	return duration.milliseconds;
}
