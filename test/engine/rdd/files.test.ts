// Files: what is written is read again, whatever the number of splits; what is there or missing is refused.
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { SparkContext } from "../../../engine/index.ts";
import { linesOf, splitsOf } from "../../../engine/rdd/files.ts";
import { cellOptions, fewCells, randomness } from "../../support/matrix.ts";
import { put, tempFolder } from "../../support/temp.ts";

describe.each(fewCells)("$name", (cell) => {
	test("text, compressed text and objects come back", async () => {
		const folder = tempFolder();
		const sc = new SparkContext(cellOptions(cell));
		try {
			const rdd = sc.range(0, 10, 1, 3);
			await rdd.saveAsTextFile(join(folder, "text"));
			expect(readdirSync(join(folder, "text"))).toEqual(["_SUCCESS", "part-00000", "part-00001", "part-00002"]);
			const lines = Array.from({ length: 10 }, (_, i) => String(i));
			expect(await sc.textFile(join(folder, "text")).collect()).toEqual(lines);
			await rdd.saveAsTextFile(join(folder, "gzip"), "gzip");
			expect(await sc.textFile(join(folder, "gzip", "*.gz")).collect()).toEqual(lines);
			const records = [{ a: 1 }, [1, "x"], new Date(5), undefined, Number.NaN];
			await sc.parallelize<unknown>(records as never[], 2).saveAsObjectFile(join(folder, "objects"));
			expect(await sc.objectFile(join(folder, "objects")).collect()).toEqual(records);
			const whole = await sc.wholeTextFiles(join(folder, "text")).collect();
			expect(whole.map(([file, text]) => [file.slice(-5), text.length])).toEqual([
				["00000", 6],
				["00001", 6],
				["00002", 8],
			]);
			const bytes = await sc
				.binaryFiles(join(folder, "text", "part-00000"))
				.values()
				.first();
			expect(Buffer.from(bytes).toString()).toBe("0\n1\n2\n");
			await expect(rdd.saveAsTextFile(join(folder, "text"))).rejects.toThrow(/Output directory .*text already exists/);
			expect(() => sc.textFile(join(folder, "none"))).toThrow(/Input path does not exist: .*none/);
		} finally {
			await sc.stop();
		}
	});

	test("a checkpoint cuts the lineage and keeps the partitioner", async () => {
		const folder = tempFolder();
		const sc = new SparkContext(cellOptions(cell));
		try {
			const sums = sc
				.range(0, 10, 1, 2)
				.keyBy((x) => x % 3)
				.reduceByKey((a, b) => a + b);
			expect(() => sums.checkpoint()).toThrow(/Checkpoint directory has not been set in the SparkContext/);
			sc.setCheckpointDir(folder);
			sums.checkpoint();
			const { partitioner } = sums;
			expect([sums.isCheckpointed, sums.getCheckpointFile()]).toEqual([false, undefined]);
			const before = await sums.mapValues((x) => x).collect();
			expect(sums.isCheckpointed).toBe(true);
			expect(readdirSync(sums.getCheckpointFile() as string).length).toBe(sums.getNumPartitions());
			expect(sums.toDebugString()).toBe("(3) checkpoint");
			expect(sums.partitioner).toEqual(partitioner);
			expect(await sums.collect()).toEqual(before);
			const local = sc.range(0, 4).localCheckpoint();
			await local.count();
			expect([local.isCheckpointed, local.getCheckpointFile()]).toEqual([true, undefined]);
		} finally {
			await sc.stop();
		}
	});
});

describe("splits", () => {
	test("every line of random text is in exactly one split", () => {
		const { random } = randomness("splits");
		const folder = tempFolder();
		for (let n = 0; n < 200; n++) {
			const lines = Array.from({ length: Math.floor(random() * 12) }, () => "é".repeat(Math.floor(random() * 9)));
			const text =
				lines.map((line) => `${line}${random() < 0.2 ? "\r\n" : "\n"}`).join("") + (random() < 0.5 ? "last" : "");
			if (random() < 0.5) lines.push("last");
			const file = join(folder, `${n}.txt`);
			writeFileSync(file, text);
			const wanted = text.split("\n").map((line) => line.replace(/\r$/, ""));
			if (wanted[wanted.length - 1] === "") wanted.pop();
			for (const parts of [1, 2, 3, 7, 20]) expect(splitsOf([file], parts).flatMap(linesOf)).toEqual(wanted);
		}
	});

	test("an empty file has no lines", () => {
		expect(splitsOf([put(tempFolder(), "empty.txt", "")], 3).flatMap(linesOf)).toEqual([]);
	});
});
