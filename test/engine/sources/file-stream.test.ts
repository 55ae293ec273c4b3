// File streams: which files belong to which batch, by a manual clock and given modification times.
import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type DStream, ManualClock, StreamingContext } from "../../../engine/index.ts";
import { cellOptions, fewCells } from "../../support/matrix.ts";

let folder: string;
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "files-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array, ms: number): void {
	const hidden = join(folder, `.${name.replaceAll("/", "-")}`);
	writeFileSync(hidden, content);
	utimesSync(hidden, ms / 1000, ms / 1000);
	renameSync(hidden, join(folder, name));
}

const START = 1_000_000;

/** Runs batches; `before` is called ahead of each one with its time. */
async function run<T>(
	cell: (typeof fewCells)[number],
	make: (ssc: StreamingContext) => DStream<T>,
	batches: number,
	before: (time: number, ssc: StreamingContext) => unknown,
	conf: object = {},
) {
	const clock = new ManualClock(START);
	const ssc = new StreamingContext({ ...cellOptions(cell, conf as never), batch: 1000, clock });
	const out: T[][] = [];
	make(ssc).foreachRDD(async (rdd) => {
		out.push(await rdd.collect());
	});
	await ssc.start();
	for (let n = 1; n <= batches; n++) {
		await before(START + n * 1000, ssc);
		await clock.advance(1000);
	}
	await ssc.stop();
	return out;
}

describe.each(fewCells)("$name", (cell) => {
	test("each new file is read once, in the batch its modification time belongs to", async () => {
		file("old", "old\n", START - 5000);
		const out = await run(
			cell,
			(ssc) => ssc.textFileStream(folder),
			4,
			(time) => {
				if (time === START + 1000) file("a", "1\n2\r\n3", time);
				if (time === START + 2000) file("b", "4\n", time - 500);
				if (time === START + 3000) file(".hidden", "no\n", time);
			},
		);
		expect(out).toEqual([["1", "2", "3"], ["4"], [], []]);
	});

	test("a file of a later time waits for its batch", async () => {
		const out = await run(
			cell,
			(ssc) => ssc.textFileStream(folder),
			3,
			(time) => {
				if (time === START + 1000) file("later", "x\n", time + 1000);
			},
		);
		expect(out).toEqual([[], ["x"], []]);
	});

	test("with newFilesOnly false files from before come, as far back as files are remembered", async () => {
		file("old", "old\n", START - 5000);
		file("too old", "no\n", START - 100_000);
		const out = await run(
			cell,
			(ssc) => ssc.fileStream(folder, { newFilesOnly: false }),
			2,
			() => undefined,
		);
		expect(out).toEqual([["old"], []]);
	});

	test("the filter decides about paths, and whole files come with theirs", async () => {
		const out = await run(
			cell,
			(ssc) => ssc.fileStream(folder, { filter: (path) => path.endsWith(".csv"), format: "whole" }),
			1,
			(time) => {
				file("a.csv", "1\n2\n", time);
				file("a.txt", "no\n", time);
			},
		);
		expect(out).toEqual([[[join(folder, "a.csv"), "1\n2\n"]]]);
	});

	test("directories of a pattern are found while it runs; older files in them are not read", async () => {
		const out = await run(
			cell,
			(ssc) => ssc.textFileStream(join(folder, "day-*")),
			3,
			(time) => {
				if (time !== START + 2000) return;
				mkdirSync(join(folder, "day-1"));
				file("day-1/old", "old\n", START - 1);
				file("day-1/new", "new\n", time);
			},
		);
		expect(out).toEqual([[], ["new"], []]);
	});

	test("a directory that is not there is an empty batch and a warning", async () => {
		const quiet = vi.spyOn(process.stderr, "write").mockImplementation(() => true);
		try {
			const out = await run(
				cell,
				(ssc) => ssc.textFileStream(join(folder, "none")),
				1,
				() => undefined,
			);
			expect(out).toEqual([[]]);
			expect(String(quiet.mock.calls.flat())).toMatch(/textFileStream: cannot list/);
		} finally {
			quiet.mockRestore();
		}
	});

	test("an empty file is an empty batch", async () => {
		expect(
			await run(
				cell,
				(ssc) => ssc.textFileStream(folder),
				1,
				(time) => file("empty", "", time),
			),
		).toEqual([[]]);
	});

	test("binary records have their length, and another length is told", async () => {
		const out = await run(
			cell,
			(ssc) => ssc.binaryRecordsStream(folder, 2).map((record) => [...record]),
			1,
			(time) => file("bytes", new Uint8Array([1, 2, 3, 4]), time),
		);
		expect(out).toEqual([
			[
				[1, 2],
				[3, 4],
			],
		]);
	});
});

test("bad arguments are told", () => {
	const ssc = new StreamingContext({ master: "local[1]", runtime: "in-process", batch: 1000 });
	expect(() => ssc.textFileStream("")).toThrow(/a directory/);
	expect(() => ssc.fileStream("x", { format: "xml" as never })).toThrow(/format/);
	expect(() => ssc.fileStream("x", { filter: 1 as never })).toThrow(/a function/);
	expect(() => ssc.fileStream("x", { newFilesOnly: "no" as never })).toThrow(/newFilesOnly/);
	expect(() => ssc.binaryRecordsStream("x", 0)).toThrow(/whole number/);
});
