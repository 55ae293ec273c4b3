// Where the cell compiler finds the types of our doors and of Node.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { CompilerOptions } from "../cells/host.ts";

const fromSources = import.meta.url.endsWith(".ts");

const DOORS = {
	millrace: "engine/index",
	"millrace/testing": "engine/testing/index",
	"millrace/kernel": "kernel-ext/index",
};

/** Returns the options of the compiler: doors of the build when the build runs, of the sources when they run. */
export function compilerOptions(): CompilerOptions {
	const typings: { [specifier: string]: string } = {};
	for (const [specifier, path] of Object.entries(DOORS)) {
		const file = fileURLToPath(new URL(`../../${path}.${fromSources ? "ts" : "d.ts"}`, import.meta.url));
		if (existsSync(file)) typings[specifier] = file;
	}
	const node = createRequire(import.meta.url).resolve("@types/node/package.json");
	const globals = fileURLToPath(new URL(`../globals.${fromSources ? "ts" : "d.ts"}`, import.meta.url));
	return { typings, typeRoots: [dirname(dirname(node))], globals: existsSync(globals) ? [globals] : [] };
}
