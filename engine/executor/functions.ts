// User functions of an executor: revived once per version.
// Not through capture/index.ts: what reads and resolves the text of functions is not needed in an executor.
import { revive } from "../capture/revive.ts";
import type { CapturedFunction } from "../capture/types.ts";
import { TaskHandles } from "../plan/handles.ts";
import { builtinFunction } from "../plan/operators.ts";
import type { FnRef } from "../plan/stage.ts";

type AnyFunction = (...args: never[]) => unknown;

const MOST_SHARED = 500;

/** Returns the same name for functions that are interchangeable, undefined for one that may hold state. */
function sharedName(captured: CapturedFunction, step: string): string | undefined {
	let places = "";
	for (const node of captured.nodes) {
		if (node.kind === "function") {
			if (node.form === "class" || node.props.length > 0 || node.prototype !== undefined) return undefined;
			places += `|${node.source.url}:${node.source.line}:${node.source.column}`;
		} else if (node.kind === "clone") {
			const value = captured.values[node.value];
			if (typeof value === "object" && value !== null) return undefined;
		} else if (node.kind !== "global" && node.kind !== "module" && node.kind !== "symbol") return undefined;
	}
	return `${captured.hash}|${step}${places}`;
}

/** The functions an executor was told about. */
export class FunctionTable {
	/** Broadcast values and accumulators that functions hold. */
	readonly handles = new TaskHandles();
	#captured = new Map<string, { fn: CapturedFunction; step: string }>();
	#revived = new Map<string, AnyFunction>();
	/** Functions without state of their own, by what they are. */
	#shared = new Map<string, AnyFunction>();

	define(ref: FnRef, fn: CapturedFunction, step: string): void {
		this.#captured.set(`${ref.key}@${ref.version}`, { fn, step });
	}

	/** Returns the revived function of a reference; the same one each time. */
	get(ref: FnRef): AnyFunction {
		const builtin = builtinFunction(ref.key);
		if (builtin !== undefined) return builtin;
		const name = `${ref.key}@${ref.version}`;
		let fn = this.#revived.get(name);
		if (fn === undefined) {
			const known = this.#captured.get(name);
			if (known === undefined) throw new Error(`the executor was never told about the function ${name}`);
			fn = this.#revive(known.fn, known.step);
			this.#revived.set(name, fn);
		}
		return fn;
	}

	/** The same closure made again (an RDD per batch) is the same function: V8 need not learn it once more. */
	#revive(captured: CapturedFunction, step: string): AnyFunction {
		const name = sharedName(captured, step);
		let fn = name === undefined ? undefined : this.#shared.get(name);
		if (fn !== undefined) return fn;
		fn = revive(captured, { step, handle: (type, id, data) => this.handles.get(type, id, data) }) as AnyFunction;
		if (name === undefined) return fn;
		if (this.#shared.size >= MOST_SHARED) this.#shared.clear();
		this.#shared.set(name, fn);
		return fn;
	}

	forget(refs: readonly FnRef[]): void {
		for (const ref of refs) {
			this.#captured.delete(`${ref.key}@${ref.version}`);
			this.#revived.delete(`${ref.key}@${ref.version}`);
		}
	}
}
