// Live variables of plain Node programs: a box whose new value running functions take over at a batch boundary.

const liveBrand = Symbol.for("millrace.live");
let count = 0;
const frozen = new WeakSet<object>();

const listeners = new Set<() => void>();
let scheduled = false;

/** Calls `listener` soon after live variables got new values, once for all changes of one turn. Returns how to end that. */
export function onLiveChange(listener: () => void): () => void {
	listeners.add(listener);
	return () => {
		listeners.delete(listener);
	};
}

function changed(): void {
	if (scheduled || listeners.size === 0) return;
	scheduled = true;
	queueMicrotask(() => {
		scheduled = false;
		for (const listener of listeners) listener();
	});
}

/** A variable whose changes reach running streams: read and write `.value`. Made by `live(…)`. */
export class Live<T> {
	#value: T;
	/** Unique in this thread. */
	readonly id: string;

	constructor(value: T) {
		this.#value = value;
		this.id = String(++count);
		Object.defineProperty(this, liveBrand, { value: true });
	}

	/** The newest value. */
	get value(): T {
		return this.#value;
	}

	set value(value: T) {
		this.#value = value;
		changed();
	}
}

/**
 * Returns a live variable: `const k = live(2); k.value = 3`. Functions of a running stream that read `k.value` see the
 * new value from the next batch on.
 */
export function live<T>(initial: T): Live<T> {
	return new Live(initial);
}

/**
 * Returns `x` such that later changes do not reach running streams: a function keeps the notebook names it read when
 * it was used, a live variable becomes a plain `{ value }` as of now, an object is taken once. Primitive values are
 * returned as they are.
 */
export function freeze<T>(x: T): T {
	if (isLive(x)) return Object.freeze({ value: x.value }) as T;
	if ((typeof x === "object" && x !== null) || typeof x === "function") frozen.add(x);
	return x;
}

/** Tells whether `x` is a live variable, also one of another copy of this module. */
export function isLive(x: unknown): x is Live<unknown> {
	return typeof x === "object" && x !== null && Object.hasOwn(x, liveBrand);
}

/** Tells whether `freeze` was called with `x`. */
export function isFrozen(x: unknown): boolean {
	return ((typeof x === "object" && x !== null) || typeof x === "function") && frozen.has(x);
}
