// @ts-check
// `npm run millrace -- COMMAND`: the package's command line, from the build.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { main, Problem } from "./lib/problem.mjs";
import { node24, root } from "./lib/project.mjs";
import { run } from "./lib/run.mjs";

await main(async () => {
	const cli = join(root, "dist", "kernel-ext", "install", "cli.js");
	if (!existsSync(cli)) throw new Problem("There is no build yet. Run npm run build first.");
	return (await run(node24, [cli, ...process.argv.slice(2)], { show: true })).code;
});
