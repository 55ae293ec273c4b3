// Files as RDDs, on both sides: what a path names, which bytes are a partition, and how partitions are written.
import { randomUUID } from "node:crypto";
import {
	closeSync,
	existsSync,
	globSync,
	mkdirSync,
	openSync,
	readdirSync,
	readFileSync,
	readSync,
	renameSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describeValue, streamError } from "../errors/index.ts";

/** A part of a file: one partition, or one of several of a partition. */
export interface Split {
	readonly file: string;
	readonly start: number;
	readonly end: number;
	readonly size: number;
}

/** Splits are no longer than this, however few partitions are asked for. */
const LONGEST = 32 * 2 ** 20;

const hidden = (file: string): boolean => /^[._]/.test(basename(file));

/** Returns the files behind a path: a file, a folder's files, a pattern, or several of these with commas between them. */
export function filesOf(step: string, path: string): string[] {
	const files: string[] = [];
	for (const one of path.split(",").map((part) => part.trim().replace(/^file:(\/\/)?/, ""))) {
		const found = existsSync(one) ? [one] : /[*?[{]/.test(one) ? globSync(one).sort() : [];
		if (found.length === 0) {
			throw streamError("STREAM_CONFIG", {
				step,
				message: `Input path does not exist: ${one}`,
				expected: "a file, a folder or a pattern that matches files",
				got: describeValue(one),
			});
		}
		for (const at of found) {
			if (!statSync(at).isDirectory()) files.push(at);
			else {
				const inside = readdirSync(at)
					.filter((name) => !hidden(name))
					.sort();
				files.push(...inside.map((name) => join(at, name)).filter((file) => statSync(file).isFile()));
			}
		}
	}
	return files;
}

/** Cuts files into at least `least` splits where they are large enough; compressed files stay whole. */
export function splitsOf(files: readonly string[], least: number): Split[] {
	const sizes = files.map((file) => statSync(file).size);
	const total = sizes.reduce((sum, size) => sum + size, 0);
	const goal = Math.max(1, Math.min(Math.floor(total / Math.max(1, least)), LONGEST));
	return files.flatMap((file, i) => {
		const size = sizes[i];
		if (file.endsWith(".gz") || size === 0) return [{ file, start: 0, end: size, size }];
		const splits: Split[] = [];
		let start = 0;
		// The last split may be a tenth longer: a few bytes are no work for a task of their own.
		while ((size - start) / goal > 1.1) {
			splits.push({ file, start, end: start + goal, size });
			start += goal;
		}
		if (start < size) splits.push({ file, start, end: size, size });
		return splits;
	});
}

/** Returns the lines that begin in a split: those of the whole file are in exactly one of its splits each. */
export function linesOf(split: Split): string[] {
	if (split.file.endsWith(".gz")) return lines(gunzipSync(readFileSync(split.file)).toString("utf8"));
	if (split.size === 0) return [];
	const file = openSync(split.file, "r");
	try {
		// One byte before tells whether a line begins at the start; the last line may go on behind the end.
		const from = Math.max(0, split.start - 1);
		let bytes = read(file, from, split.end - from);
		let begin = 0;
		if (split.start > 0) {
			begin = bytes.indexOf(10) + 1;
			if (begin === 0) return [];
			if (from + begin >= split.end) return [];
		}
		let at = split.end;
		while (at < split.size && bytes[bytes.length - 1] !== 10) {
			const more = read(file, at, Math.min(65536, split.size - at));
			if (more.length === 0) break;
			const stop = more.indexOf(10);
			bytes = Buffer.concat([bytes, stop < 0 ? more : more.subarray(0, stop + 1)]);
			at += more.length;
			if (stop >= 0) break;
		}
		return lines(bytes.subarray(begin).toString("utf8"));
	} finally {
		closeSync(file);
	}
}

function read(file: number, from: number, length: number): Buffer {
	const buffer = Buffer.alloc(length);
	let got = 0;
	while (got < length) {
		const n = readSync(file, buffer, got, length - got, from + got);
		if (n === 0) break;
		got += n;
	}
	return buffer.subarray(0, got);
}

function lines(text: string): string[] {
	const parts = text.split("\n");
	if (parts[parts.length - 1] === "") parts.pop();
	return parts.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
}

/** Returns a file's content, unpacked where it is compressed. */
export function contentOf(file: string): Buffer {
	const bytes = readFileSync(file);
	return file.endsWith(".gz") ? gunzipSync(bytes) : bytes;
}

/** Makes the folder of an output; throws Spark's error when there is something at the path. */
export function makeOutput(step: string, path: string): void {
	if (existsSync(path)) {
		throw streamError("STREAM_CONFIG", {
			step,
			message: `Output directory ${path} already exists`,
			expected: "a path where nothing is yet",
			got: describeValue(path),
		});
	}
	mkdirSync(path, { recursive: true });
}

/** Writes the mark that an output is complete. */
export function markDone(path: string): void {
	writeFileSync(join(path, "_SUCCESS"), "");
}

/** Writes the file of a partition; a retry writes the same name, and readers never see half of it. */
export function writePart(path: string, partition: number, data: string | Uint8Array, gzip = false): void {
	const name = `part-${String(partition).padStart(5, "0")}${gzip ? ".gz" : ""}`;
	const temporary = join(path, `_${name}.${randomUUID()}`);
	writeFileSync(temporary, gzip ? gzipSync(data) : data);
	renameSync(temporary, join(path, name));
}
