// Which files of a directory belong to a batch: Spark's rules, by modification time.
import { glob, readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** What decides. */
export interface FileChoice {
	/** A directory, or a pattern of directories. */
	readonly directory: string;
	/** Batch time in ms: later files wait. */
	readonly time: number;
	/** Files up to this modification time in ms are too old. */
	readonly ignoreUpTo: number;
	/** Files of batches that are remembered. */
	readonly before: ReadonlySet<string>;
	accepts(path: string): boolean;
}

async function directoriesOf(path: string): Promise<string[]> {
	if (!/[*?[{]/.test(path)) return [path];
	const found: string[] = [];
	for await (const directory of glob(path)) found.push(directory);
	return found.sort();
}

/** Returns the files of a batch, in order of their names; rejects when a directory cannot be listed. */
export async function chooseFiles(choice: FileChoice): Promise<string[]> {
	const chosen: string[] = [];
	for (const directory of await directoriesOf(choice.directory)) {
		// A pattern may match files, too.
		if (!(await stat(directory)).isDirectory()) continue;
		for (const name of (await readdir(directory)).sort()) {
			const path = join(directory, name);
			if (choice.before.has(path) || !choice.accepts(path)) continue;
			// A file that has gone meanwhile is none.
			const at = await stat(path).catch(() => undefined);
			if (at === undefined || !at.isFile()) continue;
			const time = Math.floor(at.mtimeMs);
			if (time > choice.ignoreUpTo && time <= choice.time) chosen.push(path);
		}
	}
	return chosen;
}
