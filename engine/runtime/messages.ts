// What the notebook thread and the driver say to each other. Plain data, request ids where an answer is due.
import type { CapturedFunction } from "../capture/types.ts";
import type { EncodedError } from "../errors/index.ts";
import type { AccumulatorUpdate } from "../plan/handles.ts";
import type { QueueEntry } from "../plan/operators.ts";
import type { Origin, Plain, PlanNode, PlanView } from "../plan/types.ts";
import type { ViewEvent } from "../views/events.ts";

/** How a driver is set up. */
export interface DriverOptions {
	readonly appName: string;
	readonly master: string;
	readonly executors: number;
	readonly defaultParallelism: number;
	readonly conf: { readonly [key: string]: unknown };
	/** `manual`: the clock stands at this time until it is advanced. */
	readonly clock: { readonly kind: "system" } | { readonly kind: "manual"; readonly now: number };
	readonly mode: "threads" | "in-process";
	/** 1 for the first driver of a context, one more after each restart. */
	readonly run: number;
	/** Seed of key hashes and of randomness in tasks. */
	readonly seed: number;
	/** True when the event feed also goes to a view host, which then shows prints and views. */
	readonly viewHost: boolean;
	/** True: read the ring first and go on where the last driver stopped. */
	readonly recover: boolean;
}

/** An output operation as the driver knows it. */
export interface OutputSpec {
	/** Index of registration; for views a running number after all others. */
	readonly id: number;
	readonly node: string;
	readonly op: "print" | "foreachRDD" | "saveAsTextFiles" | "saveAsObjectFiles" | "view";
	/** Id of the output's own plan node, for replacement. */
	readonly key: string;
	readonly params: { readonly [name: string]: Plain };
	/** The function of `foreachRDD(f, { on: "driver" })`. */
	readonly fn?: CapturedFunction;
	readonly on: "driver" | "notebook";
	readonly origin: Origin;
	/** Display that `print` rewrites, in a notebook. */
	readonly display?: string;
}

/** An action of an RDD of the notebook. */
export interface ActionRequest {
	readonly node: string;
	readonly action: string;
	readonly params: { readonly [name: string]: Plain };
	readonly functions: { readonly [role: string]: CapturedFunction };
	readonly step: string;
	readonly cell?: string;
}

/** Notebook → driver. */
export type DriverCommand =
	| { readonly kind: "add-nodes"; readonly nodes: readonly PlanNode[] }
	/** Keep the partitions of an RDD that is known already, or drop them. */
	| { readonly kind: "persist"; readonly node: string; readonly on: boolean }
	| { readonly kind: "add-output"; readonly output: OutputSpec }
	| { readonly kind: "remove-output"; readonly key: string }
	| { readonly kind: "update-function"; readonly node: string; readonly role: string; readonly fn: CapturedFunction }
	/** All other outputs are gone (after a restart, for removals that were lost). */
	| { readonly kind: "keep-outputs"; readonly keys: readonly string[] }
	| { readonly kind: "enqueue"; readonly node: string; readonly entries: readonly QueueEntry[] }
	| { readonly kind: "foreach-done"; readonly output: number; readonly time: number; readonly error?: EncodedError }
	| { readonly kind: "plan-view"; readonly plan: PlanView }
	| { readonly kind: "request"; readonly id: number; readonly request: DriverRequest };

/** What the notebook asks the driver and waits for. */
export type DriverRequest =
	| { readonly kind: "start"; readonly batchMs: number; readonly remember: number; readonly now?: number }
	| { readonly kind: "stop"; readonly graceful: boolean }
	| { readonly kind: "action"; readonly action: ActionRequest }
	/** Absolute, so that it can be asked again after a restart. */
	| { readonly kind: "advance"; readonly to: number }
	| { readonly kind: "cancel"; readonly job?: number; readonly batchTime?: number; readonly reason: string }
	/** Ends the jobs of actions that cells have asked for, by the ids of their requests. */
	| { readonly kind: "cancel-actions"; readonly ids: readonly number[]; readonly reason: string }
	/** Tests: end a part as a crash would. */
	| { readonly kind: "kill"; readonly part: "executor" | "receiver"; readonly index: number };

/** Driver → notebook. */
export type DriverReport =
	| { readonly kind: "reply"; readonly id: number; readonly value?: unknown; readonly error?: EncodedError }
	| { readonly kind: "event"; readonly event: ViewEvent }
	/** Tasks have added to accumulators. */
	| { readonly kind: "accumulated"; readonly updates: readonly AccumulatorUpdate[] }
	/** A batch without jobs has passed. */
	| { readonly kind: "idle-batch"; readonly time: number; readonly seq: number }
	| {
			readonly kind: "foreach";
			readonly output: number;
			readonly time: number;
			readonly rdd: string;
			readonly partitions: number;
			readonly partitioner?: number;
	  }
	/** A driver that was started again is ready; per queue, how many entries ever reached the ring, and were taken. */
	| {
			readonly kind: "recovered";
			readonly queues: readonly { readonly node: string; readonly enqueued: number; readonly taken: number }[];
	  }
	| { readonly kind: "dequeued"; readonly node: string; readonly count: number }
	| { readonly kind: "stop-asked"; readonly graceful: boolean };
