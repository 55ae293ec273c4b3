// @ts-check
// Finds the browser that the browser tests drive.
import { existsSync } from "node:fs";
import { findOnPath } from "./run.mjs";

/**
 * Returns the path of Chromium: `CHROMIUM`, else the first of the usual names on the PATH. Undefined when there is none.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string | undefined}
 */
export function findChromium(env = process.env) {
	if (env.CHROMIUM) return existsSync(env.CHROMIUM) ? env.CHROMIUM : findOnPath(env.CHROMIUM, env);
	for (const name of ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]) {
		const found = findOnPath(name, env);
		if (found !== undefined) return found;
	}
	return undefined;
}
