// The plan as plain data: what is shipped, stored, drawn and translated.
import type { CapturedFunction } from "../capture/types.ts";

/** Plain data that survives structured clone and means the same in every thread. */
export type Plain =
	| string
	| number
	| boolean
	| bigint
	| null
	| undefined
	| Date
	| Uint8Array
	| SharedArrayBuffer
	| readonly Plain[]
	| { readonly [key: string]: Plain };

/** Where something was declared: a notebook cell or a file, with 1-based line and column. */
export interface Origin {
	/** Key of the cell (for replacement and for output), absent in plain Node. */
	cell?: string;
	/** Execution count of the cell, as the user sees it: `[3]`. */
	execution?: number;
	/** File of the declaration in plain Node. */
	file?: string;
	line: number;
	column: number;
}

/** Whether a node describes one RDD, a stream of RDDs, or an output operation. */
export type NodeKind = "rdd" | "dstream" | "output";

/** One step of the plan. Ids are stable over re-runs, processes and hosts (see `identity.ts`). */
export interface PlanNode {
	readonly id: string;
	readonly kind: NodeKind;
	/** Operator name; the registry answers with its implementation. */
	readonly op: string;
	/** Name the user knows the operation by, if it is not `op`. */
	readonly step?: string;
	readonly parents: readonly string[];
	readonly params: { readonly [name: string]: Plain };
	/** Role → captured function. Never shared between nodes. */
	readonly functions: { readonly [role: string]: CapturedFunction };
	readonly origin: Origin;
	/** Name of the notebook binding that holds the handle, when known. */
	readonly binding?: string;
}

/** What a picture of the plan needs; part of every view. */
export interface PlanView {
	readonly nodes: readonly {
		readonly id: string;
		readonly op: string;
		readonly label: string;
		readonly kind: NodeKind | "source";
		readonly origin: Origin;
		/** True where records are shuffled: the node begins a stage. */
		readonly shuffle: boolean;
	}[];
	readonly edges: readonly { readonly from: string; readonly to: string }[];
}
