// @ts-check
// The closing lines of `npm test`.

/**
 * Returns one line about a run. `results` is what vitest's JSON reporter writes.
 * @param {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests?: number, numFailedTestSuites?: number } & Parameters<typeof secondTries>[0]} results
 * @param {boolean} noChromium
 */
export function closingLine(results, noChromium) {
	const skipped = results.numPendingTests + (results.numTodoTests ?? 0);
	const parts = [`${results.numPassedTests} passed`];
	if (results.numFailedTests > 0) parts.push(`${results.numFailedTests} failed`);
	parts.push(`${skipped} skipped${noChromium ? " (Chromium missing)" : ""}`);
	const again = secondTries(results);
	// vitest prints nothing of a test that passes at its second try: without this a flaky one would go unseen.
	const flaky = again.length === 0 ? "" : `\n${again.length} passed only at the second try:\n  ${again.join("\n  ")}`;
	return parts.join(", ") + flaky;
}

/**
 * Returns the names of the tests that failed first and passed when they were tried again.
 * @param {{ testResults?: { assertionResults: { status: string, fullName: string, failureMessages?: string[] | null }[] }[] }} results
 */
export function secondTries(results) {
	return (results.testResults ?? []).flatMap(({ assertionResults }) =>
		assertionResults
			.filter(({ status, failureMessages }) => status === "passed" && (failureMessages?.length ?? 0) > 0)
			.map(({ fullName }) => fullName),
	);
}
