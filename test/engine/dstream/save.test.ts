// saveAsTextFiles and saveAsObjectFiles: a directory per batch, whole or not there, replaced by a second run.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { batchPath } from "../../../engine/driver/save.ts";
import { ManualClock, SparkContext, StreamingContext } from "../../../engine/index.ts";
import { TestSource } from "../../../engine/testing/index.ts";
import { cellOptions, fewCells } from "../../support/matrix.ts";

let folder: string;
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "save-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe.each(fewCells)("$name", (cell) => {
	test("each batch has its directory, each partition its file, and what was there before is replaced", async () => {
		const clock = new ManualClock();
		const ssc = new StreamingContext({ ...cellOptions(cell), batch: 1000, clock });
		mkdirSync(join(folder, "out-1000ms.txt"));
		writeFileSync(join(folder, "out-1000ms.txt", "part-00009"), "of a run before\n");
		const stream = new TestSource<unknown>(ssc, [["a", "b", ["c", 1]], []], 2).stream;
		stream.saveAsTextFiles(join(folder, "out"), "txt");
		stream.saveAsObjectFiles(join(folder, "data"));
		await ssc.start();
		await clock.advance(1000);
		await clock.advance(1000);
		await ssc.stop();
		expect(readdirSync(folder).sort()).toEqual(["data-1000ms", "data-2000ms", "out-1000ms.txt", "out-2000ms.txt"]);
		const out = join(folder, "out-1000ms.txt");
		expect(readdirSync(out).sort()).toEqual(["_SUCCESS", "part-00000", "part-00001"]);
		expect(readFileSync(join(out, "part-00000"), "utf8")).toBe("a\n");
		expect(readFileSync(join(out, "part-00001"), "utf8")).toBe("b\n[ 'c', 1 ]\n");
		const sc = new SparkContext({ master: "local[1]", runtime: "in-process" });
		expect(await sc.objectFile(join(folder, "data-1000ms")).collect()).toEqual(["a", "b", ["c", 1]]);
		await sc.stop();
	});

	test("a batch that fails leaves nothing behind, and the next one is written", async () => {
		const quiet = vi.spyOn(process.stderr, "write").mockImplementation(() => true);
		const clock = new ManualClock();
		const ssc = new StreamingContext({ ...cellOptions(cell), batch: 1000, clock });
		new TestSource<number>(ssc, [[1], [2]], 1).stream
			.map((n) => {
				if (n === 1) throw new Error("not this one");
				return n;
			})
			.saveAsTextFiles(join(folder, "out"));
		await ssc.start();
		await clock.advance(1000);
		await clock.advance(1000);
		await expect(ssc.stop()).rejects.toThrow("not this one");
		quiet.mockRestore();
		expect(readdirSync(folder)).toEqual(["out-2000ms"]);
	});
});

test("prefix and suffix make the name", () => {
	expect(batchPath("", "", 1000)).toBe("1000ms");
	expect(batchPath("", "txt", 1000)).toBe("1000ms.txt");
	expect(batchPath("a/b", "", 1000)).toBe("a/b-1000ms");
});

test("bad names are refused", () => {
	const ssc = new StreamingContext({ master: "local[1]", runtime: "in-process", batch: 1000 });
	expect(() => ssc.queueStream([[1]]).saveAsTextFiles(1 as never)).toThrow(/prefix/);
	expect(() => ssc.queueStream([[1]]).saveAsObjectFiles("x", 1 as never)).toThrow(/suffix/);
});
