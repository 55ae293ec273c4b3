// What the driver tells listeners and views. Names of listener events are Spark's.
import type { EncodedError } from "../errors/codec.ts";
import type { ViewRows } from "../plan/rows.ts";
import type { Plain, PlanView } from "../plan/types.ts";

export type { ViewRows };

/** State of one output operation in one batch. Times are wall-clock ms since the epoch. */
export interface OutputOperationInfo {
	readonly batchTime: number;
	readonly id: number;
	/** Operator name: `print`, `foreachRDD`, `view`. */
	readonly name: string;
	/** Where it was declared: `print at cell [3], line 4`. */
	readonly description: string;
	readonly startTime?: number;
	readonly endTime?: number;
	readonly failureReason?: string;
}

/** State of one batch (Spark's BatchInfo). Delays in ms. */
export interface BatchInfo {
	/** Logical batch time in ms since the epoch. */
	readonly batchTime: number;
	/** 1 for the first batch of the context. */
	readonly number: number;
	readonly numRecords: number;
	readonly inputs: readonly { readonly streamId: string; readonly name: string; readonly numRecords: number }[];
	readonly submissionTime: number;
	readonly processingStartTime?: number;
	readonly processingEndTime?: number;
	readonly schedulingDelay?: number;
	readonly processingDelay?: number;
	readonly totalDelay?: number;
	readonly outputs: readonly OutputOperationInfo[];
	/** Elements that `onError: "skip"` left out, where there were any. */
	readonly skippedRecords?: number;
	readonly failed: boolean;
}

export interface ReceiverInfo {
	readonly streamId: string;
	readonly name: string;
	readonly active: boolean;
	readonly lastErrorMessage: string;
	readonly lastError: string;
	readonly lastErrorTime: number;
}

/** Spark's StreamingListener events. */
export type ListenerEvent =
	| { readonly type: "StreamingStarted"; readonly time: number }
	| { readonly type: "StreamingStopped"; readonly time: number; readonly reason: string }
	| { readonly type: "ReceiverStarted" | "ReceiverError" | "ReceiverStopped"; readonly receiver: ReceiverInfo }
	| { readonly type: "BatchSubmitted" | "BatchStarted" | "BatchCompleted"; readonly batch: BatchInfo }
	| { readonly type: "OutputOperationStarted" | "OutputOperationCompleted"; readonly output: OutputOperationInfo }
	| { readonly type: "ExecutorAdded" | "ExecutorLost"; readonly executor: number; readonly reason: string };

/** One message of the event feed. `seq` grows by 1 per driver run; `run` changes when the driver restarts. */
export type ViewEvent = { readonly seq: number; readonly run: number } & (
	| { readonly kind: "listener"; readonly event: ListenerEvent }
	| {
			readonly kind: "view-batch";
			readonly view: string;
			readonly batch: number;
			readonly batchTime: number;
			readonly data: ViewRows;
	  }
	| {
			readonly kind: "print";
			readonly output: number;
			readonly batchTime: number;
			readonly text: string;
			readonly cell?: string;
			readonly display?: string;
	  }
	| {
			readonly kind: "output-error";
			readonly output: number;
			readonly batchTime: number;
			readonly error: EncodedError;
			/** Cell that owns the output operation. */
			readonly cell?: string;
	  }
	| {
			readonly kind: "context";
			readonly state: "INITIALIZED" | "ACTIVE" | "STOPPED";
			readonly appName: string;
			readonly master: string;
			readonly batchMs: number;
	  }
	| { readonly kind: "plan"; readonly plan: PlanView }
	| { readonly kind: "console"; readonly stream: "stdout" | "stderr"; readonly text: string; readonly cell?: string }
);

/** What a view host may ask of the driver, without passing the notebook thread. */
export type ViewCommand =
	| { readonly kind: "stop"; readonly graceful: boolean }
	/** Stop computing a view (its last page is gone for good, or its cell was run again). */
	| { readonly kind: "close-view"; readonly view: string };

/** MIME type under which a stream hands its view to the host; the value is a `ViewDescription`. */
export const VIEW_MIME = "application/vnd.millrace.view+json";

/** A live view as data. The driver computes its rows, the view host draws it. */
export interface ViewDescription {
	/** Unique per context and display. */
	readonly view: string;
	/** `counts` or `map at cell [3]`. */
	readonly title: string;
	/** Plan node that is shown. */
	readonly node: string;
	readonly kind: "auto" | "table" | "plot" | "dag";
	readonly appName: string;
	readonly batchMs: number;
	readonly state: "INITIALIZED" | "ACTIVE" | "STOPPED";
	/** The part of the plan the node depends on. */
	readonly plan: PlanView;
	readonly origin: { readonly cell?: string; readonly execution?: number };
	readonly options?: { readonly [name: string]: Plain };
}
