// The plan in the driver: nodes as they were shipped, RDDs made from them, function versions.
import type { CapturedFunction } from "../capture/types.ts";
import type { NodeContext, Rdd, RddSpec } from "../plan/operators.ts";
import { rddOperator } from "../plan/operators.ts";
import type { FnRef } from "../plan/stage.ts";
import type { PlanNode } from "../plan/types.ts";

/** Functions by key and version; a live change is a new version. */
export class FunctionRegistry {
	#functions = new Map<string, { fn: CapturedFunction; step: string }>();
	#newest = new Map<string, number>();

	/** Returns a reference to the newest version of a node's function. */
	ref(node: PlanNode, role: string): FnRef {
		const key = `${node.id}/${role}`;
		const version = this.#newest.get(key);
		if (version !== undefined) return { key, version };
		return this.update(node.id, role, node.functions[role], node.op);
	}

	/** Adds a version; RDDs made from now on use it. */
	update(node: string, role: string, fn: CapturedFunction, step: string): FnRef {
		const key = `${node}/${role}`;
		const version = (this.#newest.get(key) ?? 0) + 1;
		this.#newest.set(key, version);
		this.#functions.set(`${key}@${version}`, { fn, step });
		// Batches that still run may use the version before; older ones are gone.
		this.#functions.delete(`${key}@${version - 64}`);
		return { key, version };
	}

	/** Returns a reference by content: the same closure made again in a later batch is the same function. */
	byContent(fn: CapturedFunction, step: string): FnRef {
		const ref = { key: `#${fn.hash}`, version: 0 };
		const name = `${ref.key}@0`;
		if (!this.#functions.has(name)) this.#functions.set(name, { fn, step });
		return ref;
	}

	get(ref: FnRef): { fn: CapturedFunction; step: string } {
		const found = this.#functions.get(`${ref.key}@${ref.version}`);
		if (found === undefined) throw new Error(`unknown function ${ref.key}@${ref.version}`);
		return found;
	}

	has(node: string, role: string): boolean {
		return this.#newest.has(`${node}/${role}`);
	}
}

/** RDDs of the driver. */
export class RddGraph implements NodeContext {
	readonly nodes = new Map<string, PlanNode>();
	readonly functions = new FunctionRegistry();
	readonly defaultParallelism: number;
	#byNode = new Map<string, Rdd>();
	/** RDDs of batches that the notebook may refer to by id. */
	#lent = new Map<string, Rdd>();

	constructor(defaultParallelism: number) {
		this.defaultParallelism = defaultParallelism;
	}

	fn(node: PlanNode, role: string): FnRef {
		return this.functions.ref(node, role);
	}

	/** Adds nodes that were shipped; known ids stay what they are. */
	add(nodes: readonly PlanNode[]): void {
		for (const node of nodes) if (!this.nodes.has(node.id)) this.nodes.set(node.id, node);
	}

	/** Makes an RDD of a spec. `node` and `ordinal` make its id. */
	make(spec: RddSpec, node: string, time: number, ordinal: number): Rdd {
		return {
			id: `${node}@${time}.${ordinal}`,
			op: spec.op,
			parents: spec.parents ?? [],
			params: spec.params ?? {},
			fns: spec.fns ?? {},
			partitions: spec.partitions,
			partitioner: spec.partitioner,
			time,
			node: ordinal === 0 ? node : `${node}.${ordinal}`,
			payload: spec.payload,
		};
	}

	/** Returns the RDD of a plan node that user code built outside the stream. */
	planned(id: string): Rdd {
		const lent = this.#lent.get(id) ?? this.#byNode.get(id);
		if (lent !== undefined) return lent;
		const node = this.nodes.get(id);
		if (node === undefined) throw new Error(`the driver was never told about the RDD ${id}; its batch may be over`);
		const operator = rddOperator(node.op);
		if (operator.fromNode === undefined) throw new Error(`"${node.op}" is not an RDD operation`);
		const spec = operator.fromNode(
			node,
			node.parents.map((parent) => this.planned(parent)),
			this,
		);
		const rdd = this.make(spec, node.id, 0, 0);
		if (node.params.persist === true) rdd.persist = true;
		this.#byNode.set(id, rdd);
		return rdd;
	}

	/** Lets the notebook refer to an RDD of a batch. */
	lend(rdd: Rdd): void {
		this.#lent.set(rdd.id, rdd);
	}

	/** Ends the lending of a batch, and of everything the notebook built on it. */
	takeBack(ids: readonly string[]): void {
		const gone = new Set(ids);
		for (const id of ids) this.#lent.delete(id);
		for (const [id, node] of this.nodes) {
			if (!node.parents.some((parent) => gone.has(parent))) continue;
			gone.add(id);
			this.nodes.delete(id);
			this.#byNode.delete(id);
		}
	}
}
