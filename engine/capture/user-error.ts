// What a user's function threw, as an error of the engine: step, place in the user's source, record.
import { inspect } from "node:util";
import { type StreamError, streamError } from "../errors/index.ts";
import { mapRevivedStack, userFrames } from "./positions.ts";

/** What is known about the call that failed. */
export interface FailedCall {
	/** The record that was worked on, as text. */
	readonly record?: string;
	/** Step to name when the stack does not tell (a value that is no Error was thrown). */
	readonly step?: string;
}

/**
 * Returns STREAM_TASK with step, cell or file, line, record and cause. Errors that have a code of the engine already
 * are returned as they are. The cause's stack is left with the user's own frames and positions.
 */
export function userError(thrown: unknown, call: FailedCall = {}): StreamError {
	if (thrown instanceof Error && (thrown as { code?: unknown }).code?.toString().startsWith("STREAM_"))
		return thrown as StreamError;
	const cause =
		thrown instanceof Error
			? thrown
			: new Error(`a value that is no Error was thrown: ${inspect(thrown, { depth: 2 })}`);
	const stack = cause.stack ?? "";
	const [frame] = userFrames(stack);
	if (cause.stack !== undefined) cause.stack = mapRevivedStack(stack);
	const cell = frame?.execution ?? frame?.cell;
	const { record } = call;
	return streamError("STREAM_TASK", {
		step: frame?.step ?? call.step,
		...(cell !== undefined && { cell }),
		...(frame !== undefined && cell === undefined && { file: frame.url }),
		...(frame !== undefined && { line: frame.line, column: frame.column }),
		message: `${cause.name}: ${cause.message}${record === undefined ? "" : `\n  record: ${record}`}`,
		...(record !== undefined && { record }),
		cause,
	});
}
