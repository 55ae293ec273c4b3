// The quickstart and other notebooks as batch tests, through nbconvert and the installed kernel.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { nbconvert, readNotebook, textOf, writeNotebook } from "../support/notebook.ts";
import { tempFolder } from "../support/temp.ts";

const quickstart = fileURLToPath(new URL("../../notebooks/quickstart.ipynb", import.meta.url));

describe("the quickstart notebook", { timeout: 120_000 }, () => {
	it("runs under nbconvert, with its result, its prints and its last view in the cells that made them", () => {
		const folder = tempFolder();
		const { code, log } = nbconvert(quickstart, "notebook", folder, "out.ipynb");
		expect(code, log).toBe(0);
		const cells = readNotebook(join(folder, "out.ipynb")).cells.filter((cell) => cell.cell_type === "code");
		const sources = cells.map((cell) => [cell.source].flat().join(""));
		const result = cells.at(-1)?.outputs?.at(-1);
		expect(result?.output_type).toBe("execute_result");
		expect(textOf(result ?? { output_type: "" })).toMatch(/^'word counts of \d+ windows, \d+ words in all'$/);

		const printed = cells[sources.findIndex((source) => source.includes("print()"))].outputs?.[0];
		expect(textOf(printed ?? { output_type: "" })).toMatch(/Time: \d+ ms\n-+\n\d+/);

		const view = cells[sources.findIndex((source) => source.trim().endsWith("counts"))].outputs?.find(
			(output) => output.data?.["text/html"] !== undefined,
		);
		expect(Object.keys(view?.data ?? {})).toEqual(expect.arrayContaining(["application/vnd.vegalite.v5+json", "image/svg+xml", "text/html", "text/plain"]));
		expect(textOf(view ?? { output_type: "" })).toMatch(/river +\d+/);
	});

	it("is committed with outputs of a run", () => {
		const outputs = readNotebook(quickstart).cells.flatMap((cell) => cell.outputs ?? []);
		expect(outputs.length).toBeGreaterThan(4);
		expect(outputs.filter((output) => output.output_type === "error")).toEqual([]);
	});
});

describe("a notebook with a failing batch", { timeout: 120_000 }, () => {
	it("makes nbconvert fail with the message of an assertion in foreachRDD", () => {
		const folder = tempFolder();
		const path = writeNotebook(folder, "failing.ipynb", [
			'import { StreamingContext, milliseconds } from "millrace";\nconst ssc = new StreamingContext("local[1]", "failing", milliseconds(100));\nconst queue: number[][] = [[1], [2], [3]];\nssc.queueStream(queue).foreachRDD(async (rdd) => {\n  const [n] = await rdd.collect();\n  if (n === 2) throw new Error(`batch assertion: ${n} is not odd`);\n});\nssc.start();',
			"await ssc.awaitBatches(10);",
			"await ssc.stop();",
		]);
		const { code, log } = nbconvert(path, "notebook", folder, "out.ipynb");
		expect(code).not.toBe(0);
		expect(log).toContain("batch assertion: 2 is not odd");
	});

	it("makes nbconvert fail when a function in an executor throws, with the cell and the record", () => {
		const folder = tempFolder();
		const path = writeNotebook(folder, "failing.ipynb", [
			'import { StreamingContext, milliseconds } from "millrace";\nconst ssc = new StreamingContext("local[1]", "failing", milliseconds(100));\nconst queue = [["1", "x", "3"]];',
			'ssc.queueStream(queue).map((text) => {\n  const n = Number(text);\n  if (Number.isNaN(n)) throw new RangeError("no number");\n  return n;\n}).print();\nssc.start();',
			"await ssc.awaitBatches(5);",
		]);
		const { code, log } = nbconvert(path, "notebook", folder, "out.ipynb");
		expect(code).not.toBe(0);
		expect(log).toContain("no number");
		expect(log).toContain('"x"');
		expect(log).toMatch(/cell \[2\], line 3|cell-2\.ts.*:3:/);
	});
});
