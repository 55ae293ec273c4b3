// @ts-check
// One set-up at a time per checkout: a second one waits for the first.
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** @param {number} pid */
function lives(pid) {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM";
	}
}

/**
 * Runs `work` while holding the lock file. A lock whose process is gone is taken over.
 * @template T
 * @param {string} file
 * @param {() => Promise<T>} work
 * @param {(holder: number) => void} [waiting] told once when another process holds the lock for a second
 */
export async function withLock(file, work, waiting = () => {}) {
	mkdirSync(dirname(file), { recursive: true });
	for (let rounds = 0; ; rounds++) {
		try {
			writeFileSync(file, String(process.pid), { flag: "wx" });
			break;
		} catch (error) {
			if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EEXIST") throw error;
		}
		const holder = Number(read(file));
		if (holder > 0 ? lives(holder) : isFresh(file)) {
			// Not at once: a process that was just ended may still be listed.
			if (rounds === 5) waiting(holder);
			await sleep(200);
		} else rmSync(file, { force: true });
	}
	const release = () => {
		if (Number(read(file)) === process.pid) rmSync(file, { force: true });
	};
	process.once("exit", release);
	try {
		return await work();
	} finally {
		process.off("exit", release);
		release();
	}
}

/**
 * Returns whether an empty lock file is so new that its owner may not have written its id yet.
 * @param {string} file
 */
function isFresh(file) {
	try {
		return Date.now() - statSync(file).mtimeMs < 2000;
	} catch {
		return false;
	}
}

/** @param {string} file */
function read(file) {
	try {
		return readFileSync(file, "utf8");
	} catch {
		return "";
	}
}
