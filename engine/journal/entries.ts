// Journal entries: everything that decides a run, as plain data. The ring keeps them in memory; a disk form may follow.
import type { CapturedFunction } from "../capture/types.ts";
import type { BlockRef, QueueEntry } from "../plan/operators.ts";
import type { DataRef, StateImage, TaskResult } from "../plan/stage.ts";
import type { PlanNode } from "../plan/types.ts";

/** Version of the format of entries and contents. */
export const JOURNAL_FORMAT = 1;

/** What the driver writes down. */
export type JournalEntry =
	| { readonly kind: "run"; readonly zeroTime: number; readonly batchMs: number; readonly remember: number }
	| { readonly kind: "nodes"; readonly nodes: readonly PlanNode[] }
	| { readonly kind: "output"; readonly key: string; readonly output: unknown }
	| { readonly kind: "output-removed"; readonly key: string }
	| { readonly kind: "function"; readonly node: string; readonly role: string; readonly fn: CapturedFunction }
	| { readonly kind: "enqueue"; readonly node: string; readonly entries: readonly QueueEntry[] }
	| { readonly kind: "block"; readonly stream: string; readonly block: BlockRef }
	| {
			readonly kind: "batch";
			readonly time: number;
			readonly blocks: readonly string[];
			readonly dequeued: readonly { readonly node: string; readonly entries: readonly QueueEntry[] }[];
	  }
	| { readonly kind: "state"; readonly state: TaskResult["states"][number] }
	/** A state partition goes back to an older image; undefined: to nothing. */
	| {
			readonly kind: "state-reset";
			readonly store: string;
			readonly partition: number;
			readonly image: StateImage | undefined;
	  }
	| { readonly kind: "kept"; readonly key: string; readonly time: number; readonly ref: DataRef }
	/** Input that nothing will read again. */
	| { readonly kind: "drop-blocks"; readonly ids: readonly string[] }
	/** A batch is done; committed batches are a set. */
	| { readonly kind: "commit"; readonly time: number }
	/** Nothing at or before this time is needed any more, state aside. */
	| { readonly kind: "trim"; readonly time: number };

/** What a new driver goes on from. */
export interface JournalContents {
	readonly format: typeof JOURNAL_FORMAT;
	/** Undefined: the stream was not started. */
	readonly run: Extract<JournalEntry, { kind: "run" }> | undefined;
	readonly nodes: readonly PlanNode[];
	readonly outputs: readonly unknown[];
	readonly functions: readonly { readonly node: string; readonly role: string; readonly fn: CapturedFunction }[];
	/** Queue entries that no batch has taken, and how many there were ever. */
	readonly queues: readonly {
		readonly node: string;
		readonly entries: readonly QueueEntry[];
		readonly enqueued: number;
	}[];
	readonly blocks: readonly { readonly stream: string; readonly block: BlockRef }[];
	readonly batches: readonly Extract<JournalEntry, { kind: "batch" }>[];
	readonly states: readonly { readonly store: string; readonly partition: number; readonly image: StateImage }[];
	readonly kept: readonly { readonly key: string; readonly ref: DataRef }[];
	readonly commits: readonly number[];
	/** Newest trimmed time: batches up to it are over. */
	readonly trimmed: number;
}

/** Driver → ring. */
export type RingCommand =
	| { readonly kind: "append"; readonly entries: readonly JournalEntry[] }
	| { readonly kind: "read" };

/** Ring → driver. */
export type RingReport = { readonly kind: "contents"; readonly contents: JournalContents };
