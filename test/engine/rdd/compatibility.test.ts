// docs/spark-compatibility.md against the classes: every public method has a line, and every supported line has a method.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { RDD, SparkContext } from "../../../engine/index.ts";

const text = readFileSync(new URL("../../../docs/spark-compatibility.md", import.meta.url), "utf8");

/** Rows of the tables below a heading: name → "supported", "differs" or "not". */
function rows(heading: string): Map<string, { how: string; note: string }> {
	const section = text.split(/^### /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
	const found = new Map<string, { how: string; note: string }>();
	for (const [, name, how, note] of section.matchAll(/^\| `([^`]+)` \| (\w+) \| (.*) \|$/gm)) {
		expect(found.has(name), `${heading}: ${name} stands there twice`).toBe(false);
		found.set(name, { how, note: note.trim() });
	}
	return found;
}

function members(ofClass: { readonly prototype: object }): string[] {
	// What is marked @internal is no part of the surface.
	const internal = new Set(["constructor", "draft", "session", "runOn"]);
	return Object.getOwnPropertyNames(ofClass.prototype).filter((name) => !internal.has(name));
}

const tables = {
	RDD: ["RDD", "PairRDD", "OrderedRDD", "DoubleRDD"],
	SparkContext: ["SparkContext"],
} as const;

describe.each([
	["RDD", RDD],
	["SparkContext", SparkContext],
] as const)("%s", (name, ofClass) => {
	const all = new Map(tables[name].flatMap((heading) => [...rows(heading)]));

	test("every public member has a line that says it is there", () => {
		for (const member of members(ofClass)) expect(all.get(member)?.how, member).toMatch(/^(supported|differs)$/);
	});

	test("every line that says it is there has a member; others say why not", () => {
		expect(all.size).toBeGreaterThan(30);
		for (const [member, { how, note }] of all) {
			if (how === "not") {
				expect(note, member).not.toBe("");
				expect(member in ofClass.prototype, member).toBe(false);
			} else if (!/^\W/.test(member)) {
				// `id` is a field of the object.
				expect(member === "id" || member in ofClass.prototype, member).toBe(true);
				if (how === "differs") expect(note, member).not.toBe("");
			}
		}
	});
});
