// @ts-check
// The Python side of the set-up: a project-local .venv with what requirements.txt pins.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { aptInstall, mayInstall } from "./apt.mjs";
import { Problem } from "./problem.mjs";
import { cache, root, venv, venvProgram } from "./project.mjs";
import { minimumPython } from "./python.mjs";
import { findOnPath, lastLines, looksOffline, run } from "./run.mjs";
import { readStamp, writeStamp } from "./stamp.mjs";
import { atLeast, parseVersion } from "./versions.mjs";

const offlineProblem = () =>
	new Problem(
		"The Python package index cannot be reached. Check the network connection (or pip's proxy settings) and run the same command again.",
	);

/**
 * Returns what a finished environment is made from. The folder counts: an environment cannot be moved.
 * @param {string} requirements
 * @param {string} folder
 */
export function venvKey(requirements, folder) {
	return createHash("sha256").update(`${folder}\0${requirements}`).digest("hex");
}

/**
 * Makes the environment hold what requirements.txt pins; returns what was done.
 * @param {{ program: string, version: string }} python
 * @param {NodeJS.ProcessEnv} [env]
 */
export async function installVenv(python, env = process.env) {
	const key = venvKey(readFileSync(join(root, "requirements.txt"), "utf8"), venv);
	const stamp = join(venv, "millrace.json");
	const interrupted = join(venv, "millrace-unfinished");
	if (readStamp(stamp)?.key === key && existsSync(venvProgram("python"))) return "up to date";

	// A half-installed package can look installed to pip, so an interrupted environment is made anew.
	const uv = findOnPath("uv", env);
	const keep = !existsSync(interrupted) && (await isUsable(uv !== undefined));
	if (!keep) {
		rmSync(venv, { recursive: true, force: true });
		await create(python.program, uv, env);
	}
	mkdirSync(venv, { recursive: true });
	writeFileSync(interrupted, "");
	rmSync(stamp, { force: true });
	await fill(uv, env);
	writeStamp(stamp, { key, python: python.version });
	rmSync(interrupted);
	return keep ? "packages brought up to date" : "made";
}

/**
 * Returns whether .venv is an environment of this folder that packages can be installed into.
 * @param {boolean} haveUv
 */
async function isUsable(haveUv) {
	const program = venvProgram("python");
	if (!existsSync(program)) return false;
	try {
		const { code, output } = await run(program, [
			"-c",
			"import sys; print('%d.%d.%d' % sys.version_info[:3]); print(sys.prefix)",
		]);
		const [version, prefix] = output.split("\n");
		if (
			code !== 0 ||
			!atLeast(parseVersion(version) ?? [0], minimumPython) ||
			realpathSync(prefix) !== realpathSync(venv)
		)
			return false;
		return haveUv || (await run(program, ["-m", "pip", "--version"])).code === 0;
	} catch {
		return false; // a link to a Python that is gone
	}
}

/**
 * @param {string} python
 * @param {string | undefined} uv
 * @param {NodeJS.ProcessEnv} env
 */
async function create(python, uv, env) {
	if (uv !== undefined) {
		const { code } = await run(uv, ["venv", "--quiet", "--python", python, venv], { env });
		if (code === 0) return;
		rmSync(venv, { recursive: true, force: true });
	}
	const log = join(cache, "logs", "venv.log");
	const attempt = () => run(python, ["-m", "venv", venv], { env, log });
	let result = await attempt();
	const noPip = () => result.code !== 0 && /ensurepip|No module named venv/.test(result.output);
	if (noPip() && mayInstall(env)) {
		const failure = await aptInstall(["python3-venv"], env);
		if (failure !== undefined) throw new Problem(`apt-get install python3-venv failed: ${failure}`);
		rmSync(venv, { recursive: true, force: true });
		result = await attempt();
	}
	if (result.code === 0) return;
	rmSync(venv, { recursive: true, force: true });
	if (noPip()) {
		throw new Problem(
			`${python} cannot make virtual environments (its venv or ensurepip module is missing). Install it (Debian, Ubuntu: apt-get install python3-venv) or put uv on the PATH, and run the same command again.`,
		);
	}
	throw new Problem(`${python} -m venv failed (whole output: ${log}):\n${lastLines(result.output)}`);
}

/**
 * @param {string | undefined} uv
 * @param {NodeJS.ProcessEnv} env
 */
async function fill(uv, env) {
	const requirements = join(root, "requirements.txt");
	const python = venvProgram("python");
	const log = join(cache, "logs", "pip.log");
	const { code, output } = uv
		? await run(uv, ["pip", "install", "--python", python, "-r", requirements], { env, cwd: root, log })
		: await run(
				python,
				[
					"-m",
					"pip",
					"install",
					"--disable-pip-version-check",
					"--no-input",
					"--progress-bar",
					"off",
					"--retries",
					"2",
					"-r",
					requirements,
				],
				{ env, cwd: root, log },
			);
	if (code === 0) return;
	if (looksOffline(output)) throw offlineProblem();
	throw new Problem(
		`Installing the packages of requirements.txt failed (whole output: ${log}):\n${lastLines(output, 12)}`,
	);
}
