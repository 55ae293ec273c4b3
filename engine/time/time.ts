// Time and Interval: points and stretches of batch time, as Spark's.
import { streamError } from "../errors/message.ts";
import type { Clock } from "./clock.ts";
import { Duration, divisor, msOf, wholeMs } from "./duration.ts";

/** A point in time: whole ms since the epoch. Immutable. */
export class Time {
	/** Ms since the epoch. */
	readonly milliseconds: number;

	constructor(milliseconds: number) {
		this.milliseconds = wholeMs(milliseconds, "Time");
	}

	plus(that: Duration | number): Time {
		return new Time(this.milliseconds + msOf(that));
	}

	/** Returns the duration between two times, or the time that much earlier. */
	minus(that: Time): Duration;
	minus(that: Duration | number): Time;
	minus(that: Time | Duration | number): Time | Duration {
		if (that instanceof Time) return new Duration(this.milliseconds - that.milliseconds);
		return new Time(this.milliseconds - msOf(that));
	}

	/**
	 * Returns the time moved to a multiple of `d`, counted from `zeroTime` (default: the epoch). Division is whole and
	 * toward zero as in Spark, so a time before `zeroTime` moves up to it.
	 */
	floor(d: Duration | number, zeroTime: Time = new Time(0)): Time {
		const since = this.milliseconds - zeroTime.milliseconds;
		return new Time(since - (since % divisor(d, "floor")) + zeroTime.milliseconds);
	}

	/** Returns whether the ms since the epoch are a whole multiple of `d`. */
	isMultipleOf(d: Duration | number): boolean {
		return this.milliseconds % divisor(d, "isMultipleOf") === 0;
	}

	/** Returns the times from this one in steps of `d`, before `that`. */
	until(that: Time, d: Duration | number): Time[] {
		return range(this, that, d, false);
	}

	/** Like `until`, except that `that` itself is included if a step meets it. */
	to(that: Time, d: Duration | number): Time[] {
		return range(this, that, d, true);
	}

	less(that: Time): boolean {
		return this.milliseconds < that.milliseconds;
	}

	lessEq(that: Time): boolean {
		return this.milliseconds <= that.milliseconds;
	}

	greater(that: Time): boolean {
		return this.milliseconds > that.milliseconds;
	}

	greaterEq(that: Time): boolean {
		return this.milliseconds >= that.milliseconds;
	}

	equals(that: Time): boolean {
		return this.milliseconds === that.milliseconds;
	}

	min(that: Time): Time {
		return this.less(that) ? this : that;
	}

	max(that: Time): Time {
		return this.greater(that) ? this : that;
	}

	toString(): string {
		return `${this.milliseconds} ms`;
	}

	/** Returns the ms, so that `<` and `>` compare times. */
	valueOf(): number {
		return this.milliseconds;
	}
}

function range(from: Time, end: Time, d: Duration | number, closed: boolean): Time[] {
	const step = divisor(d, closed ? "to" : "until");
	const times: Time[] = [];
	for (let ms = from.milliseconds; step > 0 ? ms < end.milliseconds : ms > end.milliseconds; ms += step)
		times.push(new Time(ms));
	const next = times.length === 0 ? from.milliseconds : times[times.length - 1].milliseconds + step;
	if (closed && next === end.milliseconds) times.push(end);
	return times;
}

/** A stretch of time with begin and end. */
export class Interval {
	readonly beginTime: Time;
	readonly endTime: Time;

	constructor(begin: Time | number, end: Time | number) {
		this.beginTime = typeof begin === "number" ? new Time(begin) : begin;
		this.endTime = typeof end === "number" ? new Time(end) : end;
	}

	/** Returns the interval of length `d`, aligned to the epoch, that contains the clock's present time. */
	static currentInterval(d: Duration | number, clock: Pick<Clock, "now"> = { now: Date.now }): Interval {
		const begin = new Time(Math.floor(clock.now())).floor(d);
		return new Interval(begin, begin.plus(d));
	}

	get duration(): Duration {
		return this.endTime.minus(this.beginTime);
	}

	/** Returns the interval shifted later by `d`. */
	plus(d: Duration | number): Interval {
		return new Interval(this.beginTime.plus(d), this.endTime.plus(d));
	}

	/** Returns the interval shifted earlier by `d`. */
	minus(d: Duration | number): Interval {
		return new Interval(this.beginTime.minus(d), this.endTime.minus(d));
	}

	/** Returns whether this interval ends before `that`; intervals of unequal length cannot be compared. */
	less(that: Interval): boolean {
		this.#sameLength(that);
		return this.endTime.less(that.endTime);
	}

	lessEq(that: Interval): boolean {
		this.#sameLength(that);
		return this.endTime.lessEq(that.endTime);
	}

	greater(that: Interval): boolean {
		return !this.lessEq(that);
	}

	greaterEq(that: Interval): boolean {
		return !this.less(that);
	}

	equals(that: Interval): boolean {
		return this.beginTime.equals(that.beginTime) && this.endTime.equals(that.endTime);
	}

	#sameLength(that: Interval): void {
		if (this.duration.equals(that.duration)) return;
		throw streamError("STREAM_CONFIG", {
			message: `Comparing two intervals with different durations [${this}, ${that}]`,
			way: "Compare intervals of one length.",
		});
	}

	toString(): string {
		return `[${this.beginTime}, ${this.endTime}]`;
	}
}
