// @ts-check
// The closing line of `npm test`.

/**
 * Returns one line about a run. `results` is what vitest's JSON reporter writes.
 * @param {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests?: number, numFailedTestSuites?: number }} results
 * @param {boolean} noChromium
 */
export function closingLine(results, noChromium) {
	const skipped = results.numPendingTests + (results.numTodoTests ?? 0);
	const parts = [`${results.numPassedTests} passed`];
	if (results.numFailedTests > 0) parts.push(`${results.numFailedTests} failed`);
	parts.push(`${skipped} skipped${noChromium ? " (Chromium missing)" : ""}`);
	return parts.join(", ");
}
