// Output operations that write files: a directory per batch, complete or not there at all.
import { randomUUID } from "node:crypto";
import { mkdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { markDone } from "../rdd/files.ts";

/** Returns the directory of a batch: `prefix-TIMEms.suffix`. */
export function batchPath(prefix: string, suffix: string, time: number): string {
	const name = prefix === "" ? `${time}ms` : `${prefix}-${time}ms`;
	return suffix === "" ? name : `${name}.${suffix}`;
}

/** Lets `write` fill a directory that nobody sees, then puts it in place of what a run before has left. */
export async function saveDirectory(path: string, write: (directory: string) => Promise<void>): Promise<void> {
	const target = resolve(path);
	const hidden = join(dirname(target), `.${basename(target)}.${randomUUID()}`);
	await mkdir(hidden, { recursive: true });
	try {
		await write(hidden);
		markDone(hidden);
		await rm(target, { recursive: true, force: true });
		await rename(hidden, target);
	} catch (error) {
		await rm(hidden, { recursive: true, force: true });
		throw error;
	}
}
