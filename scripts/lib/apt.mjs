// @ts-check
// Debian packages, installed only where nobody can be asked: in CI, as root.
import { findOnPath, lastLines, run } from "./run.mjs";

/**
 * Returns whether missing Debian packages are to be installed rather than asked for.
 * @param {NodeJS.ProcessEnv} env
 */
export function mayInstall(env) {
	return env.CI === "true" && process.getuid?.() === 0 && findOnPath("apt-get", env) !== undefined;
}

/**
 * Installs Debian packages; returns undefined, or the end of the output when that failed.
 * @param {readonly string[]} names
 * @param {NodeJS.ProcessEnv} env
 */
export async function aptInstall(names, env) {
	const quiet = { ...env, DEBIAN_FRONTEND: "noninteractive" };
	for (const args of [["update"], ["install", "-y", "--no-install-recommends", ...names]]) {
		const { code, output } = await run("apt-get", args, { env: quiet });
		if (code !== 0) return lastLines(output, 5);
	}
	return undefined;
}
