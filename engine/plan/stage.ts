// Stages and tasks as plain data: what the driver sends to executors and what comes back.
import type { CapturedFunction } from "../capture/types.ts";
import type { EncodedError } from "../errors/codec.ts";
import type { AccumulatorUpdate } from "./handles.ts";
import type { Opened } from "./operators.ts";
import type { Plain } from "./types.ts";

/** A user function as executors know it: `key` names node and role, `version` grows when a live variable changes. */
export interface FnRef {
	readonly key: string;
	readonly version: number;
}

/** Encoded records in shared memory (`data/codec.ts`). */
export interface DataRef {
	readonly data: SharedArrayBuffer;
	readonly records: number;
}

/** One narrow operator of a pipe; its `emit` writes a fragment of the loop. */
export interface Step {
	readonly op: string;
	readonly params: { readonly [name: string]: Plain };
	readonly fns: { readonly [role: string]: FnRef };
}

/** Narrow operators over one input: becomes one generated loop. */
export interface Pipe {
	readonly input: Input;
	readonly steps: readonly Step[];
}

/** State of one partition as data: a base and the deltas after it. */
export interface StateImage {
	readonly version: number;
	readonly base?: SharedArrayBuffer;
	readonly deltas: readonly SharedArrayBuffer[];
}

/** Tells which version of a state partition a task starts from and which it makes. Equal versions: read only. */
export interface StateUse {
	readonly store: string;
	readonly partition: number;
	from: number;
	readonly to: number;
	/** Set when the executor does not hold the partition at `from`. */
	restore?: StateImage;
}

/** Where the records of a pipe come from. */
export type Input =
	/** A block of received text: bytes stay bytes until the task decodes them. */
	| { readonly kind: "text"; readonly data: SharedArrayBuffer; readonly bytes: number }
	/** Encoded records; `key` names the decoded copy an executor may still hold. */
	| { readonly kind: "data"; readonly data: SharedArrayBuffer; readonly key?: string }
	/** Shuffled pairs in map-partition order, merged by `combine` when there is one. */
	| { readonly kind: "shuffle"; readonly segments: readonly SharedArrayBuffer[]; readonly combine?: FnRef }
	/** Computes, keeps and passes on a partition that later batches will read again. */
	| { readonly kind: "materialize"; readonly key: string; readonly pipes: readonly Pipe[] }
	/** What an operator that had to wait has made; never leaves its executor. */
	| { readonly kind: "opened"; readonly opened: Opened }
	/** An operator that needs more than one record at a time; its `open` makes the records. */
	| {
			readonly kind: "op";
			readonly op: string;
			readonly params: { readonly [name: string]: Plain };
			readonly fns: { readonly [role: string]: FnRef };
			readonly inputs: readonly (readonly Pipe[])[];
			readonly state?: StateUse;
	  };

/** What a task does with the records of its pipes. */
export type Sink =
	| {
			readonly kind: "shuffle";
			readonly partitions: number;
			readonly seed: number;
			readonly combine?: FnRef;
			readonly count?: boolean;
			readonly direct?: boolean;
	  }
	| {
			readonly kind: "action";
			readonly action: string;
			readonly params: { readonly [name: string]: Plain };
			readonly fns: { readonly [role: string]: FnRef };
	  };

/** One unit of work: the pipes of one partition into one sink. */
export interface Task {
	readonly id: number;
	readonly job: number;
	readonly stage: string;
	readonly batchTime: number;
	readonly partition: number;
	attempt: number;
	readonly pipes: readonly Pipe[];
	readonly sink: Sink;
	/** Seed of `Math.random` in this task: per run, batch, stage and partition. */
	readonly seed: number;
	/** Cell that owns the output operation; `console` of user functions goes there. */
	readonly cell?: string;
}

/** What a finished task gives back. */
export interface TaskResult {
	/** Shuffle sink: one segment per reduce partition. Action sink: one entry, the encoded result. */
	readonly segments: readonly SharedArrayBuffer[];
	readonly records: number;
	/** Partitions that were materialized on the way. */
	readonly materialized: readonly { readonly key: string; readonly ref: DataRef }[];
	/** New versions of state partitions. */
	readonly states: readonly {
		readonly store: string;
		readonly partition: number;
		readonly version: number;
		readonly delta?: SharedArrayBuffer;
		readonly base?: SharedArrayBuffer;
	}[];
	readonly milliseconds: number;
	/** Elements that `onError: "skip"` left out. */
	readonly skipped?: number;
	/** What the task has added to accumulators. */
	readonly accumulators?: readonly AccumulatorUpdate[];
}

/** Driver → executor. */
export type ExecutorCommand =
	| {
			readonly kind: "define";
			readonly functions: readonly (FnRef & { readonly fn: CapturedFunction; readonly step: string })[];
	  }
	| { readonly kind: "run"; readonly task: Task }
	| {
			readonly kind: "forget";
			readonly keys: readonly string[];
			readonly functions: readonly FnRef[];
			readonly stores: readonly string[];
	  }
	| { readonly kind: "shut-down" };

/** Executor → driver. */
export type ExecutorReport =
	| { readonly kind: "ready" }
	| { readonly kind: "task-done"; readonly task: number; readonly attempt: number; readonly result: TaskResult }
	| {
			readonly kind: "task-failed";
			readonly task: number;
			readonly attempt: number;
			readonly error: EncodedError;
			/** The executor does not hold a state version the task needs: send it again with an image. */
			readonly missingState: boolean;
	  }
	| { readonly kind: "console"; readonly stream: "stdout" | "stderr"; readonly text: string; readonly cell?: string };
