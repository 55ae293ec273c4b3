// @ts-check
// Finds a Python that is new enough, or says which one is missing.
import { spawnSync } from "node:child_process";
import { Problem } from "./problem.mjs";
import { findOnPath } from "./run.mjs";
import { atLeast, parseVersion } from "./versions.mjs";

/** The oldest Python that JupyterLab 4.6 runs on. */
export const minimumPython = /** @type {const} */ ([3, 10]);

const names = ["python3", "python", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10"];
const wayOut =
	"Install it (Debian, Ubuntu: apt-get install python3 python3-venv; macOS: brew install python) and run the same command again";

/**
 * Returns the first Python on the PATH that is new enough; throws a Problem that names what was found instead.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {{ program: string, version: string }}
 */
export function findPython(env = process.env) {
	/** @type {string[]} */
	const tooOld = [];
	for (const name of names) {
		const program = findOnPath(name, env);
		if (program === undefined) continue;
		// The name on the PATH may be a shim that answers only for some versions: ask it.
		const answer = spawnSync(program, ["-c", "import sys; print('%d.%d.%d' % sys.version_info[:3])"], {
			encoding: "utf8",
			env,
			timeout: 30_000,
		});
		const version = answer.status === 0 ? parseVersion(answer.stdout) : undefined;
		if (version === undefined) continue;
		if (atLeast(version, minimumPython)) return { program, version: version.join(".") };
		tooOld.push(`${version.join(".")} (${program})`);
	}
	const wanted = `Python ${minimumPython.join(".")} or newer is needed`;
	throw new Problem(
		tooOld.length > 0
			? `${wanted}, found only ${tooOld.join(", ")}. ${wayOut}.`
			: `${wanted}, and neither python3 nor python on the PATH answers. ${wayOut}.`,
	);
}
