// Entry of the kernel: `node --no-force-async-hooks-checks main.js CONNECTION_FILE`. This is the notebook thread.
import { writeSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { MessageChannel, Worker } from "node:worker_threads";
import type { ProtocolStart } from "./messages.ts";
import { SharedWords } from "./section.ts";

enableCompileCache();

const connectionFile = process.argv[2];
if (connectionFile === undefined) {
	writeSync(2, "millrace: expected the path of a connection file, as in: node main.js CONNECTION_FILE\n");
	process.exit(2);
}

if (!process.execArgv.includes("--no-force-async-hooks-checks"))
	writeSync(2, "millrace: start node with --no-force-async-hooks-checks, else an interrupt can end the kernel\n");

const words = new SharedWords();
const { port1: port, port2: notebook } = new MessageChannel();
const start: ProtocolStart = {
	connectionFile,
	folder: process.cwd(),
	notebook,
	words: words.buffer,
	startedAt: performance.timeOrigin,
};
const entry = `./protocol/thread.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`;
const protocol = new Worker(new URL(entry, import.meta.url), {
	name: "protocol",
	workerData: start,
	transferList: [notebook],
});
const exit = process.exit.bind(process);
protocol.on("error", (error) => {
	writeSync(2, `millrace: the protocol thread failed: ${error.stack}\n`);
	exit(1);
});
protocol.on("exit", (code) => exit(code));

const { startNotebook } = await import("./runner/start.ts");
startNotebook({ port, words, folder: start.folder, exit });
