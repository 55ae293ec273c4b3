// The tables of streams in the documentation against the classes: what they say is there is there, and nothing else.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DStream, StreamingContext } from "../../../engine/index.ts";

const text = readFileSync(new URL("../../../docs/spark-compatibility-streams.md", import.meta.url), "utf8");

function rowsOf(heading: string): { name: string; verdict: string; remark: string }[] {
	const [, section = ""] = text.split(`### ${heading}\n`);
	return [...section.split("\n### ")[0].matchAll(/^\| `(\w+)` \| (\w+) \| (.*?) ?\|$/gm)].map(
		([, name, verdict, remark]) => ({
			name,
			verdict,
			remark,
		}),
	);
}

const own = (owner: object): string[] => Object.getOwnPropertyNames(owner).filter((name) => name !== "constructor");
/** What no program of Spark knows and no user calls. */
const internal = ["feedStream", "pushEntries", "replaced", "cellReplaced", "cellEnded", "table", "plot"];
const additions = ["runtime", "batchDuration", "zeroTime"];

describe.each([
	["DStream", DStream.prototype],
	["PairDStreamFunctions", DStream.prototype],
	["StreamingContext", StreamingContext.prototype],
] as const)("%s", (heading, owner) => {
	const rows = rowsOf(heading);

	test("has rows", () => {
		expect(rows.length).toBeGreaterThan(10);
		expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
	});

	test.each(rows)("$name is $verdict", ({ name, verdict, remark }) => {
		expect(["supported", "differs", "not", "ours"]).toContain(verdict);
		if (name !== "sparkContext") expect(name in owner).toBe(verdict !== "not");
		// Where it is not Spark's, the table says how or why.
		if (verdict !== "supported") expect(remark).not.toBe("");
	});
});

test.each([
	["DStream", DStream.prototype, [...rowsOf("DStream"), ...rowsOf("PairDStreamFunctions")]],
	["StreamingContext", StreamingContext.prototype, rowsOf("StreamingContext")],
] as const)("every method of %s has a row", (_name, owner, rows) => {
	const listed = new Set([...rows.map(({ name }) => name), ...internal, ...additions]);
	expect(own(owner).filter((name) => !listed.has(name))).toEqual([]);
});
