// @ts-check
// The npm side of the set-up: `npm ci`, when node_modules is not what package-lock.json says.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { Problem } from "./problem.mjs";
import { cache, node24, root } from "./project.mjs";
import { findOnPath, lastLines, looksOffline, run } from "./run.mjs";
import { readStamp } from "./stamp.mjs";

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean }} Locked
 * @typedef {{ packages?: { [path: string]: Locked } }} Lock
 */

/**
 * Returns why node_modules is not what the lock file says, or undefined when it is. `installed` is the lock file
 * that npm writes into node_modules as the last thing of an installation.
 * @param {Lock | undefined} lock
 * @param {Lock | undefined} installed
 * @returns {string | undefined}
 */
export function whyInstall(lock, installed) {
	if (!installed?.packages) return "not installed yet";
	const wanted = lock?.packages ?? {};
	for (const [path, entry] of Object.entries(wanted)) {
		if (path === "") continue;
		const present = installed.packages[path];
		if (present === undefined) {
			if (entry.optional) continue; // made for another platform
			return `${path} is missing`;
		}
		if (present.version !== entry.version || present.integrity !== entry.integrity) return `${path} is another version`;
	}
	const extra = Object.keys(installed.packages).find((path) => path !== "" && wanted[path] === undefined);
	return extra === undefined ? undefined : `${extra} is no longer needed`;
}

/**
 * Returns program and first arguments that start npm: the npm that runs this script, else the one on the PATH.
 * Its Node must not be the one in node_modules, which `npm ci` replaces.
 * @param {NodeJS.ProcessEnv} [env]
 */
export function npmCommand(env = process.env) {
	const cli = env.npm_execpath;
	if (cli?.endsWith("npm-cli.js") && existsSync(cli)) {
		const inside = join(root, "node_modules");
		const outer = [env.npm_node_execpath, process.execPath].find((path) => path && !path.startsWith(inside));
		const program = outer ?? findOnPath("node", withoutNodeModules(env));
		if (program !== undefined) return [program, cli];
	}
	const npm = findOnPath("npm", withoutNodeModules(env));
	if (npm === undefined) {
		throw new Problem(
			"npm is needed and is not on the PATH. Install Node 20 or newer with npm (https://nodejs.org) and run the same command again.",
		);
	}
	return [npm];
}

/** @param {NodeJS.ProcessEnv} env */
function withoutNodeModules(env) {
	const kept = (env.PATH ?? "").split(delimiter).filter((folder) => !folder.startsWith(join(root, "node_modules")));
	return { ...env, PATH: kept.join(delimiter) };
}

/**
 * Makes node_modules what package-lock.json says; returns what was done.
 * @param {NodeJS.ProcessEnv} [env]
 */
export async function installPackages(env = process.env) {
	const reason =
		whyInstall(
			readStamp(join(root, "package-lock.json")),
			readStamp(join(root, "node_modules", ".package-lock.json")),
		) ?? (existsSync(node24) ? undefined : "Node 24 is missing");
	if (reason === undefined) return "up to date";
	const [program, ...first] = npmCommand(env);
	const log = join(cache, "logs", "npm-ci.log");
	const { code, output } = await run(
		program,
		[
			...first,
			"ci",
			"--no-audit",
			"--no-fund",
			"--loglevel=error",
			"--fetch-retry-mintimeout=1000",
			"--fetch-retry-maxtimeout=5000",
		],
		{ cwd: root, env: withoutNodeModules(env), log },
	);
	if (code !== 0) {
		if (looksOffline(output)) {
			throw new Problem(
				"The npm registry cannot be reached. Check the network connection (or npm's proxy settings) and run the same command again.",
			);
		}
		if (/EUSAGE|in sync|ENOENT.*package-lock/.test(output)) {
			throw new Problem("package.json and package-lock.json do not belong together. Run npm install and commit both.");
		}
		throw new Problem(`npm ci failed (whole output: ${log}):\n${lastLines(output)}`);
	}
	if (!existsSync(node24)) {
		throw new Problem(
			"npm ci left no Node 24 in node_modules. Install scripts must be allowed: unset ignore-scripts (npm config delete ignore-scripts) and run the same command again.",
		);
	}
	return `installed (${reason})`;
}
