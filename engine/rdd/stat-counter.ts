// StatCounter: count, mean, variance, largest and smallest of numbers, in one numerically stable pass.

/** A StatCounter as plain data. */
export type StatState = readonly [count: number, mean: number, m2: number, max: number, min: number];

/**
 * Statistics of numbers, mergeable. Variances of nothing are NaN, sample variances of one number too.
 *
 * @example
 * ```ts
 * const stats = await sc.parallelize([1, 2, 3]).stats();
 * stats.mean; // 2
 * ```
 */
export class StatCounter {
	#count = 0;
	#mean = 0;
	#m2 = 0;
	#max = Number.NEGATIVE_INFINITY;
	#min = Number.POSITIVE_INFINITY;

	/** Makes a counter of the given numbers. */
	constructor(values: Iterable<number> = []) {
		for (const value of values) this.merge(value);
	}

	/** @internal */
	static of(state: StatState): StatCounter {
		const made = new StatCounter();
		[made.#count, made.#mean, made.#m2, made.#max, made.#min] = state;
		return made;
	}

	/** @internal */
	get state(): StatState {
		return [this.#count, this.#mean, this.#m2, this.#max, this.#min];
	}

	/** Adds a number, or all that another counter has seen; returns this counter. */
	merge(value: number | StatCounter): this {
		if (typeof value === "number") {
			const delta = value - this.#mean;
			this.#count++;
			this.#mean += delta / this.#count;
			this.#m2 += delta * (value - this.#mean);
			// As in Java: NaN among the numbers makes both NaN.
			this.#max = Math.max(this.#max, value);
			this.#min = Math.min(this.#min, value);
			return this;
		}
		if (value === this) return this.merge(StatCounter.of(this.state));
		if (value.#count === 0) return this;
		if (this.#count === 0) {
			[this.#count, this.#mean, this.#m2, this.#max, this.#min] = value.state;
			return this;
		}
		const delta = value.#mean - this.#mean;
		const n = this.#count + value.#count;
		// The weights decide which form loses fewer digits, as in Spark.
		if (value.#count * 10 < this.#count) this.#mean += (delta * value.#count) / n;
		else if (this.#count * 10 < value.#count) this.#mean = value.#mean - (delta * this.#count) / n;
		else this.#mean = (this.#mean * this.#count + value.#mean * value.#count) / n;
		this.#m2 += value.#m2 + (delta * delta * this.#count * value.#count) / n;
		this.#count = n;
		this.#max = Math.max(this.#max, value.#max);
		this.#min = Math.min(this.#min, value.#min);
		return this;
	}

	/** Number of numbers. */
	get count(): number {
		return this.#count;
	}

	/** Their mean, 0 for none. */
	get mean(): number {
		return this.#mean;
	}

	get sum(): number {
		return this.#count * this.#mean;
	}

	/** The largest, -Infinity for none. */
	get max(): number {
		return this.#max;
	}

	/** The smallest, Infinity for none. */
	get min(): number {
		return this.#min;
	}

	/** Population variance: divided by n. */
	get variance(): number {
		return this.#count === 0 ? Number.NaN : this.#m2 / this.#count;
	}

	/** Like `variance`. */
	get popVariance(): number {
		return this.variance;
	}

	/** Sample variance: divided by n - 1. */
	get sampleVariance(): number {
		return this.#count <= 1 ? Number.NaN : this.#m2 / (this.#count - 1);
	}

	/** Population standard deviation. */
	get stdev(): number {
		return Math.sqrt(this.variance);
	}

	/** Like `stdev`. */
	get popStdev(): number {
		return this.stdev;
	}

	/** Sample standard deviation. */
	get sampleStdev(): number {
		return Math.sqrt(this.sampleVariance);
	}

	toString(): string {
		return `(count: ${this.count}, mean: ${this.mean}, stdev: ${this.stdev}, max: ${this.max}, min: ${this.min})`;
	}
}
