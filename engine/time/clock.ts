// The clock behind every wait of the engine: the system's, or one that tests move by hand.
import { streamError } from "../errors/message.ts";
import { type Duration, msOf } from "./duration.ts";

/** Tells the time and runs functions at a time. Injected wherever the engine waits. */
export interface Clock {
	/** Ms since the epoch; of a manual clock, what it was set to. */
	now(): number;
	/** Calls `f` once when the clock has reached `at`, never inside this call. Returns the function that cancels it. */
	setTimer(at: number, f: () => void): () => void;
}

/** Longest single wait: a wall clock that is set forward is noticed after this time at the latest. */
const LONGEST_WAIT = 60_000;

/** The machine's clock. */
export class SystemClock implements Clock {
	now(): number {
		return Date.now();
	}

	setTimer(at: number, f: () => void): () => void {
		checkAt(at);
		let handle: ReturnType<typeof setTimeout>;
		const wait = (): void => {
			const left = at - Date.now();
			// Node may wake a timer a millisecond early; a batch must not start before its time.
			handle = setTimeout(() => (Date.now() >= at ? f() : wait()), Math.min(Math.max(left, 0), LONGEST_WAIT));
		};
		wait();
		return () => clearTimeout(handle);
	}
}

interface Timer {
	readonly at: number;
	readonly order: number;
	readonly f: () => void;
}

/** A clock that stands until it is moved. */
export class ManualClock implements Clock {
	#now: number;
	#order = 0;
	#firing = false;
	readonly #timers = new Set<Timer>();

	constructor(now = 0) {
		this.#now = now;
	}

	now(): number {
		return this.#now;
	}

	/** Like `Clock.setTimer`; a timer that is due already fires with the next `advance` or `setTime`. */
	setTimer(at: number, f: () => void): () => void {
		checkAt(at);
		const timer = { at, order: this.#order++, f };
		this.#timers.add(timer);
		return () => {
			this.#timers.delete(timer);
		};
	}

	/**
	 * Moves the clock and fires what becomes due, in order of time, then of setting. While a timer fires the clock stands
	 * at the timer's time. A timer that throws does not keep others from firing; the error is thrown at the end.
	 */
	advance(ms: Duration | number): void {
		const length = msOf(ms);
		if (length < 0)
			throw streamError("STREAM_CONFIG", {
				step: "advance",
				expected: "0 ms or more",
				got: `${length} ms`,
				way: "Use setTime to go back.",
			});
		this.#moveTo(this.#now + length, "advance");
	}

	/** Sets the clock. Forward it fires timers as `advance` does; backward it fires none. */
	setTime(time: number): void {
		checkAt(time);
		if (time >= this.#now) this.#moveTo(time, "setTime");
		else this.#now = time;
	}

	/** Time of the next timer, or undefined. */
	get nextTimer(): number | undefined {
		return this.#next(Number.POSITIVE_INFINITY)?.at;
	}

	#moveTo(end: number, step: string): void {
		if (this.#firing)
			throw streamError("STREAM_STATE", {
				step,
				message: "the clock is being moved already",
				way: "Do not move it inside a timer.",
			});
		const errors: unknown[] = [];
		this.#firing = true;
		try {
			for (let timer = this.#next(end); timer !== undefined; timer = this.#next(end)) {
				this.#timers.delete(timer);
				this.#now = Math.max(this.#now, timer.at);
				try {
					timer.f();
				} catch (e) {
					errors.push(e);
				}
			}
			this.#now = end;
		} finally {
			this.#firing = false;
		}
		if (errors.length === 1) throw errors[0];
		if (errors.length > 1) throw new AggregateError(errors, `${errors.length} timers failed`);
	}

	#next(end: number): Timer | undefined {
		let first: Timer | undefined;
		for (const timer of this.#timers) {
			if (timer.at > end) continue;
			if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order))
				first = timer;
		}
		return first;
	}
}

function checkAt(at: number): void {
	if (typeof at === "number" && !Number.isNaN(at)) return;
	throw streamError("STREAM_CONFIG", {
		step: "setTimer",
		expected: "a time in ms",
		got: String(at),
		way: "Give ms since the epoch.",
	});
}
