// @ts-check
// Stamps: small files that say what a finished step was made from. They are written last, so a step that was
// interrupted has none and is done again.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";

/**
 * Returns all files below the given files and folders, relative to `base`, sorted. Missing ones are left out.
 * @param {string} base
 * @param {readonly string[]} entries
 * @param {(path: string) => boolean} [keep]
 */
export function filesBelow(base, entries, keep = () => true) {
	/** @type {string[]} */
	const found = [];
	for (const entry of entries) {
		const full = join(base, entry);
		if (!existsSync(full)) continue;
		try {
			for (const item of readdirSync(full, { recursive: true, withFileTypes: true })) {
				// `parentPath` came with 20.12; `path` is what it replaced.
				const folder = item.parentPath ?? /** @type {{ path: string }} */ (/** @type {unknown} */ (item)).path;
				if (item.isFile()) found.push(relative(base, join(folder, item.name)));
			}
		} catch (error) {
			if (/** @type {NodeJS.ErrnoException} */ (error).code !== "ENOTDIR") throw error;
			found.push(entry);
		}
	}
	return found
		.map((path) => path.split(sep).join("/"))
		.filter(keep)
		.sort();
}

/**
 * Returns a hash of the names and contents of the files below `entries`.
 * @param {string} base
 * @param {readonly string[]} entries
 */
export function hashFiles(base, entries) {
	const hash = createHash("sha256");
	for (const path of filesBelow(base, entries)) {
		const content = readFileSync(join(base, path));
		hash.update(`${path}\0${content.length}\0`).update(content);
	}
	return hash.digest("hex");
}

/**
 * Returns the data of a stamp, or undefined when it is missing or torn.
 * @param {string} file
 * @returns {any}
 */
export function readStamp(file) {
	try {
		return JSON.parse(readFileSync(file, "utf8"));
	} catch {
		return undefined;
	}
}

/**
 * Writes a stamp so that it is there as a whole or not at all.
 * @param {string} file
 * @param {unknown} data
 */
export function writeStamp(file, data) {
	mkdirSync(dirname(file), { recursive: true });
	writeFileSync(`${file}.new`, `${JSON.stringify(data, null, "\t")}\n`);
	renameSync(`${file}.new`, file);
}
