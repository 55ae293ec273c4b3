// Accumulators: tasks add, the program reads. Each partition of an action counts once, however often it was tried.
import { decodeRecords } from "../data/index.ts";
import { describeValue, streamError } from "../errors/index.ts";
import type { AccumulatorKind, AccumulatorUpdate } from "../plan/handles.ts";

/**
 * What tasks add to. Subclasses say how values are merged; tasks see only `add`. What they add to one of the user's own
 * classes travels as it is and is added to a fresh copy where the accumulator was made, which is then merged: its methods
 * never run in executors.
 *
 * In actions each partition counts once; in transformations a partition that is computed again adds again.
 */
export abstract class AccumulatorV2<IN, OUT> {
	/** @internal */
	registration: { readonly id: string; readonly name: string | undefined } | undefined;

	/** True while nothing was added. */
	abstract get isZero(): boolean;
	/** Returns a copy with the same value. */
	abstract copy(): AccumulatorV2<IN, OUT>;
	/** Takes the value back to zero. */
	abstract reset(): void;
	/** Adds a value. In functions of tasks, for all; elsewhere at once. */
	abstract add(value: IN): void;
	/** Adds what another accumulator of the same kind has. */
	abstract merge(other: AccumulatorV2<IN, OUT>): void;
	/** What was added so far. */
	abstract get value(): OUT;

	/** Returns a copy without value. */
	copyAndReset(): AccumulatorV2<IN, OUT> {
		const copy = this.copy();
		copy.reset();
		return copy;
	}

	/** Name it was registered with. */
	get name(): string | undefined {
		return this.registration?.name;
	}

	/** Number it was registered with; throws STREAM_STATE before. */
	get id(): string {
		if (this.registration !== undefined) return this.registration.id;
		throw streamError("STREAM_STATE", {
			step: "accumulator",
			message: "Accumulator is not registered or the context is gone",
			way: "call sc.register(accumulator) first",
		});
	}

	/** True once a context knows it. */
	get isRegistered(): boolean {
		return this.registration !== undefined;
	}

	toString(): string {
		return `${this.constructor.name}(id: ${this.registration?.id ?? "none"}, name: ${this.name ?? "none"}, value: ${String(this.value)})`;
	}
}

function cannotMerge(a: object, b: object): Error {
	return streamError("STREAM_CONFIG", {
		step: "merge",
		message: `Cannot merge ${a.constructor.name} with ${b.constructor.name}`,
		expected: `a ${a.constructor.name}`,
		got: describeValue(b),
	});
}

/** Sum and number of numbers. */
class NumberAccumulator extends AccumulatorV2<number, number> {
	#sum = 0;
	#count = 0;

	get isZero(): boolean {
		return this.#sum === 0 && this.#count === 0;
	}

	copy(): this {
		const copy = new (this.constructor as new () => this)();
		copy.addAll(this.#sum, this.#count);
		return copy;
	}

	reset(): void {
		this.#sum = 0;
		this.#count = 0;
	}

	add(value: number): void {
		if (typeof value !== "number") {
			throw streamError("STREAM_CONFIG", { step: "accumulator.add", expected: "a number", got: describeValue(value) });
		}
		this.addAll(value, 1);
	}

	/** @internal */
	addAll(sum: number, count: number): void {
		this.#sum += sum;
		this.#count += count;
	}

	merge(other: AccumulatorV2<number, number>): void {
		if (!(other instanceof NumberAccumulator) || other.constructor !== this.constructor) throw cannotMerge(this, other);
		this.addAll(other.#sum, other.#count);
	}

	/** Sum of what was added. */
	get value(): number {
		return this.#sum;
	}

	get sum(): number {
		return this.#sum;
	}

	/** How often `add` was called. */
	get count(): number {
		return this.#count;
	}

	/** Mean of what was added, NaN for nothing. */
	get avg(): number {
		return this.#sum / this.#count;
	}
}

/** An accumulator of whole numbers, made by `sc.longAccumulator`. */
export class LongAccumulator extends NumberAccumulator {}

/** An accumulator of numbers, made by `sc.doubleAccumulator`. */
export class DoubleAccumulator extends NumberAccumulator {}

/** An accumulator that keeps all that was added, made by `sc.collectionAccumulator`. */
export class CollectionAccumulator<T> extends AccumulatorV2<T, readonly T[]> {
	#items: T[] = [];

	get isZero(): boolean {
		return this.#items.length === 0;
	}

	copy(): CollectionAccumulator<T> {
		const copy = new CollectionAccumulator<T>();
		copy.#items = [...this.#items];
		return copy;
	}

	reset(): void {
		this.#items = [];
	}

	add(value: T): void {
		this.#items.push(value);
	}

	merge(other: AccumulatorV2<T, readonly T[]>): void {
		if (!(other instanceof CollectionAccumulator)) throw cannotMerge(this, other);
		for (const item of other.value) this.#items.push(item);
	}

	get value(): readonly T[] {
		return [...this.#items];
	}
}

/** Returns how an accumulator collects in tasks. */
export function kindOf(accumulator: AccumulatorV2<never, unknown>): AccumulatorKind {
	return accumulator instanceof NumberAccumulator ? "sum" : "items";
}

let count = 0;

/** The accumulators of a context. */
export class Accumulators {
	#known = new Map<string, AccumulatorV2<never, unknown>>();

	register(accumulator: AccumulatorV2<never, unknown>, name: string | undefined): void {
		if (!(accumulator instanceof AccumulatorV2)) {
			throw streamError("STREAM_CONFIG", {
				step: "register",
				expected: "an instance of a subclass of AccumulatorV2",
				got: describeValue(accumulator),
			});
		}
		if (accumulator.registration !== undefined) {
			throw streamError("STREAM_STATE", {
				step: "register",
				message: "Cannot register an Accumulator twice.",
				way: "make another one",
			});
		}
		if (!accumulator.copyAndReset().isZero) {
			throw streamError("STREAM_CONFIG", {
				step: "register",
				message: "copyAndReset must return a zero value copy",
				expected: "isZero to be true after reset()",
				got: "false",
			});
		}
		const id = String(count++);
		accumulator.registration = { id, name };
		this.#known.set(id, accumulator);
	}

	/** Takes over what tasks have added. An error of one accumulator is given to `failed` and concerns no other. */
	merge(updates: readonly AccumulatorUpdate[], failed: (error: unknown, name: string) => void): void {
		for (const update of updates) {
			const accumulator = this.#known.get(update.id);
			if (accumulator === undefined) continue;
			try {
				if (update.kind === "sum") (accumulator as unknown as NumberAccumulator).addAll(update.sum, update.count);
				else {
					const part = accumulator.copyAndReset();
					for (const item of decodeRecords(update.items)) part.add(item as never);
					accumulator.merge(part);
				}
			} catch (error) {
				failed(error, accumulator.name ?? update.id);
			}
		}
	}
}
