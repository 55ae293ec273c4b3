// Where browser tests get their browser from: `const chromium = chromiumPath(); describe.skipIf(!chromium)(…)`.
import { findChromium } from "../../scripts/lib/chromium.mjs";

/**
 * Returns the path of Chromium, or undefined where there is none and browser tests are to be skipped.
 * With `CI=true` a missing browser is an error: there a skipped test would hide a failure.
 */
export function chromiumPath(): string | undefined {
	if (process.env.MILLRACE_NO_CHROMIUM === "1") return undefined;
	const path = findChromium();
	if (path === undefined && process.env.CI === "true") {
		throw new Error(
			"Chromium is needed with CI=true. Install it (apt-get install chromium) or name it: CHROMIUM=/path/to/chromium",
		);
	}
	return path;
}
