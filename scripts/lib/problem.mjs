// @ts-check
// What a script says when it cannot go on: one line with the way out, no stack.

/** An expected failure: its message is one line that says what is wrong and what to do. */
export class Problem extends Error {
	/** @override */
	name = "Problem";
}

/**
 * Runs a script's main function: its number becomes the exit code, a Problem one line on stderr.
 * @param {() => Promise<number | void>} body
 */
export async function main(body) {
	try {
		process.exitCode = (await body()) ?? 0;
	} catch (error) {
		console.error(error instanceof Problem ? `\nmillrace: ${error.message}` : error);
		process.exitCode = 1;
	}
}
