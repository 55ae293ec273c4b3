// Randomness and time of tasks: seeded and logical, so that a retry or a replay computes the same.
import type { Task } from "../plan/stage.ts";

/** Returns a generator of numbers in [0, 1) that depends on the seed only (mulberry32). */
export function seeded(seed: number): () => number {
	let a = seed >>> 0;
	return () => {
		a = (a + 0x6d2b79f5) >>> 0;
		let t = Math.imul(a ^ (a >>> 15), 1 | a);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
	};
}

/** Runs `f` with `Math.random` seeded by the task and `Date.now` standing at its batch time (outside a stream: as is). */
export function withDeterminism<T>(task: Task, f: () => T): T {
	const { random } = Math;
	const { now } = Date;
	Math.random = seeded(task.seed);
	if (task.batchTime > 0) Date.now = () => task.batchTime;
	try {
		return f();
	} finally {
		Math.random = random;
		Date.now = now;
	}
}
