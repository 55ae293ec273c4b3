// The plan of one context on the notebook thread: drafts become nodes, each exactly once.
import { capture } from "../capture/index.ts";
import type { CaptureContext, CapturedFunction } from "../capture/types.ts";
import { Identity } from "./identity.ts";
import type { Draft, NodeSpec } from "./session.ts";
import type { Origin, Plain, PlanNode } from "./types.ts";

/** Operator name of the RDDs of batches: the driver knows them by their ids. */
export const LENT = "lent";

/** What the graph needs of its surroundings. */
export interface GraphHost {
	/** Where the user's call stands that is running now. */
	origin(): Origin;
	readonly captureContext: Pick<CaptureContext, "bindings" | "handle">;
	/** Notebook name that holds a draft's handle, if any. */
	bindingOf(draft: Draft): string | undefined;
	/** A stream node was declared; may refuse. */
	declaring(spec: NodeSpec): void;
	/** A node got its id and can be shipped. */
	frozen(node: PlanNode, draft: PlanDraft): void;
}

/** A declared node of a context. */
export class PlanDraft implements Draft {
	readonly spec: NodeSpec;
	readonly origin: Origin;
	functions: { [role: string]: CapturedFunction };
	persisted = false;
	/** What `annotate` was told. */
	notes: { readonly [name: string]: Plain } = {};
	#graph: PlanGraph;
	#node: PlanNode | undefined;

	/** @internal */
	constructor(graph: PlanGraph, spec: NodeSpec, origin: Origin, functions: { [role: string]: CapturedFunction }) {
		this.#graph = graph;
		this.spec = spec;
		this.origin = origin;
		this.functions = functions;
	}

	get cell(): string | undefined {
		return this.origin.cell;
	}

	/** The node, if it has its id already. */
	get node(): PlanNode | undefined {
		return this.#node;
	}

	persist(on = true): void {
		this.persisted = on;
		if (this.#node === undefined) return;
		const { persist: _, ...params } = this.#node.params;
		this.#node = { ...this.#node, params: on ? { ...params, persist: true } : params };
	}

	annotate(notes: { readonly [name: string]: Plain }): void {
		this.notes = { ...this.notes, ...notes };
		if (this.#node !== undefined) this.#node = { ...this.#node, params: { ...this.#node.params, ...notes } };
	}

	freeze(): PlanNode {
		if (this.#node === undefined) {
			this.#node = this.#graph.fix(this);
			this.#graph.host.frozen(this.#node, this);
		}
		return this.#node;
	}

	/** Captures the functions again: live variables may have changed. Returns the roles whose capture differs. */
	recapture(): string[] {
		// All or none: what one role cannot take over must not be half of a change.
		const again: { [role: string]: CapturedFunction } = {};
		for (const [role, { fn, place }] of Object.entries(this.spec.functions ?? {})) {
			again[role] = capture(fn, this.#graph.context(this.spec.step ?? this.spec.op, place, this.origin));
		}
		const changed = Object.keys(again).filter((role) => again[role].hash !== this.functions[role].hash);
		if (changed.length > 0) this.functions = again;
		return changed;
	}
}

/** All drafts of a context. */
export class PlanGraph {
	readonly host: GraphHost;
	readonly identity = new Identity();
	readonly drafts: PlanDraft[] = [];

	constructor(host: GraphHost) {
		this.host = host;
	}

	/** Declares a node: checks, captures its functions, remembers where it was declared. */
	add(spec: NodeSpec): PlanDraft {
		const origin = this.host.origin();
		const functions: { [role: string]: CapturedFunction } = {};
		for (const [role, { fn, place }] of Object.entries(spec.functions ?? {})) {
			functions[role] = capture(fn, this.context(spec.step ?? spec.op, place, origin));
		}
		const draft = new PlanDraft(this, spec, origin, functions);
		this.host.declaring(spec);
		// RDD nodes are as many as the user makes; only streams must be found again.
		if (spec.kind !== "rdd") this.drafts.push(draft);
		return draft;
	}

	/** Returns what `capture` is told. */
	context(step: string, place: CaptureContext["place"], origin: Origin): CaptureContext {
		return { step, place, origin, ...this.host.captureContext };
	}

	/** Returns the node of a draft with its id; parents first. */
	fix(draft: PlanDraft): PlanNode {
		const { spec, origin } = draft;
		const parents = spec.parents.map((parent) => parent.freeze().id);
		const params = spec.params ?? {};
		const root = rootOf(draft);
		const path = [spec.op, parents, params];
		const id =
			root.spec.op === LENT
				? this.identity.assignOnBatch(root.freeze().id, path)
				: this.identity.assign({ root: root.spec.op, path, binding: this.host.bindingOf(draft), cell: origin.cell });
		const persist: { persist?: Plain } = draft.persisted ? { persist: true } : {};
		return {
			id,
			kind: spec.kind,
			op: spec.op,
			...(spec.step !== undefined && { step: spec.step }),
			parents,
			params: { ...params, ...spec.payload, ...persist, ...draft.notes },
			functions: draft.functions,
			origin,
			binding: this.host.bindingOf(draft),
		};
	}

	/** Forgets the drafts of a cell that runs again; returns them. */
	release(cell: string): PlanDraft[] {
		this.identity.release(cell);
		const gone = this.drafts.filter((draft) => draft.cell === cell);
		for (const draft of gone) this.drafts.splice(this.drafts.indexOf(draft), 1);
		return gone;
	}
}

function rootOf(draft: Draft): Draft {
	let at: Draft = draft;
	while (at.spec.parents.length > 0) at = at.spec.parents[0];
	return at;
}
