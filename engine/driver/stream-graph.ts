// The DStream graph in the driver: which RDD a stream has at a time, and how long RDDs are remembered.
import { type BlockRef, dstreamOperator, type LowerContext, type QueueEntry, type Rdd } from "../plan/operators.ts";
import type { FnRef } from "../plan/stage.ts";
import type { PlanNode } from "../plan/types.ts";
import type { RddGraph } from "./rdds.ts";

/** Where sources get their input from, and who runs driver functions. */
export interface StreamInputs {
	blocks(stream: string, time: number): readonly BlockRef[];
	dequeue(stream: string, all: boolean, time: number): readonly QueueEntry[];
	chooseFiles(
		stream: string,
		time: number,
		choose: (before: ReadonlySet<string>) => Promise<readonly string[]>,
	): Promise<readonly string[]>;
	driverFunction(node: PlanNode, role: string): (...args: unknown[]) => unknown;
	warn(node: PlanNode, text: string): void;
	/** True when all partitions of a state exist. */
	stateMade(store: string, partitions: number): boolean;
	call(node: PlanNode, role: string, rdds: readonly Rdd[], time: number, list?: boolean): Promise<Rdd | undefined>;
}

/** RDDs of streams by time. */
export class StreamGraph {
	readonly #rdds: RddGraph;
	readonly #inputs: StreamInputs;
	#batchMs = 0;
	#memo = new Map<string, Map<number, Promise<Rdd | undefined>>>();
	#slides = new Map<string, number>();
	#remember = new Map<string, number>();
	#persisted = new Set<string>();
	#yielded = new Set<string>();
	/** Spark's zero time: the first batch time minus the batch duration. */
	zeroTime = 0;
	/** A batch whose RDD could not be made counts as absent for later batches; else they try again, as in Spark. */
	readonly #skipFailed: boolean;

	constructor(rdds: RddGraph, inputs: StreamInputs, skipFailed: boolean) {
		this.#skipFailed = skipFailed;
		this.#rdds = rdds;
		this.#inputs = inputs;
	}

	/** Sets the batch duration, once, before the first batch. */
	setBatch(ms: number): void {
		this.#batchMs = ms;
	}

	#node(id: string): PlanNode {
		const node = this.#rdds.nodes.get(id);
		if (node === undefined) throw new Error(`the driver was never told about the stream ${id}`);
		return node;
	}

	/** Slide duration of a stream in ms. */
	slideOf(id: string): number {
		let slide = this.#slides.get(id);
		if (slide === undefined) {
			const node = this.#node(id);
			const parent = node.parents.length === 0 ? this.#batchMs : this.slideOf(node.parents[0]);
			slide = dstreamOperator(node.op).slide?.(node, parent) ?? parent;
			this.#slides.set(id, slide);
		}
		return slide;
	}

	/** Works out, for all streams that outputs need, how long their RDDs are remembered and which are kept. */
	plan(outputs: readonly string[], remember: number): void {
		this.#remember.clear();
		this.#persisted.clear();
		const visit = (id: string, least: number, slide: number) => {
			const known = this.#remember.get(id) ?? -1;
			const node = this.#node(id);
			const operator = dstreamOperator(node.op);
			const own = Math.max(least, this.slideOf(id), remember, operator.remember?.(node, this.slideOf(id)) ?? 0);
			if (known >= own) return;
			this.#remember.set(id, own);
			if (operator.persists || node.params.persist === true) this.#persisted.add(id);
			// A kept RDD is not computed again: what it was made from is needed until a window has asked for it, no longer.
			const passed = this.#persisted.has(id) ? slide : own;
			for (const parent of node.parents) {
				if (operator.persistsParents) this.#persisted.add(parent);
				visit(parent, passed + (operator.parentRemember?.(node) ?? 0), Math.max(slide, this.slideOf(id)));
			}
		};
		for (const id of outputs) visit(id, 0, this.slideOf(id));
	}

	/** Longest time any stream remembers, in ms. */
	get longest(): number {
		return Math.max(this.#batchMs, ...this.#remember.values());
	}

	isTimeValid(id: string, time: number): boolean {
		return time > this.zeroTime && (time - this.zeroTime) % this.slideOf(id) === 0;
	}

	/** Returns the RDD of a stream at a time, computed once; undefined means there is none. */
	getOrCompute(id: string, time: number): Promise<Rdd | undefined> {
		let times = this.#memo.get(id);
		if (times === undefined) {
			times = new Map();
			this.#memo.set(id, times);
		}
		let rdd = times.get(time);
		if (rdd === undefined) {
			rdd = this.isTimeValid(id, time) ? this.#compute(id, time) : Promise.resolve(undefined);
			const own = times;
			own.set(time, rdd);
			rdd.catch(() => {
				if (this.#skipFailed) this.#failed.set(time, [...(this.#failed.get(time) ?? []), id]);
				else own.delete(time);
			});
		}
		return rdd;
	}

	readonly #failed = new Map<number, string[]>();

	/** The batch of `time` has been generated: what failed in it is absent from now on. */
	generated(time: number): void {
		for (const id of this.#failed.get(time) ?? []) this.#memo.get(id)?.set(time, Promise.resolve(undefined));
		this.#failed.delete(time);
	}

	/** A stream had an RDD before this driver started. */
	hasYielded(id: string): void {
		this.#yielded.add(id);
	}

	async #compute(id: string, time: number): Promise<Rdd | undefined> {
		const node = this.#node(id);
		let ordinal = 1;
		const fns: { [role: string]: FnRef } = {};
		for (const role of Object.keys(node.functions)) fns[role] = this.#rdds.fn(node, role);
		const made: Rdd[] = [];
		const context: LowerContext = {
			node,
			time,
			zeroTime: this.zeroTime,
			batchMs: this.#batchMs,
			defaultParallelism: this.#rdds.defaultParallelism,
			fns,
			hasState: this.#yielded.has(id),
			stateMade: (partitions) => this.#inputs.stateMade(id, partitions),
			fn: (of, role) => this.#rdds.fn(of, role),
			slideOf: (of) => this.slideOf(of),
			parent: (index, at = time) => this.getOrCompute(node.parents[index], at),
			slice: async (index, from, to) => {
				const parent = node.parents[index];
				const slide = this.slideOf(parent);
				const rdds: Rdd[] = [];
				for (let at = from; at <= to; at += slide) {
					if (!this.isTimeValid(parent, at)) continue;
					const rdd = await this.getOrCompute(parent, at);
					if (rdd !== undefined) rdds.push(rdd);
				}
				return rdds;
			},
			rdd: (spec) => {
				const rdd = this.#rdds.make(spec, id, time, ordinal++);
				made.push(rdd);
				return rdd;
			},
			chooseFiles: (choose) => this.#inputs.chooseFiles(id, time, choose),
			driverFunction: (role) => this.#inputs.driverFunction(node, role),
			warn: (text) => this.#inputs.warn(node, text),
			planned: (planned) => this.#rdds.planned(planned),
			blocks: () => this.#inputs.blocks(id, time),
			dequeue: (all) => this.#inputs.dequeue(id, all, time),
			call: (role, rdds, list) => this.#inputs.call(node, role, rdds, time, list),
		};
		const rdd = await dstreamOperator(node.op).lower(context);
		if (rdd === undefined) return undefined;
		this.#yielded.add(id);
		// The stream's own RDD carries the id of the stream: state and kept partitions are found by it.
		const own = made.includes(rdd) ? { ...rdd, id: `${id}@${time}`, node: id } : rdd;
		if (this.#persisted.has(id) && made.includes(rdd)) own.persist = true;
		return own;
	}

	/** Drops RDDs that no stream remembers any more at `time`; returns the ids that are gone, and the input blocks. */
	async clear(time: number): Promise<{ rdds: string[]; blocks: string[] }> {
		const gone = { rdds: [] as string[], blocks: [] as string[] };
		for (const [id, times] of this.#memo) {
			const keep = this.#remember.get(id) ?? this.#batchMs;
			for (const [at, pending] of times) {
				if (at > time - keep) continue;
				times.delete(at);
				const rdd = await pending.catch(() => undefined);
				if (rdd !== undefined) collectIds(rdd, at, gone, new Set());
			}
		}
		return gone;
	}
}

function collectIds(rdd: Rdd, time: number, into: { rdds: string[]; blocks: string[] }, seen: Set<string>): void {
	if (rdd.time !== time || seen.has(rdd.id)) return;
	seen.add(rdd.id);
	into.rdds.push(rdd.id);
	if (rdd.op === "blocks") for (const block of rdd.payload as readonly BlockRef[]) into.blocks.push(block.id);
	for (const parent of rdd.parents) collectIds(parent, time, into, seen);
}
