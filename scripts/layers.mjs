// @ts-check
// Lint: fails when an import goes against the layers. `node scripts/layers.mjs [ROOT]`
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";
import { violation } from "./lib/layers.mjs";
import { main } from "./lib/problem.mjs";
import { root as project } from "./lib/project.mjs";
import { filesBelow } from "./lib/stamp.mjs";

await main(async () => {
	const root = resolve(process.argv[2] ?? project);
	const files = filesBelow(root, ["engine", "kernel-ext", "widgets"], (path) => path.endsWith(".ts"));
	let found = 0;
	for (const path of files) {
		const text = readFileSync(join(root, path), "utf8");
		for (const { fileName, pos } of ts.preProcessFile(text, true, true).importedFiles) {
			const wrong = violation(path, fileName);
			if (wrong === undefined) continue;
			found++;
			console.error(`${path}:${text.slice(0, pos).split("\n").length} imports "${fileName}": ${wrong}`);
		}
	}
	console.log(`layers: ${files.length} files, ${found} ${found === 1 ? "import" : "imports"} against the layers`);
	return found === 0 ? 0 : 1;
});
