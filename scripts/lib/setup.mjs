// @ts-check
// The set-up that `npm start`, `npm test` and `npm run bench` share. Every step is skipped when it is up to date.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { build } from "./build.mjs";
import { withLock } from "./lock.mjs";
import { installPackages, npmCommand } from "./packages.mjs";
import { Problem } from "./problem.mjs";
import { cache, node24, root, venv } from "./project.mjs";
import { findPython } from "./python.mjs";
import { lastLines, run } from "./run.mjs";
import { installVenv } from "./venv.mjs";
import { atLeast, parseVersion } from "./versions.mjs";

/**
 * Brings packages, .venv, build and kernelspec up to date.
 * @param {import("./steps.mjs").Step} step
 * @param {NodeJS.ProcessEnv} [env]
 */
export async function setUp(step, env = process.env) {
	/** @type {{ program: string, version: string } | undefined} */
	let python;
	await step("Node, npm and Python", async () => {
		if (!atLeast(parseVersion(process.versions.node) ?? [0], [20])) {
			throw new Problem(
				`Node 20 or newer is needed, this is ${process.versions.node}. Install it (https://nodejs.org) and run the same command again.`,
			);
		}
		const [program, ...first] = npmCommand(env);
		const npm = await run(program, [...first, "--version"], { env });
		if (npm.code !== 0)
			throw new Problem(
				`npm does not run: ${lastLines(npm.output, 1)}. Install Node 20 or newer with npm and run the same command again.`,
			);
		python = findPython(env);
		return `Node ${process.versions.node}, npm ${npm.output.trim()}, Python ${python.version}`;
	});
	await withLock(
		join(cache, "set-up.lock"),
		async () => {
			await step("Node packages and Node 24 (npm ci)", () => installPackages(env));
			await step("Python packages (.venv)", () => installVenv(/** @type {NonNullable<typeof python>} */ (python), env));
			await step("Build (dist)", () => build());
			await step("Kernel and JupyterLab extension (.venv)", () => installKernel());
		},
		(holder) => console.log(`Waiting for another set-up in this folder (process ${holder}) …`),
	);
}

/** Writes kernelspec, labextension and settings into the environment. */
async function installKernel() {
	const cli = join(root, "dist", "kernel-ext", "install", "cli.js");
	if (!existsSync(cli))
		throw new Problem(`${cli} is missing from the build. Delete dist and run the same command again.`);
	const { code, output } = await run(node24, [cli, "install", "--prefix", venv, "--own", "--quiet"], { cwd: root });
	if (code !== 0) throw new Problem(`Installing the kernel failed: ${lastLines(output)}`);
	return output.trim() || "installed";
}
