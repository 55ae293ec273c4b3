// User functions of an executor: revived once per version.
import { revive } from "../capture/index.ts";
import type { CapturedFunction } from "../capture/types.ts";
import type { FnRef } from "../plan/stage.ts";

type AnyFunction = (...args: never[]) => unknown;

/** Built-in functions that operators use in place of user code. */
const builtins: { readonly [name: string]: AnyFunction } = {
	"builtin:add": ((a: number, b: number) => a + b) as AnyFunction,
	"builtin:subtract": ((a: number, b: number) => a - b) as AnyFunction,
};

/** The functions an executor was told about. */
export class FunctionTable {
	#captured = new Map<string, { fn: CapturedFunction; step: string }>();
	#revived = new Map<string, AnyFunction>();

	define(ref: FnRef, fn: CapturedFunction, step: string): void {
		this.#captured.set(`${ref.key}@${ref.version}`, { fn, step });
	}

	/** Returns the revived function of a reference; the same one each time. */
	get(ref: FnRef): AnyFunction {
		const builtin = builtins[ref.key];
		if (builtin !== undefined) return builtin;
		const name = `${ref.key}@${ref.version}`;
		let fn = this.#revived.get(name);
		if (fn === undefined) {
			const known = this.#captured.get(name);
			if (known === undefined) throw new Error(`the executor was never told about the function ${name}`);
			fn = revive(known.fn, { step: known.step }) as AnyFunction;
			this.#revived.set(name, fn);
		}
		return fn;
	}

	forget(refs: readonly FnRef[]): void {
		for (const ref of refs) {
			this.#captured.delete(`${ref.key}@${ref.version}`);
			this.#revived.delete(`${ref.key}@${ref.version}`);
		}
	}
}
