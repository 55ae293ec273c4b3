// The plan in the driver: nodes as they were shipped, RDDs made from them, function versions.
import type { CapturedFunction } from "../capture/types.ts";
import type { NodeContext, Rdd, RddSpec } from "../plan/operators.ts";
import { rddOperator } from "../plan/operators.ts";
import type { FnRef } from "../plan/stage.ts";
import type { PlanNode } from "../plan/types.ts";

/** Versions of one function that are held: batches that still run may use an older one. */
const VERSIONS = 64;

interface Known {
	readonly fn: CapturedFunction;
	readonly step: string;
	/** Newest batch that used it, for functions known by content. */
	used: number;
}

/** Functions by key and version; a live change is a new version. */
export class FunctionRegistry {
	#functions = new Map<string, Known>();
	#newest = new Map<string, number>();
	/** References nobody can use any more, until they are taken by `takeDropped`. */
	#dropped: FnRef[] = [];

	/** Returns a reference to the newest version of a node's function. */
	ref(node: PlanNode, role: string): FnRef {
		const key = `${node.id}/${role}`;
		const version = this.#newest.get(key);
		if (version !== undefined) return { key, version };
		return this.update(node.id, role, node.functions[role], node.step ?? node.op);
	}

	/** Adds a version unless it is the newest already; RDDs made from now on use it. */
	update(node: string, role: string, fn: CapturedFunction, step: string): FnRef {
		const key = `${node}/${role}`;
		const newest = this.#newest.get(key) ?? 0;
		if (this.#functions.get(`${key}@${newest}`)?.fn.hash === fn.hash) return { key, version: newest };
		const version = newest + 1;
		this.#newest.set(key, version);
		this.#functions.set(`${key}@${version}`, { fn, step, used: 0 });
		this.#drop({ key, version: version - VERSIONS });
		return { key, version };
	}

	/** Returns a reference by content: the same closure made again in a later batch is the same function. */
	byContent(fn: CapturedFunction, step: string, time: number): FnRef {
		const ref = { key: `#${fn.hash}`, version: 0 };
		const known = this.#functions.get(`${ref.key}@0`);
		if (known === undefined) this.#functions.set(`${ref.key}@0`, { fn, step, used: time });
		else known.used = Math.max(known.used, time);
		return ref;
	}

	/** Forgets functions by content that only batches up to `time` have used; those of no batch stay. */
	forgetContent(time: number): void {
		for (const [name, { used }] of this.#functions) {
			if (name.startsWith("#") && used > 0 && used <= time) this.#drop({ key: name.slice(0, -2), version: 0 });
		}
	}

	/** Forgets the functions of a node. */
	forgetNode(node: PlanNode): void {
		for (const role of Object.keys(node.functions)) {
			const key = `${node.id}/${role}`;
			const newest = this.#newest.get(key) ?? 0;
			for (let version = Math.max(1, newest - VERSIONS); version <= newest; version++) this.#drop({ key, version });
			this.#newest.delete(key);
		}
	}

	#drop(ref: FnRef): void {
		if (this.#functions.delete(`${ref.key}@${ref.version}`)) this.#dropped.push(ref);
	}

	/** Returns the references that were dropped since the last call. */
	takeDropped(): FnRef[] {
		return this.#dropped.splice(0);
	}

	/** Returns the newest version of a function that was added. */
	newest(node: string, role: string): FnRef {
		const key = `${node}/${role}`;
		return { key, version: this.#newest.get(key) ?? 0 };
	}

	get(ref: FnRef): { fn: CapturedFunction; step: string } {
		const found = this.#functions.get(`${ref.key}@${ref.version}`);
		if (found === undefined) throw new Error(`unknown function ${ref.key}@${ref.version}`);
		return found;
	}
}

/** RDDs of the driver. */
export class RddGraph implements NodeContext {
	readonly nodes = new Map<string, PlanNode>();
	readonly functions = new FunctionRegistry();
	readonly defaultParallelism: number;
	readonly configuredParallelism: number | undefined;
	#byNode = new Map<string, Rdd>();
	/** RDDs of batches that the notebook may refer to by id. */
	#lent = new Map<string, { readonly rdd: Rdd; times: number }>();

	constructor(defaultParallelism: number, configuredParallelism?: number) {
		this.defaultParallelism = defaultParallelism;
		this.configuredParallelism = configuredParallelism;
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
			placement: spec.placement,
			time,
			node: ordinal === 0 ? node : `${node}.${ordinal}`,
			payload: spec.payload,
		};
	}

	/** Returns the RDD of a plan node that user code built outside the stream. */
	planned(id: string): Rdd {
		const lent = this.#lent.get(id)?.rdd ?? this.#byNode.get(id);
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

	/** Returns the RDD of an id that the notebook may refer to, undefined when its batch is over. */
	known(id: string): Rdd | undefined {
		return this.#lent.has(id) || this.nodes.has(id) ? this.planned(id) : undefined;
	}

	/** Lets the notebook refer to an RDD of a batch. */
	lend(rdd: Rdd): void {
		// Several outputs may work on one RDD, and several batches on one that stands in a queue.
		const lent = this.#lent.get(rdd.id);
		if (lent === undefined) this.#lent.set(rdd.id, { rdd, times: 1 });
		else lent.times++;
	}

	/** Ends the lending of a batch, and of everything the notebook built on it; returns the RDDs that are gone. */
	takeBack(ids: readonly string[]): string[] {
		const gone = new Set<string>();
		for (const id of ids) {
			const lent = this.#lent.get(id);
			if (lent !== undefined && --lent.times > 0) continue;
			this.#lent.delete(id);
			gone.add(id);
		}
		const rdds: string[] = [];
		for (const [id, node] of this.nodes) {
			if (!node.parents.some((parent) => gone.has(parent))) continue;
			gone.add(id);
			this.nodes.delete(id);
			const rdd = this.#byNode.get(id);
			if (rdd !== undefined) rdds.push(rdd.id);
			this.#byNode.delete(id);
			this.functions.forgetNode(node);
		}
		return rdds;
	}
}
