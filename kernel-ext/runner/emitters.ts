// Listeners of EventEmitters belong to the cell that registered them, whoever emits.
import type { AsyncLocalStorage } from "node:async_hooks";
import { EventEmitter } from "node:events";

type Listener = (...args: unknown[]) => unknown;
type Bound = Listener & { listener?: Listener };
type Name = "on" | "prependListener" | "once" | "prependOnceListener";
type Register = (this: EventEmitter, event: string | symbol, listener: Listener) => EventEmitter;

/**
 * Makes `on`, `once` and their kin run listeners as part of the cell in `storage` that registers them: timers and
 * promises do so by themselves. `off` and `listeners` know the user's function as before, by the same `listener`
 * property that Node gives the wrappers of `once`.
 */
export function bindEmitters(storage: AsyncLocalStorage<unknown>): void {
	const original = EventEmitter.prototype as unknown as { readonly [name in Name]: Register };
	const { on, prependListener, once, prependOnceListener } = original;

	const bound = (register: Register): Register =>
		function (event, listener) {
			const cell = storage.getStore();
			// Node's own wrappers come with a `listener`, errors are Node's to report.
			if (cell === undefined || typeof listener !== "function" || (listener as Bound).listener !== undefined)
				return register.call(this, event, listener);
			const run: Bound = function (this: unknown, ...args) {
				return storage.run(cell, () => Reflect.apply(listener, this, args));
			};
			run.listener = listener;
			return register.call(this, event, run);
		};

	const boundOnce = (register: Register, plain: Register): Register =>
		function (event, listener) {
			const cell = storage.getStore();
			if (cell === undefined || typeof listener !== "function") return plain.call(this, event, listener);
			const emitter = this;
			let fired = false;
			const run: Bound = function (this: unknown, ...args) {
				if (fired) return undefined;
				fired = true;
				emitter.removeListener(event, run);
				return storage.run(cell, () => Reflect.apply(listener, this, args));
			};
			run.listener = listener;
			return register.call(this, event, run);
		};

	const methods: { [name: string]: Register } = {
		on: bound(on),
		addListener: bound(on),
		prependListener: bound(prependListener),
		once: boundOnce(on, once),
		prependOnceListener: boundOnce(prependListener, prependOnceListener),
	};
	for (const [name, value] of Object.entries(methods))
		Object.defineProperty(EventEmitter.prototype, name, {
			value,
			writable: true,
			configurable: true,
			enumerable: true,
		});
}
