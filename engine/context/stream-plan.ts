// The rules of declaring streams before and after start, and of cells that run again.
import { streamError } from "../errors/index.ts";
import type { PlanDraft, PlanGraph } from "../plan/graph.ts";
import type { Draft, NodeSpec } from "../plan/session.ts";

/** State of a context as Spark names it. */
export type ContextState = "INITIALIZED" | "ACTIVE" | "STOPPED";

/** Decides which nodes may be declared, and finds those of a re-run cell again. */
export class StreamPlan {
	readonly #graph: PlanGraph;
	readonly #state: () => ContextState;
	readonly #fixed: boolean;
	/** Nodes of cells that are being run again on a running stream, to be found by the same declarations. */
	#released: PlanDraft[] = [];

	/** @param fixed Spark's rule: outputs may not be added after start either. */
	constructor(graph: PlanGraph, state: () => ContextState, fixed: boolean) {
		this.#graph = graph;
		this.#state = state;
		this.#fixed = fixed;
	}

	/** Nodes whose cells ran again without them; the running stream still has them. */
	get released(): readonly PlanDraft[] {
		return this.#released;
	}

	/** Throws Spark's message when a stream node cannot be declared in this state. */
	check(spec: NodeSpec): void {
		const state = this.#state();
		if (spec.kind === "rdd" || state === "INITIALIZED") return;
		if (state === "STOPPED") {
			throw streamError("STREAM_STATE", {
				step: spec.step ?? spec.op,
				message: "Adding new inputs, transformations, and output operations after stopping a context is not supported",
				way: "make a new StreamingContext",
			});
		}
		if (this.#fixed && spec.kind === "output") {
			throw streamError("STREAM_STATE", {
				step: spec.step ?? spec.op,
				message: "Adding new inputs, transformations, and output operations after starting a context is not supported",
				way: 'declare it before start(), or leave out conf compat: "spark"',
			});
		}
	}

	/** Declares a stream node. On a running stream only a node that was there before may be declared again, unchanged. */
	declare(spec: NodeSpec): Draft {
		this.check(spec);
		if (this.#state() !== "ACTIVE" || spec.kind === "rdd") return this.#graph.add(spec);
		const draft = this.#graph.add(spec);
		this.#graph.drafts.splice(this.#graph.drafts.indexOf(draft), 1);
		const same = this.#released.find(
			(old) => old.spec.op === spec.op && old.cell === draft.cell && sameShape(old, draft),
		);
		if (same !== undefined && sameFunctions(same, draft)) {
			this.#released.splice(this.#released.indexOf(same), 1);
			this.#graph.drafts.push(same);
			return same;
		}
		throw streamError("STREAM_STATE", {
			step: spec.step ?? spec.op,
			cell: draft.origin.execution,
			line: draft.origin.line,
			message: "Adding new inputs, transformations, and output operations after starting a context is not supported",
			expected:
				same === undefined
					? "a stream that was declared before start()"
					: "the function this cell declared before start()",
			got: same === undefined ? "a new one" : "another function",
			way: "stop the context, make a new one, and run the cells again; live variables, views, print and foreachRDD may change while it runs",
		});
	}

	/** A cell runs again: its nodes are forgotten, on a running stream until the cell declares them again. */
	release(cell: string): PlanDraft[] {
		const gone = this.#graph.release(cell);
		// What the last run of the cell did not declare again stays: the run after it may.
		if (this.#state() === "ACTIVE") this.#released.push(...gone.filter((draft) => draft.spec.kind === "dstream"));
		return gone;
	}
}

function sameShape(a: PlanDraft, b: PlanDraft): boolean {
	return (
		a.spec.parents.length === b.spec.parents.length &&
		a.spec.parents.every(
			(parent, i) => parent === b.spec.parents[i] || parent.freeze().id === b.spec.parents[i].freeze().id,
		) &&
		JSON.stringify(a.spec.params ?? {}) === JSON.stringify(b.spec.params ?? {})
	);
}

function sameFunctions(a: PlanDraft, b: PlanDraft): boolean {
	return Object.keys(b.functions).every((role) => a.functions[role]?.hash === b.functions[role].hash);
}
