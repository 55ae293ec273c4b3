// Closing line, progress lines, the browser's place and signs of a missing network.
import { expect, test } from "vitest";
import { findChromium } from "../../scripts/lib/chromium.mjs";
import { lastLines, looksOffline } from "../../scripts/lib/run.mjs";
import { createSteps } from "../../scripts/lib/steps.mjs";
import { closingLine } from "../../scripts/lib/summary.mjs";
import { put, tempFolder } from "../support/temp.ts";

test("the closing line counts and names a missing browser", () => {
	const results = { numPassedTests: 12, numFailedTests: 0, numPendingTests: 3 };
	expect(closingLine(results, true)).toBe("12 passed, 3 skipped (Chromium missing)");
	expect(closingLine({ ...results, numFailedTests: 1, numTodoTests: 1 }, false)).toBe("12 passed, 1 failed, 4 skipped");
});

test("the closing line names tests that passed only at the second try", () => {
	const assertionResults = [
		{ status: "passed", fullName: "steady", failureMessages: [] },
		{ status: "passed", fullName: "flaky", failureMessages: ["AssertionError: expected 0 to be 1"] },
		{ status: "failed", fullName: "broken", failureMessages: ["AssertionError: once", "AssertionError: twice"] },
	];
	const results = { numPassedTests: 2, numFailedTests: 1, numPendingTests: 0, testResults: [{ assertionResults }] };
	expect(closingLine(results, false)).toBe("2 passed, 1 failed, 0 skipped\n1 passed only at the second try:\n  flaky");
});

test("a step reports its detail, and a failing one passes its error on", async () => {
	let text = "";
	const step = createSteps({ write: (part: string) => (text += part) });
	await step("Build", () => "up to date");
	await expect(
		step("Check", () => {
			throw new Error("no");
		}),
	).rejects.toThrow("no");
	expect(text).toMatch(
		/^\[ +\d+\.\d s\] Build: up to date \(\d+\.\d s\)\n\[ +\d+\.\d s\] Check: failed \(\d+\.\d s\)\n$/,
	);
});

test("Chromium is CHROMIUM, else the first of its names on the PATH", () => {
	const folder = tempFolder();
	expect(findChromium({ PATH: folder })).toBeUndefined();
	const chrome = put(folder, "google-chrome", "", 0o755);
	expect(findChromium({ PATH: folder })).toBe(chrome);
	const chromium = put(folder, "chromium", "", 0o755);
	expect(findChromium({ PATH: folder })).toBe(chromium);
	expect(findChromium({ PATH: folder, CHROMIUM: chrome })).toBe(chrome);
	expect(findChromium({ PATH: folder, CHROMIUM: `${folder}/missing` })).toBeUndefined();
});

test.each([
	"npm error code ENOTFOUND",
	"npm error syscall getaddrinfo EAI_AGAIN",
	"npm error code ECONNREFUSED",
	"NewConnectionError: Failed to establish a new connection: [Errno -3] Temporary failure in name resolution",
	"error sending request for url",
])("%j is a missing network", (output) => {
	expect(looksOffline(output)).toBe(true);
});

test("other failures are no missing network", () => {
	expect(looksOffline("npm error code ENOSPC")).toBe(false);
	expect(looksOffline("ERROR: No matching distribution found for jupyterlab==99")).toBe(false);
});

test("the last lines leave out empty ones", () => {
	expect(lastLines("a\n\nb\nc\n\n", 2)).toBe("b\nc");
});
