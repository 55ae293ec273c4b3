// @ts-check
// The self-check: the quickstart notebook, executed without a browser.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cellFailure, resultText } from "./notebook.mjs";
import { Problem } from "./problem.mjs";
import { cache, root, venv, venvProgram } from "./project.mjs";
import { lastLines, run } from "./run.mjs";

/** The notebook that `npm start` checks and opens. */
export const quickstart = join(root, "notebooks", "quickstart.ipynb");

/**
 * Returns the environment of the Python programs: kernels of .venv win over those of the user.
 * @param {NodeJS.ProcessEnv} env
 */
export function jupyterEnv(env) {
	return { ...env, JUPYTER_PREFER_ENV_PATH: "1", VIRTUAL_ENV: venv };
}

/**
 * Executes a copy of the quickstart notebook and returns the text of its result; the notebook itself is not changed.
 * @param {NodeJS.ProcessEnv} [env]
 */
export async function selfCheck(env = process.env) {
	if (!existsSync(quickstart))
		throw new Problem(`${quickstart} is missing. Get it back (git checkout notebooks) and run the same command again.`);
	const folder = join(cache, "self-check");
	const result = join(folder, "quickstart.ipynb");
	const log = join(cache, "logs", "self-check.log");
	rmSync(result, { force: true });
	const { code, output } = await run(
		venvProgram("python"),
		[
			"-m",
			"nbconvert",
			"--to",
			"notebook",
			"--execute",
			"--ExecutePreprocessor.timeout=120",
			"--output-dir",
			folder,
			"--output",
			"quickstart.ipynb",
			quickstart,
		],
		{ cwd: root, env: jupyterEnv(env), log },
	);
	if (code !== 0)
		throw new Problem(
			`The quickstart notebook failed (whole output: ${log}):\n${cellFailure(output) ?? lastLines(output, 25)}`,
		);
	const text = resultText(JSON.parse(readFileSync(result, "utf8")));
	if (text === undefined) throw new Problem(`The quickstart notebook ran and showed no result; see ${result}.`);
	return text;
}
