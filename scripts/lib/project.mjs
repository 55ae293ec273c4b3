// @ts-check
// Where things are in the project; every script asks here.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's root folder. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const windows = process.platform === "win32";

/** Node 24 as `npm ci` installs it; kernel, tests and benches run under it. */
export const node24 = join(root, "node_modules", "node", "bin", windows ? "node.exe" : "node");

/** The compiler by its path: `node_modules/.bin/tsc` may belong to another package. */
export const tsc = join(root, "node_modules", "typescript", "bin", "tsc");

/** The project-local Python environment. */
export const venv = join(root, ".venv");

/** Logs, self-check copies and other things that may be deleted at any time. */
export const cache = join(root, ".cache");

/**
 * Returns the path of a program inside a Python environment.
 * @param {string} name
 * @param {string} [prefix]
 */
export function venvProgram(name, prefix = venv) {
	return windows ? join(prefix, "Scripts", `${name}.exe`) : join(prefix, "bin", name);
}
