// Generated loops of an executor: one per stage and input shape, so that V8 optimises each for its own functions.
import { inspect } from "node:util";
import { loopText, type Shape, type SinkShape } from "../compile/index.ts";
import { keyOf } from "../data/index.ts";
import { streamError } from "../errors/index.ts";
import type { Opened, TaskSink } from "../plan/operators.ts";
import type { Pipe } from "../plan/stage.ts";
import type { FunctionTable } from "./functions.ts";

type Loop = (input: Opened, sink: TaskSink, env: LoopEnvironment) => void;

/** What a generated loop may call. */
export interface LoopEnvironment {
	keyOf(key: unknown): unknown;
	list(iterable: unknown, op: string): readonly unknown[];
	notPair(op: string, element: unknown): never;
	/** Whether a value that is neither true nor false counts as true; refuses promises. */
	truth(value: unknown, op: string): boolean;
	failed(error: unknown, record: unknown): unknown;
	/** An element is left out because its function threw; running out of memory or time is no fault of an element. */
	skipped(error: unknown): void;
}

/** An error of a user function together with the record it was given, where there is one. */
export class RecordFailure {
	readonly error: unknown;
	readonly record: { readonly value: unknown } | undefined;
	/** Steps that were at work, for errors whose stack does not tell. */
	step: string | undefined;
	constructor(error: unknown, record: { readonly value: unknown } | undefined) {
		this.error = error;
		this.record = record;
	}
}

let skippedElements = 0;

/** Returns how many elements were left out since the last call. */
export function takeSkipped(): number {
	const count = skippedElements;
	skippedElements = 0;
	return count;
}

/** The environment of all loops. */
export const environment: LoopEnvironment = {
	keyOf,
	list(value, op) {
		if (Array.isArray(value)) return value;
		if (value !== null && value !== undefined && typeof (value as Iterable<unknown>)[Symbol.iterator] === "function") {
			return Array.from(value as Iterable<unknown>);
		}
		throw streamError("STREAM_TASK", {
			step: op,
			expected: "an iterable from the function",
			got: describe(value),
			way: "return an array, a Set, a generator … (an empty array for nothing)",
		});
	},
	notPair(op, element) {
		throw streamError("STREAM_TASK", {
			step: op,
			expected: "pairs [key, value]",
			got: describe(element),
			way: "make pairs first, e.g. map(x => [key, value])",
		});
	},
	truth(value, op) {
		if (value instanceof Promise) {
			throw streamError("STREAM_TASK", {
				step: op,
				expected: "a value from the function",
				got: "a promise from the function",
				way: "functions of tasks cannot wait: use mapAsync(f, { concurrency }) before this step for what has to await",
			});
		}
		return Boolean(value);
	},
	skipped() {
		skippedElements++;
	},
	failed(error, record) {
		return error instanceof RecordFailure ? error : new RecordFailure(error, { value: record });
	},
};

/** Returns a short text of a value for error messages. */
export function describe(value: unknown): string {
	if (typeof value === "string") return JSON.stringify(value.length > 120 ? `${value.slice(0, 120)}…` : value);
	if (typeof value === "function") return "a function";
	if (typeof value === "object" && value !== null) {
		try {
			const text = JSON.stringify(value);
			return text.length > 120 ? `${text.slice(0, 120)}…` : text;
		} catch {
			const text = inspect(value, { depth: 2, breakLength: Number.POSITIVE_INFINITY });
			return text.length > 120 ? `${text.slice(0, 120)}…` : text;
		}
	}
	return typeof value === "bigint" ? `${value}n` : String(value);
}

/** Compiles and keeps loops by the functions they call. */
export class LoopCache {
	#loops = new Map<string, Loop>();
	#numbers = new WeakMap<object, number>();
	#next = 0;
	readonly #functions: FunctionTable;

	constructor(functions: FunctionTable) {
		this.#functions = functions;
	}

	/**
	 * Returns the loop of a pipe; other functions, also a new version of one, give another loop.
	 *
	 * @param combine what the sink merges with: loops that merge differently are not shared.
	 */
	get(stage: string, pipe: Pipe, shape: Shape, sink: SinkShape, combine?: object): Loop {
		let name = `${shape}|${sink}`;
		if (combine !== undefined) name += `#${this.#number(combine)}`;
		for (const step of pipe.steps) {
			name += `|${step.op}${JSON.stringify(step.params)}`;
			for (const role in step.fns) name += `:${role}#${this.#number(this.#functions.get(step.fns[role]))}`;
		}
		let loop = this.#loops.get(name);
		if (loop === undefined) {
			// Loops of functions that no longer exist would pile up under a stream of live changes.
			if (this.#loops.size >= 500) this.#loops.clear();
			const { text, parameters } = loopText(shape, pipe.steps, sink);
			const names = parameters.map((_, index) => `f${index}`);
			const label = `${stage}|${shape}|${sink}`.replace(/[^\w|:@.-]/g, "_");
			const make = new Function(...names, `${text}\n//# sourceURL=millrace-stage-${label}`);
			const functions = parameters.map(([step, role]) => this.#functions.get(pipe.steps[step].fns[role]));
			loop = make(...functions) as Loop;
			this.#loops.set(name, loop);
		}
		return loop;
	}

	#number(fn: object): number {
		let number = this.#numbers.get(fn);
		if (number === undefined) {
			number = this.#next++;
			this.#numbers.set(fn, number);
		}
		return number;
	}
}
