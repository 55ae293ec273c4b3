// Runs one task: opens inputs, drives the generated loops into the sink, keeps state and kept partitions consistent. Long because inputs and sinks call each other.
import {
	countShared,
	decodePairs,
	decodeRecords,
	encodePairs,
	encodeRecords,
	keyOf,
	partitionOf,
} from "../data/index.ts";
import { isPairs } from "../data/is-pairs.ts";
import {
	actionOperator,
	type OpenContext,
	type Opened,
	rddOperator,
	type StateAccess,
	type TaskSink,
} from "../plan/operators.ts";
import type { DataRef, FnRef, Input, Pipe, StateUse, Task, TaskResult } from "../plan/stage.ts";
import type { DecodedCache } from "./cache.ts";
import { withDeterminism } from "./determinism.ts";
import type { FunctionTable } from "./functions.ts";
import { environment, type LoopCache, RecordFailure } from "./loops.ts";
import type { StateStore } from "./store.ts";

/** What a task needs of its executor. */
export interface Evaluation {
	readonly functions: FunctionTable;
	readonly loops: LoopCache;
	readonly cache: DecodedCache;
	readonly store: StateStore;
}

type AnyFunction = (...args: never[]) => unknown;
type Pairs = { keys: unknown[]; values: unknown[] };

class Evaluator {
	readonly materialized: { key: string; ref: DataRef }[] = [];
	readonly #with: Evaluation;
	readonly #task: Task;

	constructor(evaluation: Evaluation, task: Task) {
		this.#with = evaluation;
		this.#task = task;
	}

	fn(ref: FnRef): AnyFunction {
		return this.#with.functions.get(ref);
	}

	run(pipes: readonly Pipe[], sink: TaskSink): void {
		for (const pipe of pipes) {
			const opened = this.open(pipe.input);
			const combine = sink.shape === "combine" ? sink.combine : undefined;
			const loop = this.#with.loops.get(this.#task.stage, pipe, opened.shape, sink.shape, combine);
			try {
				loop(opened, sink, environment);
			} catch (error) {
				if (error instanceof RecordFailure) error.step ??= pipe.steps.map(({ op }) => op).join(" → ") || undefined;
				throw error;
			}
		}
	}

	records(pipes: readonly Pipe[]): unknown[] {
		if (pipes.length === 1 && pipes[0].steps.length === 0) {
			const opened = this.open(pipes[0].input);
			if (opened.shape === "records") return opened.items as unknown[];
		}
		const items: unknown[] = [];
		this.run(pipes, { shape: "records", items });
		return items;
	}

	table(pipes: readonly Pipe[]): Pairs {
		if (pipes.length === 1 && pipes[0].steps.length === 0) {
			const opened = this.open(pipes[0].input);
			if (opened.shape === "table") return opened as unknown as Pairs;
		}
		const keys: unknown[] = [];
		const values: unknown[] = [];
		this.run(pipes, { shape: "pairs", keys, values });
		return { keys, values };
	}

	combined(pipes: readonly Pipe[], combine: AnyFunction): Pairs {
		const sink = {
			shape: "combine" as const,
			ids: new Map<unknown, number>(),
			keys: [],
			values: [],
			combine: combine as never,
		};
		this.run(pipes, sink);
		return sink;
	}

	grouped(pipes: readonly Pipe[]): { keys: unknown[]; values: unknown[][] } {
		const { keys, values } = this.table(pipes);
		const ids = new Map<unknown, number>();
		const outKeys: unknown[] = [];
		const groups: unknown[][] = [];
		for (let i = 0; i < keys.length; i++) {
			const key = keyOf(keys[i]);
			const id = ids.get(key);
			if (id === undefined) {
				ids.set(key, outKeys.push(keys[i]) - 1);
				groups.push([values[i]]);
			} else groups[id].push(values[i]);
		}
		return { keys: outKeys, values: groups };
	}

	open(input: Input): Opened {
		switch (input.kind) {
			case "text":
				countShared(input.data.byteLength);
				return { shape: "text", text: decodeText(input.data, input.bytes) };
			case "data":
				return this.#with.cache.get(input.key, input.data, decode);
			case "shuffle":
				return this.#openShuffle(input.segments, input.combine);
			case "materialize":
				return this.#materialize(input.key, input.pipes);
			case "opened":
				return input.opened;
			case "op":
				return this.#openOperator(input);
		}
	}

	#openShuffle(segments: readonly SharedArrayBuffer[], combine: FnRef | undefined): Opened {
		const tables = segments.map((segment) => {
			countShared(segment.byteLength);
			return decodePairs(segment);
		});
		if (tables.length === 1) return { shape: "table", keys: tables[0].keys, values: tables[0].values };
		const keys: unknown[] = [];
		const values: unknown[] = [];
		if (combine === undefined) {
			for (const table of tables) {
				for (let i = 0; i < table.keys.length; i++) {
					keys.push(table.keys[i]);
					values.push(table.values[i]);
				}
			}
			return { shape: "table", keys, values };
		}
		const merge = this.fn(combine) as (a: unknown, b: unknown) => unknown;
		const ids = new Map<unknown, number>();
		for (const table of tables) {
			for (let i = 0; i < table.keys.length; i++) {
				const own = table.keys[i];
				const key = keyOf(own);
				const id = ids.get(key);
				if (id === undefined) {
					ids.set(key, keys.length);
					keys.push(own);
					values.push(table.values[i]);
				} else {
					try {
						values[id] = merge(values[id], table.values[i]);
					} catch (error) {
						throw environment.failed(error, [own, table.values[i]]);
					}
				}
			}
		}
		return { shape: "table", keys, values };
	}

	readonly #made = new Map<string, Opened>();

	#materialize(key: string, pipes: readonly Pipe[]): Opened {
		let made = this.#made.get(key);
		if (made === undefined) {
			made = this.#compute(key, pipes);
			this.#made.set(key, made);
		}
		return made;
	}

	#compute(key: string, pipes: readonly Pipe[]): Opened {
		let opened: Opened;
		let data: SharedArrayBuffer;
		const alone = pipes.length === 1 && pipes[0].steps.length === 0 ? this.open(pipes[0].input) : undefined;
		if (alone?.shape === "table") {
			data = encodePairs(alone.keys, alone.values as unknown[]);
			// Objects that are state now will be changed in place by later batches: what is kept is a copy of them.
			opened = Array.prototype.some.call(alone.values, isObject) ? decode(data) : alone;
		} else {
			const items = alone?.shape === "records" ? alone.items : this.records(pipes);
			data = encodeRecords(items);
			// Decoded again: what later batches read must be what everyone else reads, without shared object identity.
			opened = decode(data);
		}
		this.#with.cache.put(key, opened, data.byteLength);
		this.materialized.push({
			key,
			ref: {
				data,
				records: opened.shape === "table" ? opened.keys.length : opened.shape === "records" ? opened.items.length : 0,
			},
		});
		return opened;
	}

	/** Returns the pipes with everything made that has to be waited for, inner inputs first. */
	async settle(pipes: readonly Pipe[]): Promise<Pipe[]> {
		const settled: Pipe[] = [];
		for (const pipe of pipes) settled.push({ ...pipe, input: await this.#settleInput(pipe.input) });
		return settled;
	}

	async #settleInput(input: Input): Promise<Input> {
		if (input.kind === "materialize") return { ...input, pipes: await this.settle(input.pipes) };
		if (input.kind !== "op") return input;
		const inputs: (readonly Pipe[])[] = [];
		for (const pipes of input.inputs) inputs.push(await this.settle(pipes));
		const inner = { ...input, inputs };
		const { openAsync } = rddOperator(input.op);
		if (openAsync === undefined) return inner;
		const context = this.#context(inner);
		// Only the calls themselves: what runs between two awaits of other code must see the clock as it is.
		const during = <T>(f: () => T): T => withDeterminism(this.#task, f);
		return {
			kind: "opened",
			opened: await openAsync({
				...context,
				fn: (role) => {
					const f = context.fn(role) as (...args: unknown[]) => unknown;
					return ((...args: unknown[]) => during(() => f(...args))) as AnyFunction;
				},
				records: (index) => during(() => context.records(index)),
			}),
		};
	}

	#openOperator(input: Extract<Input, { kind: "op" }>): Opened {
		const open = rddOperator(input.op).open;
		if (open === undefined) throw new Error(`operator "${input.op}" has no task`);
		return open(this.#context(input));
	}

	#context(input: Extract<Input, { kind: "op" }>): OpenContext {
		const fn = (role: string) => this.fn(input.fns[role]);
		return {
			fn,
			hasFn: (role) => input.fns[role] !== undefined,
			params: input.params,
			inputs: input.inputs.length,
			records: (index) => this.records(input.inputs[index]),
			table: (index) => this.table(input.inputs[index]),
			combined: (index, role) => this.combined(input.inputs[index], fn(role)),
			grouped: (index) => this.grouped(input.inputs[index]),
			state: () => this.#state(input.state as StateUse),
			batchTime: this.#task.batchTime,
			partition: this.#task.partition,
			failed: (error, ...record) => {
				const failure =
					record.length > 0 || error instanceof RecordFailure
						? (environment.failed(error, record[0]) as RecordFailure)
						: new RecordFailure(error, undefined);
				failure.step ??= input.op;
				return failure;
			},
		};
	}

	#state(use: StateUse): { access: StateAccess; readOnly: boolean; from: number } {
		// Both sides of a join may stand on one state: the second only reads.
		const again = this.#with.store.isOpen(use);
		const access = this.#with.store.open(use);
		return { access, readOnly: again || use.from === use.to, from: use.from };
	}
}

const isObject = (value: unknown): boolean => typeof value === "object" && value !== null;

function decode(data: SharedArrayBuffer): Opened {
	if (isPairs(data)) return { shape: "table", ...decodePairs(data) };
	return { shape: "records", items: decodeRecords(data) };
}

/** Returns the text of a block. Broken UTF-8 becomes U+FFFD; lines end in \n, \r\n or \r, as in Spark's reader. */
function decodeText(data: SharedArrayBuffer, bytes: number): string {
	const text = Buffer.from(data, 0, bytes).toString("utf8");
	return text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
}

function writeShuffle(
	keys: readonly unknown[],
	values: readonly unknown[],
	partitions: number,
	seed: number,
): SharedArrayBuffer[] {
	if (partitions === 1) return [encodePairs(keys, values)];
	const order: number[][] = Array.from({ length: partitions }, () => []);
	for (let i = 0; i < keys.length; i++) order[partitionOf(keys[i], seed, partitions)].push(i);
	return order.map((indices) => encodePairs(keys, values, indices));
}

/** Like `writeShuffle`, except that keys are the numbers of the partitions. */
function writeDirect(keys: readonly number[], values: readonly unknown[], partitions: number): SharedArrayBuffer[] {
	const order: number[][] = Array.from({ length: partitions }, () => []);
	for (let i = 0; i < keys.length; i++) order[keys[i]].push(i);
	return order.map((indices) => encodePairs(keys, values, indices));
}

/** The end of an action may call the user's function, too (`foreachPartition`). */
function finished(finish: () => readonly unknown[], action: string): readonly unknown[] {
	try {
		return finish();
	} catch (error) {
		const failure = new RecordFailure(error, undefined);
		failure.step = action;
		throw failure;
	}
}

function counted(evaluator: Evaluator, evaluation: Evaluation, task: Task, started: number): TaskResult {
	const sink = { shape: "count" as const, count: 0 };
	evaluator.run(task.pipes, sink);
	const segments = [encodePairs([null], [sink.count])];
	const states = evaluation.store.commit();
	return {
		segments,
		records: 1,
		materialized: evaluator.materialized,
		states,
		milliseconds: performance.now() - started,
	};
}

/** Tasks that have waited for their inputs, with the evaluator that has made these. */
const settledTasks = new WeakMap<Task, { readonly evaluator: Evaluator; readonly error?: unknown }>();

/** Tells whether a task has to wait for something. */
export function mustWait(pipes: readonly Pipe[]): boolean {
	return pipes.some(({ input }) => {
		if (input.kind === "materialize") return mustWait(input.pipes);
		return input.kind === "op" && (rddOperator(input.op).openAsync !== undefined || input.inputs.some(mustWait));
	});
}

/** Waits for what a task has to wait for; `evaluate` then runs the task it resolves with, or throws what went wrong. */
export async function settle(evaluation: Evaluation, task: Task): Promise<Task> {
	const evaluator = new Evaluator(evaluation, task);
	try {
		const settled = { ...task, pipes: await evaluator.settle(task.pipes) };
		settledTasks.set(settled, { evaluator });
		return settled;
	} catch (error) {
		settledTasks.set(task, { evaluator, error });
		return task;
	}
}

/** Runs a task to its result. On any error the state partitions it touched are as before, or dropped. */
export function evaluate(evaluation: Evaluation, task: Task): TaskResult {
	const started = performance.now();
	const settled = settledTasks.get(task);
	const evaluator = settled?.evaluator ?? new Evaluator(evaluation, task);
	try {
		if (settled?.error !== undefined) throw settled.error;
		let segments: SharedArrayBuffer[];
		let records: number;
		if (task.sink.kind === "shuffle") {
			const { partitions, seed, combine, count, direct } = task.sink;
			if (count) return counted(evaluator, evaluation, task, started);
			const table =
				combine === undefined ? evaluator.table(task.pipes) : evaluator.combined(task.pipes, evaluator.fn(combine));
			segments = direct
				? writeDirect(table.keys as number[], table.values, partitions)
				: writeShuffle(table.keys, table.values, partitions, seed);
			records = table.keys.length;
		} else {
			const { params, fns } = task.sink;
			const { sink, finish } = actionOperator(task.sink.action).begin({
				params,
				fn: (role) => evaluator.fn(fns[role]),
			});
			evaluator.run(task.pipes, sink);
			const result = finished(finish, task.sink.action);
			segments = [encodeRecords(result)];
			records = result.length;
		}
		const states = evaluation.store.commit();
		return {
			segments,
			records,
			materialized: evaluator.materialized,
			states,
			milliseconds: performance.now() - started,
		};
	} catch (error) {
		evaluation.store.rollback();
		for (const { key } of evaluator.materialized) evaluation.cache.drop(key);
		throw error;
	}
}
