// Checks of arguments that the methods of RDD share: each names the operator, what was expected and what came.
import { types } from "node:util";
import { describeValue, streamError } from "../errors/index.ts";
import type { UserFunction } from "../plan/session.ts";

/** Checks that an operator got a function; throws STREAM_CONFIG naming the operator otherwise. */
export function needFunction(step: string, fn: unknown): void {
	if (typeof fn === "function") return;
	throw streamError("STREAM_CONFIG", {
		step,
		expected: "a function",
		got: fn === null ? "null" : typeof fn,
		way: `write ${step}(x => …)`,
	});
}

/** Checks an optional number of partitions. */
export function needPartitions(step: string, n: unknown): void {
	if (n === undefined || (typeof n === "number" && Number.isInteger(n) && n > 0)) return;
	throw streamError("STREAM_CONFIG", {
		step,
		// Spark's words, for those who search for them.
		message: "Positive number of partitions required",
		expected: "a whole number above 0",
		got: String(n),
		way: "leave it out for the default",
	});
}

/** Returns a function of an operator that runs in executors; throws STREAM_TASK for an `async` one. */
export function onExecutor(step: string, fn: unknown): UserFunction {
	needFunction(step, fn);
	if (types.isAsyncFunction(fn)) throw promiseError(step, "an async function");
	return { fn: fn as UserFunction["fn"], place: "executor" };
}

/** Returns the error for a function that gives a promise where a value is due. */
export function promiseError(step: string, got = "a promise from the function"): Error {
	return streamError("STREAM_TASK", {
		step,
		expected: "a value from the function",
		got,
		way: "functions of tasks cannot wait: use mapAsync(f, { concurrency }) before this step for what has to await",
	});
}

/** Checks a value against a condition; throws STREAM_CONFIG that says what was expected. */
export function need(step: string, ok: boolean, expected: string, got: unknown, message?: string): asserts ok {
	if (ok) return;
	throw streamError("STREAM_CONFIG", { step, message, expected, got: describeValue(got) });
}

/** Checks a whole number of at least `least`. */
export function needWhole(step: string, n: unknown, least: number, message?: string): asserts n is number {
	need(
		step,
		typeof n === "number" && Number.isSafeInteger(n) && n >= least,
		`a whole number, ${least} or more`,
		n,
		message,
	);
}

/** Checks a flag. */
export function needFlag(step: string, name: string, flag: unknown): asserts flag is boolean {
	need(step, typeof flag === "boolean", `true or false for ${name}`, flag);
}

/** Checks an optional seed. */
export function needSeed(step: string, seed: unknown): void {
	need(step, seed === undefined || (typeof seed === "number" && Number.isFinite(seed)), "a number as seed", seed);
}

/** Checks text that must not be empty. */
export function needText(step: string, what: string, text: unknown): asserts text is string {
	need(step, typeof text === "string" && text !== "", what, text);
}
