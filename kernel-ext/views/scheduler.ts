// Time for view hosts, injected so that tests run without waiting.

/** A clock and its timers. */
export interface Scheduler {
	/** Milliseconds of a clock that never goes back. */
	now(): number;
	/** Calls `f` after `ms`; the returned function cancels it. */
	after(ms: number, f: () => void): () => void;
}

/** The real clock. Its timers do not keep the thread alive. */
export const systemScheduler: Scheduler = {
	now: () => performance.now(),
	after(ms, f) {
		const timer = setTimeout(f, ms);
		timer.unref();
		return () => clearTimeout(timer);
	},
};

/** Resolves with the promise's value, or with undefined after `ms`. A rejection is a rejection. */
export function within<T>(scheduler: Scheduler, ms: number, promise: Promise<T>): Promise<T | undefined> {
	return new Promise((resolve, reject) => {
		const cancel = scheduler.after(ms, () => resolve(undefined));
		promise.then(resolve, reject).finally(cancel);
	});
}
