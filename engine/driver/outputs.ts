// Output operations in the driver: what each does with the RDD of a batch.
import { decodeRecords } from "../data/index.ts";
import { decodeError, encodeError, streamError } from "../errors/index.ts";
import { type Rdd, rddOperator } from "../plan/operators.ts";
import type { FnRef, TaskResult } from "../plan/stage.ts";
import type { Plain } from "../plan/types.ts";
import { mergeRows, type PartRows } from "../rdd/actions/rows.ts";
import { narrowSpec } from "../rdd/narrow.ts";
import type { DriverReport, OutputSpec } from "../runtime/messages.ts";
import type { DagScheduler, JobContext } from "./dag.ts";
import type { EventBus } from "./events.ts";
import type { DriverFunctions } from "./functions.ts";
import type { RddGraph } from "./rdds.ts";
import { batchPath, saveDirectory } from "./save.ts";
import type { StateTracker } from "./state-tracker.ts";

/** Rows of a batch that a live view gets. */
const VIEW_ROWS = 200;

/** What outputs need of the driver. */
export interface OutputServices {
	readonly dag: DagScheduler;
	readonly states: StateTracker;
	readonly rdds: RddGraph;
	readonly functions: DriverFunctions;
	readonly events: EventBus;
	report(report: DriverReport): void;
	/** The notebook is done with an RDD of a batch. */
	takeBack(rdd: string): void;
}

/** Returns the stateful RDDs that `rdd` is computed from within its batch. */
export function statefulParts(rdd: Rdd, time: number): Rdd[] {
	const found = new Map<string, Rdd>();
	const walk = (at: Rdd) => {
		if (at.time !== time || found.has(at.id)) return;
		for (const parent of at.parents) walk(parent);
		if (rddOperator(at.op).stateful) found.set(at.id, at);
	};
	walk(rdd);
	return [...found.values()];
}

/** Runs output operations. */
export class Outputs {
	readonly #with: OutputServices;
	#waiting = new Map<string, { resolve: () => void; reject: (error: Error) => void; lent: string }>();
	#nextJob = 1;

	constructor(services: OutputServices) {
		this.#with = services;
	}

	/** Number of notebook outputs that have not answered yet. */
	get pending(): number {
		return this.#waiting.size;
	}

	/** Makes the context of a job of an output. */
	job(output: OutputSpec | undefined, time: number): JobContext {
		return { job: this.#nextJob++, batchTime: time, cell: output?.origin.cell };
	}

	/** True for the numbers of jobs that were made. */
	knows(job: number): boolean {
		return job < this.#nextJob;
	}

	/** Runs an action over an RDD; resolves with the records of each partition. */
	async action(
		rdd: Rdd,
		action: string,
		params: { readonly [name: string]: Plain },
		fns: { readonly [role: string]: FnRef },
		context: JobContext,
	): Promise<unknown[][]> {
		return (await this.encoded(rdd, action, params, fns, context)).map((result) => decodeRecords(result.segments[0]));
	}

	/** Like `action`, but leaves the records encoded. */
	encoded(
		rdd: Rdd,
		action: string,
		params: { readonly [name: string]: Plain },
		fns: { readonly [role: string]: FnRef },
		context: JobContext,
	): Promise<TaskResult[]> {
		return this.#with.dag.runJob(rdd, { kind: "action", action, params, fns }, context);
	}

	/** True when the output may lag behind: it waits for the notebook. */
	isNotebook(output: OutputSpec): boolean {
		return output.op === "foreachRDD" && output.on === "notebook";
	}

	/** Prepares the RDD of a batch before any job of it runs: state that is read later must be kept as of this batch. */
	prepare(output: OutputSpec, rdd: Rdd): void {
		if (output.op === "foreachRDD") for (const part of statefulParts(rdd, rdd.time)) part.persist = true;
	}

	/**
	 * Runs an output; resolves when it is done, for notebook outputs when the notebook has answered. `computed` is called
	 * when executors have nothing left to do for it.
	 */
	async run(output: OutputSpec, rdd: Rdd, time: number, context: JobContext, computed?: () => void): Promise<void> {
		switch (output.op) {
			case "print":
				return this.#print(output, rdd, time, context);
			case "saveAsTextFiles":
			case "saveAsObjectFiles":
				return this.#save(output, rdd, time, context);
			case "view":
				return this.#view(output, rdd, time, context);
			case "foreachRDD":
				await this.#settle(rdd, time, context);
				computed?.();
				return output.on === "notebook" ? this.#ask(output, rdd, time) : this.#call(output, rdd, time);
		}
	}

	/** Brings the state behind an RDD to this batch, whatever the output's function does with it. */
	async #settle(rdd: Rdd, time: number, context: JobContext): Promise<void> {
		for (const part of statefulParts(rdd, time)) {
			if (this.#with.dag.isKept(part)) continue;
			await this.#with.dag.runJob(part, { kind: "action", action: "count", params: {}, fns: {} }, context);
		}
	}

	async #print(output: OutputSpec, rdd: Rdd, time: number, context: JobContext): Promise<void> {
		const num = output.params.num as number;
		const parts = (await this.action(rdd, "print", { num }, {}, context)) as string[][];
		const items = parts.flat();
		const rule = "-------------------------------------------";
		const lines = [rule, `Time: ${time} ms`, rule, ...items.slice(0, num)];
		if (items.length > num) lines.push("...");
		this.#with.events.send({
			kind: "print",
			output: output.id,
			batchTime: time,
			text: `${lines.join("\n")}\n\n`,
			cell: output.origin.cell,
			display: output.display,
		});
	}

	async #save(output: OutputSpec, rdd: Rdd, time: number, context: JobContext): Promise<void> {
		const { prefix, suffix } = output.params as { prefix: string; suffix: string };
		const op = output.op === "saveAsTextFiles" ? "writeText" : "writeObjects";
		await saveDirectory(batchPath(prefix, suffix, time), async (path) => {
			const spec = narrowSpec(op, rdd, {}, { params: { path, gzip: false } });
			const written = this.#with.rdds.make(spec, `${output.key}~`, time, 1);
			await this.action(written, "count", {}, {}, context);
		});
	}

	async #view(output: OutputSpec, rdd: Rdd, time: number, context: JobContext): Promise<void> {
		const parts = (await this.action(rdd, "rows", { limit: VIEW_ROWS }, {}, context)).map(
			(part) => part[0] as PartRows,
		);
		this.#with.events.send({
			kind: "view-batch",
			view: output.params.view as string,
			batch: output.params.batch as number,
			batchTime: time,
			data: mergeRows(parts, VIEW_ROWS),
		});
	}

	async #call(output: OutputSpec, rdd: Rdd, time: number): Promise<void> {
		const ref = this.#with.rdds.functions.newest(output.key, "f");
		await this.#with.functions.call(ref, output.key, [rdd], time, false);
	}

	#ask(output: OutputSpec, rdd: Rdd, time: number): Promise<void> {
		this.#with.rdds.lend(rdd);
		return new Promise((resolve, reject) => {
			this.#waiting.set(`${output.id}@${time}`, { resolve, reject, lent: rdd.id });
			this.#with.report({
				kind: "foreach",
				output: output.id,
				time,
				rdd: rdd.id,
				partitions: rdd.partitions,
				partitioner: rdd.partitioner,
			});
		});
	}

	/** The notebook has run its function for a batch. */
	answered(output: number, time: number, error: Parameters<typeof decodeError>[0] | undefined): void {
		const name = `${output}@${time}`;
		const waiting = this.#waiting.get(name);
		if (waiting === undefined) return;
		this.#waiting.delete(name);
		this.#with.takeBack(waiting.lent);
		if (error === undefined) waiting.resolve();
		else waiting.reject(decodeError(error));
	}

	/** A batch was cancelled: it waits for the notebook no longer. */
	cancelWaiting(time: number, error: Error): void {
		for (const [name, waiting] of this.#waiting) {
			if (!name.endsWith(`@${time}`)) continue;
			this.#waiting.delete(name);
			this.#with.takeBack(waiting.lent);
			waiting.reject(error);
		}
	}

	/** A notebook output was removed: its batches wait no longer. */
	dropped(output: number): void {
		for (const [name, waiting] of this.#waiting) {
			if (!name.startsWith(`${output}@`)) continue;
			this.#waiting.delete(name);
			this.#with.takeBack(waiting.lent);
			waiting.reject(
				streamError("STREAM_CANCELLED", {
					step: "foreachRDD",
					message: "the output was removed before it had answered",
				}),
			);
		}
	}

	/** Tells everyone that an output failed in a batch. */
	failed(output: OutputSpec | undefined, time: number, error: unknown): void {
		this.#with.events.send({
			kind: "output-error",
			output: output?.id ?? -1,
			batchTime: time,
			error: encodeError(error),
			cell: output?.origin.cell,
		});
	}
}
