// A folder of its own per test, removed when the test has ended.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

/** Returns a new empty folder that is removed at the end of the running test. */
export function tempFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), "millrace-test-"));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
}

/** Writes `text` to `folder/path`, making folders on the way, and returns the full path. */
export function put(folder: string, path: string, text: string, mode = 0o644): string {
	const file = join(folder, path);
	mkdirSync(dirname(file), { recursive: true });
	writeFileSync(file, text, { mode });
	return file;
}
