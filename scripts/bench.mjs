// @ts-check
// `npm run bench -- NAME … [--json FILE]`: runs test/bench/NAME.bench.ts under Node 24. Without a name it lists them.
import { readdirSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { main, Problem } from "./lib/problem.mjs";
import { node24, root } from "./lib/project.mjs";
import { run } from "./lib/run.mjs";
import { setUp } from "./lib/setup.mjs";
import { createSteps } from "./lib/steps.mjs";

const ending = ".bench.ts";
const folder = join(root, "test", "bench");

await main(async () => {
	const { values, positionals } = readArguments();
	// Set in the process that this one starts under Node 24 once everything is there.
	if (process.env.MILLRACE_BENCH !== "1") {
		await setUp(createSteps(process.stderr));
		const env = { ...process.env, MILLRACE_BENCH: "1" };
		const again = await run(node24, ["--expose-gc", process.argv[1], ...process.argv.slice(2)], { env, show: true });
		return again.code;
	}
	const names = readdirSync(folder)
		.filter((file) => file.endsWith(ending))
		.map((file) => basename(file, ending))
		.sort();
	/** @type {typeof import("../test/bench/harness.ts")} */
	const harness = await import(pathToFileURL(join(folder, "harness.ts")).href);
	const load = async (/** @type {string} */ name) => {
		const file = join(folder, name + ending);
		return harness.asBench(await import(pathToFileURL(file).href), file);
	};
	if (positionals.length === 0) {
		console.log("Usage: npm run bench -- NAME … [--json FILE]\n");
		for (const name of names) console.log(`  ${name.padEnd(14)} ${(await load(name)).about}`);
		return 2;
	}
	for (const name of positionals) {
		if (!names.includes(name))
			throw new Problem(`There is no bench "${name}". There are: ${names.join(", ") || "none"}.`);
	}
	const reports = [];
	for (const name of positionals) {
		reports.push(await harness.runBench(await load(name), `npm run bench -- ${name}`, (line) => console.log(line)));
		console.log("");
	}
	if (values.json !== undefined) writeFileSync(resolve(values.json), `${JSON.stringify(reports, null, 2)}\n`);
	return 0;
});

function readArguments() {
	try {
		return parseArgs({ allowPositionals: true, options: { json: { type: "string" } } });
	} catch (error) {
		throw new Problem(`${/** @type {Error} */ (error).message} Usage: npm run bench -- NAME … [--json FILE]`);
	}
}
