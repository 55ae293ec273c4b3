// Duration: a length of time in whole milliseconds, as Spark's.
import { describeValue, streamError } from "../errors/message.ts";

/** Returns the number if it is a whole, exactly representable number of ms; else throws STREAM_CONFIG. */
export function wholeMs(ms: unknown, step: string): number {
	if (typeof ms === "number" && Number.isSafeInteger(ms)) return ms + 0; // -0 becomes 0
	throw streamError("STREAM_CONFIG", {
		step,
		expected: "a whole number of milliseconds",
		got: describeValue(ms),
		way: "Write for example 500, milliseconds(500) or seconds(1).",
	});
}

/** A length of time in whole milliseconds. Immutable; may be negative where it is a difference. */
export class Duration {
	/** Length in ms. */
	readonly milliseconds: number;

	constructor(milliseconds: number) {
		this.milliseconds = wholeMs(milliseconds, "Duration");
	}

	/** Returns the duration for a `Duration` or a number of ms; throws STREAM_CONFIG unless it is whole and not negative. */
	static of(x: Duration | number, step = "Duration"): Duration {
		const duration =
			x instanceof Duration ? x : isForeignDuration(x) ? new Duration(x.milliseconds) : new Duration(wholeMs(x, step));
		if (duration.milliseconds >= 0) return duration;
		throw streamError("STREAM_CONFIG", {
			step,
			expected: "a duration that is not negative",
			got: duration.toString(),
			way: "Write for example 500, milliseconds(500) or seconds(1).",
		});
	}

	plus(that: Duration | number): Duration {
		return new Duration(this.milliseconds + msOf(that));
	}

	minus(that: Duration | number): Duration {
		return new Duration(this.milliseconds - msOf(that));
	}

	/** Returns this duration `times` times; `times` is a whole number. */
	times(times: number): Duration {
		return new Duration(this.milliseconds * times);
	}

	/** Returns the ratio of the two durations, as a number. */
	div(that: Duration | number): number {
		return this.milliseconds / msOf(that);
	}

	less(that: Duration | number): boolean {
		return this.milliseconds < msOf(that);
	}

	lessEq(that: Duration | number): boolean {
		return this.milliseconds <= msOf(that);
	}

	greater(that: Duration | number): boolean {
		return this.milliseconds > msOf(that);
	}

	greaterEq(that: Duration | number): boolean {
		return this.milliseconds >= msOf(that);
	}

	equals(that: Duration | number): boolean {
		return this.milliseconds === msOf(that);
	}

	/** Returns whether this is a whole multiple of `that`; throws STREAM_CONFIG if `that` is zero. */
	isMultipleOf(that: Duration | number): boolean {
		return this.milliseconds % divisor(that, "isMultipleOf") === 0;
	}

	min(that: Duration): Duration {
		return this.less(that) ? this : that;
	}

	max(that: Duration): Duration {
		return this.greater(that) ? this : that;
	}

	isZero(): boolean {
		return this.milliseconds === 0;
	}

	/** Returns the number of ms as text, without a unit. */
	toFormattedString(): string {
		return String(this.milliseconds);
	}

	/** Returns a text for people: `20 ms`, `1.0 s`, `2.5 m`, `1.25 h`. */
	prettyPrint(): string {
		const ms = this.milliseconds;
		if (ms < 1000) return `${ms} ms`;
		// Single precision, as Spark computes it: the last digit agrees.
		if (ms < 60_000) return `${Math.fround(ms / 1000).toFixed(1)} s`;
		if (ms < 3_600_000) return `${Math.fround(ms / 60_000).toFixed(1)} m`;
		return `${Math.fround(ms / 3_600_000).toFixed(2)} h`;
	}

	toString(): string {
		return `${this.milliseconds} ms`;
	}

	/** Returns the ms, so that `<` and `>` compare durations. */
	valueOf(): number {
		return this.milliseconds;
	}
}

/** A Duration of another copy of the package (a notebook folder with its own node_modules). */
function isForeignDuration(x: unknown): x is Duration {
	return (
		typeof x === "object" && x !== null && typeof (x as Duration).milliseconds === "number" && "toFormattedString" in x
	);
}

/** Returns the ms of a duration or number, negative ones too. */
export function msOf(x: Duration | number): number {
	return typeof x === "number" ? wholeMs(x, "Duration") : wholeMs(x?.milliseconds, "Duration");
}

/** Returns the ms of a duration to divide by; throws STREAM_CONFIG for zero. */
export function divisor(x: Duration | number, step: string): number {
	const ms = msOf(x);
	if (ms !== 0) return ms;
	throw streamError("STREAM_CONFIG", {
		step,
		expected: "a duration that is not zero",
		got: "0 ms",
		way: "Give at least 1 ms.",
	});
}

function scaled(n: number, unit: number, name: string): Duration {
	const ms = typeof n === "number" ? n * unit : Number.NaN;
	// 1.001 * 1000 is not whole in binary; the user wrote 1001 ms.
	const rounded = Math.round(ms);
	if (typeof n === "number" && Math.abs(ms - rounded) < 1e-6 && Number.isSafeInteger(rounded))
		return new Duration(rounded);
	throw streamError("STREAM_CONFIG", {
		step: name,
		expected: "a number that makes whole milliseconds",
		got: describeValue(n),
		way: `Write for example ${name}(1).`,
	});
}

/** Returns a duration of `n` milliseconds. */
export function milliseconds(n: number): Duration {
	return scaled(n, 1, "milliseconds");
}

/** Returns a duration of `n` seconds; `seconds(0.5)` is 500 ms. */
export function seconds(n: number): Duration {
	return scaled(n, 1000, "seconds");
}

/** Returns a duration of `n` minutes. */
export function minutes(n: number): Duration {
	return scaled(n, 60_000, "minutes");
}
