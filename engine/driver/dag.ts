// DAGScheduler: cuts the lineage of a job into stages at shuffles, runs what is missing, keeps what is kept.
import { hashString } from "../data/index.ts";
import { bare, type Rdd, type ResolveContext, rddOperator, type ShuffleDependency, stepOf } from "../plan/operators.ts";
import type { DataRef, Pipe, Sink, Task, TaskResult } from "../plan/stage.ts";
import type { StateTracker } from "./state-tracker.ts";
import type { TaskScheduler } from "./tasks.ts";

/** What a job is for; goes into its tasks. */
export interface JobContext {
	readonly job: number;
	readonly batchTime: number;
	readonly cell?: string;
}

interface Shuffle {
	readonly dependency: ShuffleDependency;
	/** Per map partition, the segments of all reduce partitions. */
	readonly outputs: (readonly SharedArrayBuffer[] | undefined)[];
	running: Promise<void> | undefined;
	/** Job that runs it. */
	job: number;
}

/** Data that is in memory anyway is not kept a second time. */
const inMemory = new Set(["blocks", "parallelize"]);

/** Returns the batch time in an RDD's id, 0 outside a stream. */
export function timeOf(rdd: string): number {
	return Number(rdd.slice(rdd.lastIndexOf("@") + 1).split(".")[0]);
}

/** Runs jobs. Shuffle output and kept partitions are in shared memory, so the loss of an executor loses neither. */
export class DagScheduler {
	/** By RDD, then by number of the parent. */
	#shuffles = new Map<string, Map<number, Shuffle>>();
	#kept = new Map<string, Map<number, DataRef>>();
	readonly #tasks: TaskScheduler;
	readonly #states: StateTracker;
	readonly #seed: number;
	readonly #onKept: (rdd: string, partition: number, ref: DataRef) => void;
	/** Times of batches that failed for good and whose missing parts count as empty. */
	readonly failedTimes = new Set<number>();

	constructor(
		tasks: TaskScheduler,
		states: StateTracker,
		seed: number,
		onKept: (rdd: string, partition: number, ref: DataRef) => void,
	) {
		this.#tasks = tasks;
		this.#states = states;
		this.#seed = seed;
		this.#onKept = onKept;
	}

	/** Runs `sink` over every partition of `rdd`; resolves with the results in partition order. */
	async runJob(rdd: Rdd, sink: Sink, context: JobContext): Promise<TaskResult[]> {
		await this.#prepare(rdd, context, new Set());
		const stage = `${rdd.node}/${sink.kind === "action" ? sink.action : "shuffle"}`;
		const tasks = Array.from({ length: rdd.partitions }, (_, partition) =>
			this.#task(rdd, partition, sink, stage, context),
		);
		return this.#tasks.run({ job: context.job, tasks });
	}

	/** Takes over a kept partition that a task (or the ring) has made. */
	keep(key: string, ref: DataRef): void {
		const slash = key.lastIndexOf("/");
		const rdd = key.slice(0, slash);
		const partition = Number(key.slice(slash + 1));
		let partitions = this.#kept.get(rdd);
		if (partitions === undefined) {
			partitions = new Map();
			this.#kept.set(rdd, partitions);
		}
		partitions.set(partition, ref);
		this.#onKept(rdd, partition, ref);
	}

	/** Returns a kept partition, if it is there. */
	kept(key: string): DataRef | undefined {
		const slash = key.lastIndexOf("/");
		return this.#kept.get(key.slice(0, slash))?.get(Number(key.slice(slash + 1)));
	}

	/** True when all partitions of a persisted RDD are kept. */
	isKept(rdd: Rdd): boolean {
		return rdd.persist === true && (this.#kept.get(rdd.id)?.size ?? 0) >= rdd.partitions && rdd.partitions > 0;
	}

	/** Drops the shuffle output and kept partitions of RDDs. */
	forget(rdds: readonly string[]): void {
		const keys: string[] = [];
		for (const id of rdds) {
			const kept = this.#kept.get(id);
			if (kept !== undefined) for (const partition of kept.keys()) keys.push(`${id}/${partition}`);
			this.#kept.delete(id);
			this.#shuffles.delete(id);
		}
		if (keys.length > 0) this.#tasks.forget({ keys });
	}

	/** Drops what batches up to `time` have left: RDDs that driver functions made are in no stream's memory. */
	forgetUpTo(time: number): void {
		const old: string[] = [];
		for (const ids of [this.#shuffles.keys(), this.#kept.keys()]) {
			for (const id of ids) {
				const at = timeOf(id);
				if (at > 0 && at <= time) old.push(id);
			}
		}
		this.forget(old);
	}

	#task(rdd: Rdd, partition: number, sink: Sink, stage: string, context: JobContext): Omit<Task, "id" | "attempt"> {
		return {
			job: context.job,
			stage,
			batchTime: context.batchTime,
			partition,
			pipes: this.#resolve.pipes(rdd, partition),
			sink,
			seed: hashString(`${context.batchTime}/${stage}/${partition}`, this.#seed),
			cell: context.cell,
		};
	}

	readonly #resolve: ResolveContext = {
		pipes: (rdd, partition) => {
			if (!rdd.persist || inMemory.has(rdd.op)) return this.#compute(rdd, partition);
			const key = `${rdd.id}/${partition}`;
			const ref = this.#kept.get(rdd.id)?.get(partition);
			if (ref !== undefined) return bare({ kind: "data", data: ref.data, key });
			return bare({ kind: "materialize", key, pipes: this.#compute(rdd, partition) });
		},
		segments: (rdd, parent, partition) => {
			const shuffle = this.#shuffles.get(rdd.id)?.get(parent);
			if (shuffle === undefined) throw new Error(`no shuffle ${rdd.id}#${parent}`);
			return shuffle.outputs.map((segments) => (segments as readonly SharedArrayBuffer[])[partition]);
		},
		state: (store, partition, to) => this.#states.use(store, partition, to),
		computable: (rdd, partition) =>
			!this.failedTimes.has(rdd.time) || inMemory.has(rdd.op) || this.#kept.get(rdd.id)?.get(partition) !== undefined,
	};

	#compute(rdd: Rdd, partition: number): Pipe[] {
		const operator = rddOperator(rdd.op);
		if (operator.resolve !== undefined) return operator.resolve(rdd, partition, this.#resolve);
		const step = stepOf(rdd);
		return this.#resolve
			.pipes(rdd.parents[0], partition)
			.map((pipe) => ({ input: pipe.input, steps: [...pipe.steps, step] }));
	}

	/** Runs the shuffles that `rdd` stands on and that are not there yet. */
	async #prepare(rdd: Rdd, context: JobContext, seen: Set<string>): Promise<void> {
		if (seen.has(rdd.id) || this.isKept(rdd)) return;
		seen.add(rdd.id);
		const dependencies = rddOperator(rdd.op).shuffles?.(rdd) ?? [];
		const shuffled = new Set(dependencies.map((dependency) => dependency.parent));
		const waits: Promise<void>[] = [];
		for (const dependency of dependencies) waits.push(this.#shuffle(rdd, dependency, context));
		for (let i = 0; i < rdd.parents.length; i++) {
			const parent = rdd.parents[i];
			if (shuffled.has(i) || (parent.time !== context.batchTime && this.failedTimes.has(parent.time))) continue;
			waits.push(this.#prepare(parent, context, seen));
		}
		if (waits.length > 0) await Promise.all(waits);
	}

	#shuffle(rdd: Rdd, dependency: ShuffleDependency, context: JobContext): Promise<void> {
		let shuffles = this.#shuffles.get(rdd.id);
		if (shuffles === undefined) {
			shuffles = new Map();
			this.#shuffles.set(rdd.id, shuffles);
		}
		let shuffle = shuffles.get(dependency.parent);
		if (shuffle === undefined) {
			const parent = rdd.parents[dependency.parent];
			shuffle = {
				dependency,
				outputs: new Array(parent.partitions).fill(undefined),
				running: undefined,
				job: context.job,
			};
			shuffles.set(dependency.parent, shuffle);
		}
		const { running, job } = shuffle;
		// Another job's failure (it may have been cancelled) is not ours: we try for ourselves.
		if (running !== undefined)
			return job === context.job ? running : running.catch(() => this.#shuffle(rdd, dependency, context));
		const current = shuffle;
		current.job = context.job;
		current.running = this.#runMaps(rdd, current, context).catch((error) => {
			// A failed map stage may be tried again by a later job.
			current.running = undefined;
			throw error;
		});
		return current.running;
	}

	async #runMaps(rdd: Rdd, shuffle: Shuffle, context: JobContext): Promise<void> {
		const parent = rdd.parents[shuffle.dependency.parent];
		await this.#prepare(parent, context, new Set());
		const { partitions, combine, count, direct } = shuffle.dependency;
		const sink: Sink = { kind: "shuffle", partitions, combine, count, direct, seed: this.#seed };
		const stage = `${rdd.node}/shuffle${shuffle.dependency.parent}`;
		const missing = shuffle.outputs.flatMap((output, partition) => (output === undefined ? [partition] : []));
		const results = await this.#tasks.run({
			job: context.job,
			tasks: missing.map((partition) => this.#task(parent, partition, sink, stage, context)),
		});
		results.forEach((result, index) => {
			shuffle.outputs[missing[index]] = result.segments;
		});
	}
}
