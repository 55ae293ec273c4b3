// @ts-check
// Lint: machine paths, registry addresses, tests that run alone, headers of files, unused and unexplained dependencies.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { findings, notImported, notListed } from "./lib/hygiene.mjs";
import { main } from "./lib/problem.mjs";
import { root } from "./lib/project.mjs";

/** Packages that are run or that others load, never imported by name. */
const tools = ["node", "@biomejs/biome", "@types/node", "ws"];

await main(async () => {
	const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
		cwd: root,
		encoding: "utf8",
	})
		.split("\0")
		.filter((path) => path !== "" && existsSync(join(root, path)));
	let found = 0;
	const report = (/** @type {string} */ where, /** @type {string} */ what) => {
		found++;
		console.error(`${where}: ${what}`);
	};
	/** @type {string[]} */
	const imported = [];
	/** @type {string[]} */
	const ours = []; // without the tests, whose fixtures may import what does not exist
	for (const path of files) {
		const bytes = readFileSync(join(root, path));
		if (bytes.includes(0)) continue; // pictures
		const text = bytes.toString("utf8");
		for (const { line, what } of findings(path, text)) report(`${path}:${line}`, what);
		if (/\.(ts|mjs)$/.test(path)) {
			const names = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
			imported.push(...names);
			if (/^(engine|kernel-ext|widgets|scripts)\//.test(path)) ours.push(...names);
			// The bundler and the kernel also find packages by name.
			for (const match of text.matchAll(/\b(?:resolve|require)\(\s*"([^".][^"]*)"/g)) imported.push(match[1]);
		}
	}
	const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
	const listed = [...Object.keys(dependencies), ...Object.keys(devDependencies)];
	for (const name of notImported(listed, imported, tools)) report("package.json", `${name} is not imported: remove it`);
	for (const name of notListed(listed, ours)) report("package.json", `${name} is imported and not listed: add it`);
	const explained = readFileSync(join(root, "docs", "dependencies.md"), "utf8");
	for (const name of listed) {
		if (!explained.includes(`\`${name}\``)) report("docs/dependencies.md", `no line says why there is ${name}`);
	}
	console.log(`hygiene: ${files.length} files, ${found} ${found === 1 ? "finding" : "findings"}`);
	return found === 0 ? 0 : 1;
});
