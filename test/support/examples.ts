// The examples of the reference: every ts block after @example in the TSDoc of the engine.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** One example. */
export interface Example {
	/** File of the engine and line of the block, for titles. */
	readonly place: string;
	readonly code: string;
}

const root = fileURLToPath(new URL("../../", import.meta.url));
const block = /@example\s*\n((?:[ \t]*\*(?!\/).*\n)*?)[ \t]*\* ```ts\n((?:[ \t]*\*(?!\/).*\n)*?)[ \t]*\* ```/g;

/** Returns all examples under engine/. */
export function examples(): Example[] {
	const files = readdirSync(join(root, "engine"), { recursive: true, encoding: "utf8" }).filter((file) =>
		file.endsWith(".ts"),
	);
	return files.sort().flatMap((file) => {
		const path = join(root, "engine", file);
		const text = readFileSync(path, "utf8");
		return [...text.matchAll(block)].map((match) => ({
			place: `${relative(root, path)}:${text.slice(0, match.index).split("\n").length}`,
			code: match[2].replace(/^[ \t]*\* ?/gm, ""),
		}));
	});
}

/** Returns how many times the word @example stands in the engine, to see that no block was overlooked. */
export function exampleTags(): number {
	const files = readdirSync(join(root, "engine"), { recursive: true, encoding: "utf8" }).filter((file) =>
		file.endsWith(".ts"),
	);
	return files.reduce(
		(sum, file) => sum + (readFileSync(join(root, "engine", file), "utf8").match(/\* @example\b/g) ?? []).length,
		0,
	);
}

/** What an example may take as given: declarations in order, each used by those after it. */
export const given: readonly (readonly [name: string, code: string])[] = [
	["sc", "const sc = ssc.sparkContext;"],
	["lines", 'const lines = new TestSource(ssc, [["a b a"], ["b"]]).stream;'],
	["numbers", "const numbers = new TestSource(ssc, [[1, 2, 3], [4]]).stream;"],
	["words", 'const words = lines.flatMap((line) => line.split(" "));'],
	["pairs", "const pairs = words.map((word) => [word, 1]);"],
	["counts", "const counts = pairs.reduceByKey((a, b) => a + b);"],
];

/** Returns the names that code declares at its top level. */
export function declared(code: string): string[] {
	return [...code.matchAll(/^(?:const|let) (\w+)/gm)].map(([, name]) => name);
}

/** Returns the names among `names` that code uses without declaring them. */
export function used(code: string, names: readonly string[]): string[] {
	const own = declared(code);
	return names.filter((name) => !own.includes(name) && new RegExp(`(?<![.\\w])${name}\\b`).test(code));
}

/** Returns the declarations of what code takes as given, and of what these need. */
export function preamble(code: string): string {
	let text = code;
	const needed: string[] = [];
	for (const [name, declaration] of [...given].reverse()) {
		if (declared(code).includes(name) || used(text, [name]).length === 0) continue;
		needed.unshift(declaration);
		text = `${declaration}\n${text}`;
	}
	return needed.join("\n");
}
