// @ts-check
// `npm start`: set-up, self-check, JupyterLab. Runs on the system's Node before node_modules exists.
import { parseArgs } from "node:util";
import { openBrowser, startLab } from "./lib/lab.mjs";
import { choosePort, readPort } from "./lib/port.mjs";
import { main, Problem } from "./lib/problem.mjs";
import { selfCheck } from "./lib/selfcheck.mjs";
import { setUp } from "./lib/setup.mjs";
import { createSteps } from "./lib/steps.mjs";

const usage = `Usage: npm start [-- options]

Sets everything up in this folder, runs the quickstart notebook as a self-check and opens JupyterLab on it.

  --headless  end after the self-check
  --port N    port of JupyterLab; the first free one from 8888 by default`;

function readArguments() {
	try {
		return parseArgs({
			options: { headless: { type: "boolean" }, port: { type: "string" }, help: { type: "boolean", short: "h" } },
		}).values;
	} catch (error) {
		throw new Problem(`${/** @type {Error} */ (error).message}\n\n${usage}`);
	}
}

await main(async () => {
	const options = readArguments();
	if (options.help) {
		console.log(usage);
		return 0;
	}
	// Asked first: a taken port should not be found out after minutes of set-up.
	const wanted = options.port === undefined ? undefined : readPort(options.port);
	if (!options.headless) await choosePort(wanted);

	const step = createSteps();
	await setUp(step);
	let result = "";
	await step("Self-check (notebooks/quickstart.ipynb)", async () => {
		result = await selfCheck();
		return "ok";
	});
	console.log(`\n${result.trimEnd()}\n`);
	if (options.headless) return 0;

	/** @type {Awaited<ReturnType<typeof startLab>> | undefined} */
	let lab;
	await step("JupyterLab", async () => {
		const port = await choosePort(wanted);
		lab = await startLab({ port });
		return `port ${port}`;
	});
	if (lab === undefined) return 1;
	console.log(`\n  ${lab.url}\n`);
	console.log(
		openBrowser(lab.url)
			? "Opened in the browser. Ctrl-C ends JupyterLab."
			: "Open this address in a browser. Ctrl-C ends JupyterLab.",
	);
	const code = await lab.ended;
	if (code !== 0) throw new Problem(`JupyterLab ended with code ${code}; see ${lab.logFile}.`);
	return 0;
});
