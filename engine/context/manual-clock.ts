// ManualClock: the notebook's hand on the batch clock of a context, which itself lives in the driver.
import { streamError } from "../errors/index.ts";
import { Duration } from "../time/index.ts";

/** Who moves with a manual clock. @internal */
export interface ClockFollower {
	/** `to` is the time in ms that the clock stands at now. */
	advance(to: number): Promise<void>;
}

/**
 * A clock that stands until it is advanced: batches happen exactly when a test says so.
 * Pass it as `clock` to a context. Runs on the notebook thread; the time itself is the driver's.
 *
 * @example
 * ```ts
 * const clock = new ManualClock();
 * const ssc = new StreamingContext({ master: "local[2]", batch: seconds(1), clock });
 * ```
 */
export class ManualClock {
	#now: number;
	#follower: ClockFollower | undefined;

	/** @param now where the clock stands at first, in ms. Default 0. */
	constructor(now = 0) {
		if (!Number.isSafeInteger(now) || now < 0) {
			throw streamError("STREAM_CONFIG", {
				step: "ManualClock",
				expected: "a whole number of ms, 0 or more",
				got: String(now),
			});
		}
		this.#now = now;
	}

	/** Returns the time in ms. */
	now(): number {
		return this.#now;
	}

	/** Resolves when the clock has moved by `ms` and driver, receivers and outputs have nothing left to do. */
	async advance(ms: Duration | number): Promise<void> {
		const length = Duration.of(ms, "advance").milliseconds;
		this.#now += length;
		await this.#follower?.advance(this.#now);
	}

	/** @internal */
	follow(follower: ClockFollower | undefined): void {
		this.#follower = follower;
	}
}
