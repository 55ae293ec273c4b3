// @ts-check
// `npm test`: the set-up where needed, then the whole suite. What stands after `--` goes to vitest.
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { aptInstall, mayInstall } from "./lib/apt.mjs";
import { findChromium } from "./lib/chromium.mjs";
import { main, Problem } from "./lib/problem.mjs";
import { cache, node24, root } from "./lib/project.mjs";
import { run } from "./lib/run.mjs";
import { setUp } from "./lib/setup.mjs";
import { createSteps } from "./lib/steps.mjs";
import { closingLine } from "./lib/summary.mjs";

const env = { ...process.env };

/** Returns the browser for the tests; with CI=true it is installed, or the run fails. */
async function prepareChromium() {
	let path = findChromium(env);
	if (path === undefined && mayInstall(env)) {
		const failure = await aptInstall(["chromium"], env);
		if (failure !== undefined) throw new Problem(`apt-get install chromium failed: ${failure}`);
		path = findChromium(env);
	}
	if (path === undefined && env.CI === "true") {
		throw new Problem(
			"Chromium is needed with CI=true and was not found. Install it (apt-get install chromium) or name it: CHROMIUM=/path/to/chromium",
		);
	}
	return path;
}

await main(async () => {
	const step = createSteps();
	await setUp(step, env);
	let noChromium = false;
	await step("Chromium", async () => {
		const path = await prepareChromium();
		noChromium = path === undefined;
		if (path === undefined) {
			env.MILLRACE_NO_CHROMIUM = "1";
			return "missing, tests in the browser are skipped (install it with apt-get install chromium, or set CHROMIUM)";
		}
		env.CHROMIUM = path;
		return path;
	});

	const report = join(cache, "test-results.json");
	rmSync(report, { force: true });
	const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
	const args = [
		vitest,
		"run",
		"--reporter=default",
		"--reporter=json",
		`--outputFile.json=${report}`,
		...process.argv.slice(2),
	];
	const { code } = await run(node24, args, { cwd: root, env, show: true });
	try {
		console.log(closingLine(JSON.parse(readFileSync(report, "utf8")), noChromium));
	} catch {
		throw new Problem("vitest ended without results; its own message stands above.");
	}
	return code;
});
