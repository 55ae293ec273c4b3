// The command line of the package: `npm run millrace -- install --prefix DIR`.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { install, packageRoot, uninstall } from "./install.ts";

const usage = `Usage: npm run millrace -- COMMAND [options]

  install    write kernelspec, labextension and settings into a Python environment
  uninstall  remove kernelspec and labextension from it

  --prefix DIR  the environment's folder (sys.prefix); the project's .venv by default
  --own         the environment is this project's alone: JupyterLab asks for no news there
  --quiet       print nothing but a summary
`;

function main(args: readonly string[]): number {
	const { values, positionals } = parseArgs({
		args: [...args],
		allowPositionals: true,
		options: {
			prefix: { type: "string" },
			quiet: { type: "boolean" },
			own: { type: "boolean" },
			help: { type: "boolean", short: "h" },
		},
	});
	const [command, ...rest] = positionals;
	if (values.help || command === undefined || command === "help") {
		console.log(usage);
		return command === undefined && !values.help ? 2 : 0;
	}
	if (rest.length > 0) throw new Error(`Unexpected argument "${rest[0]}".\n\n${usage}`);
	const prefix = resolve(values.prefix ?? join(packageRoot(), ".venv"));
	if (!existsSync(prefix)) throw new Error(`There is no folder ${prefix}. Name a Python environment with --prefix.`);
	if (command === "install") {
		const done = install({ prefix, own: values.own });
		if (values.quiet)
			console.log(done.labextension === undefined ? "kernel installed" : "kernel and labextension installed");
		else for (const [what, path] of Object.entries(done)) console.log(`${what}: ${path ?? "not in this build"}`);
		return 0;
	}
	if (command === "uninstall") {
		uninstall({ prefix });
		if (!values.quiet) console.log(`removed from ${prefix}`);
		return 0;
	}
	throw new Error(`Unknown command "${command}": expected install or uninstall.\n\n${usage}`);
}

try {
	process.exitCode = main(process.argv.slice(2));
} catch (error) {
	console.error(`millrace: ${(error as Error).message}`);
	process.exitCode = 1;
}
