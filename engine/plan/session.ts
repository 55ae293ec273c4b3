// What a handle (RDD, DStream) needs behind it: a place for nodes, and someone who runs actions.
import type { Rdd } from "./operators.ts";
import type { NodeKind, Plain, PlanNode } from "./types.ts";

/** A user function and the thread it will run in. */
export interface UserFunction {
	readonly fn: (...args: never[]) => unknown;
	readonly place: "executor" | "driver" | "receiver";
}

/** A node to be: parents are drafts, functions are not yet captured. */
export interface NodeSpec {
	readonly kind: NodeKind;
	readonly op: string;
	/** Name the user knows the operation by, if it is not `op`. */
	readonly step?: string;
	readonly parents: readonly Draft[];
	readonly params?: { readonly [name: string]: Plain };
	/** Parameters that do not belong to the identity of the node (data). */
	readonly payload?: { readonly [name: string]: Plain };
	readonly functions?: { readonly [role: string]: UserFunction };
}

/** A declared node. Its id is fixed by `freeze`, when it is first shipped or shown. */
export interface Draft {
	readonly spec: NodeSpec;
	/** Fixes the id and returns the node as plain data. */
	freeze(): PlanNode;
	/** Marks an RDD to be kept once it is computed, or no longer. */
	persist(on?: boolean): void;
	/** Adds parameters that do not belong to the identity of the node and may come after its id; undefined takes one away. */
	annotate(notes: { readonly [name: string]: Plain }): void;
	/** Cell that declared the node, if any. */
	readonly cell?: string;
}

/** Runs actions of RDDs: the driver connection on the notebook thread, the driver itself in `transform`. */
export interface ActionRunner {
	/** Runs an action on every partition; resolves with the records that each partition gave, in partition order. */
	runAction(rdd: Draft, action: ActionSpec): Promise<unknown[][]>;
}

/** An action with its parameters and functions. */
export interface ActionSpec {
	readonly action: string;
	readonly params?: { readonly [name: string]: Plain };
	readonly functions?: { readonly [role: string]: UserFunction };
}

/** Behind every handle. */
export interface Session extends ActionRunner {
	/** Declares a node; captures its functions now. */
	node(spec: NodeSpec): Draft;
	readonly defaultParallelism: number;
	/** Lineage of an RDD as far as it can be known without running anything: partitions, partitioner, parents. */
	rdd(draft: Draft): Rdd;
	/** Keeps the partitions of an RDD from the next job on, or drops what is kept. */
	persist(draft: Draft, on: boolean): void;
	/** A seed for an operation that was given none: it stays the same for all jobs of the operation. */
	seed(): number;
	/** Where checkpoints of RDDs go, if that was said. */
	readonly checkpointDir?: string;
}
