// Inputs on disk: one file per session, so that kernels that run at once never write to the same one.
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";

/** One input of a session. */
export interface Entry {
	readonly line: number;
	readonly input: string;
	output?: string;
}

/** Sessions kept; older ones are removed. */
const SESSIONS = 200;
/** Bytes kept of all sessions together. */
const BYTES = 8 * 1024 * 1024;
/** Bytes of one session; what comes after them is remembered until the kernel ends. */
const SESSION_BYTES = 1024 * 1024;
const NAME = /^session-(\d+)\.jsonl$/;

/** The sessions in one folder. */
export class HistoryStore {
	readonly #folder: string;
	#own: { readonly number: number; readonly file: number; size: number } | undefined;
	#failed = false;
	readonly #read = new Map<number, { readonly stamp: string; readonly entries: readonly Entry[] }>();

	constructor(folder: string) {
		this.#folder = folder;
	}

	/** Number of this session: one more than the newest other one until something is written. */
	get session(): number {
		return this.#own?.number ?? (this.#numbers().at(-1) ?? 0) + 1;
	}

	/** Appends a record; a folder that cannot be written is told once and costs nothing else. */
	append(record: { readonly l: number; readonly i?: string; readonly o?: string }): void {
		if (this.#failed) return;
		try {
			this.#own ??= this.#open();
			const line = Buffer.from(`${JSON.stringify(record)}\n`);
			if (this.#own.size + line.length > SESSION_BYTES) return;
			this.#own.size += line.length;
			writeSync(this.#own.file, line);
		} catch (error) {
			this.#failed = true;
			process.emitWarning(`History is not kept in ${this.#folder}: ${(error as Error).message}`);
		}
	}

	/** Returns the entries of the other sessions, oldest first. */
	others(): Map<number, readonly Entry[]> {
		const found = new Map<number, readonly Entry[]>();
		for (const number of this.#numbers()) if (number !== this.#own?.number) found.set(number, this.#entries(number));
		for (const number of this.#read.keys()) if (!found.has(number)) this.#read.delete(number);
		return found;
	}

	/** Lets the file go. */
	close(): void {
		if (this.#own) closeSync(this.#own.file);
		this.#own = undefined;
		this.#failed = true;
	}

	/** The exclusive flag makes a number belong to one kernel, whoever else looks for one at the same moment. */
	#open(): { number: number; file: number; size: number } {
		mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
		this.#prune();
		for (let number = this.session; ; number++) {
			try {
				return { number, file: openSync(this.#path(number), "ax", 0o600), size: 0 };
			} catch (error) {
				if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
			}
		}
	}

	#prune(): void {
		const numbers = this.#numbers();
		let bytes = 0;
		for (const [index, number] of [...numbers].reverse().entries()) {
			const size = statSync(this.#path(number), { throwIfNoEntry: false })?.size ?? 0;
			bytes += size;
			if (index >= SESSIONS - 1 || bytes > BYTES) rmSync(this.#path(number), { force: true });
		}
	}

	#numbers(): number[] {
		try {
			const numbers = readdirSync(this.#folder).flatMap((name) => NAME.exec(name)?.[1] ?? []);
			return numbers.map(Number).sort((a, b) => a - b);
		} catch {
			return [];
		}
	}

	#path(number: number): string {
		return join(this.#folder, `session-${number}.jsonl`);
	}

	#entries(number: number): readonly Entry[] {
		const info = statSync(this.#path(number), { throwIfNoEntry: false });
		if (!info) return [];
		const stamp = `${info.mtimeMs} ${info.size}`;
		const known = this.#read.get(number);
		if (known?.stamp === stamp) return known.entries;
		let entries: readonly Entry[] = [];
		try {
			entries = parse(readFileSync(this.#path(number), "utf8"));
		} catch {
			// Removed or unreadable since it was listed.
		}
		this.#read.set(number, { stamp, entries });
		return entries;
	}
}

/** A line that is cut short (a kernel was killed while it wrote) or is no record is left out. */
function parse(text: string): Entry[] {
	const entries: Entry[] = [];
	for (const line of text.split("\n")) {
		try {
			const { l, i, o } = JSON.parse(line) as { l?: unknown; i?: unknown; o?: unknown };
			if (typeof l !== "number") continue;
			if (typeof i === "string") entries.push({ line: l, input: i });
			const last = entries.at(-1);
			if (typeof o === "string" && last?.line === l) last.output = o;
		} catch {}
	}
	return entries;
}
