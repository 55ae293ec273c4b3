// Entry of the protocol thread: binds the sockets, starts the compiler thread, ends the process.
import { writeSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { type MessagePort, workerData } from "node:worker_threads";
import type { RingHost } from "../../engine/journal/index.ts";
import type { CellCompiler } from "../cells/types.ts";
import type { ProtocolStart } from "../messages.ts";
import { SharedWords } from "../section.ts";
import { readConnection } from "./connection.ts";
import { dataFolder } from "./data-folder.ts";
import { History } from "./history.ts";
import { HistoryStore } from "./history-store.ts";
import { Kernel } from "./kernel.ts";
import { Sockets } from "./sockets.ts";
import { compilerOptions } from "./typings.ts";
import { Wire } from "./wire.ts";

enableCompileCache();

const start = workerData as ProtocolStart;
const words = new SharedWords(start.words);

// The process's own stderr: a worker's process.stderr goes through the notebook thread, which may spin.
process.removeAllListeners("warning");
process.on("warning", (warning) => writeSync(2, `millrace: ${warning.message}\n`));
process.on("uncaughtException", (error) => writeSync(2, `millrace: ${error.stack}\n`));
process.on("unhandledRejection", (error) => writeSync(2, `millrace: ${(error as Error)?.stack ?? error}\n`));

let compiler: Promise<CellCompiler> | undefined;
function getCompiler(): Promise<CellCompiler> {
	compiler ??= import("../cells/client.ts").then(({ startCompilerThread }) => startCompilerThread(compilerOptions()));
	return compiler;
}

/** Rings of the newest contexts: a driver that starts again finds the ring of the one that died. */
const rings = new Map<string, RingHost>();
const MOST_RINGS = 2;

async function attachRing(context: string, port: MessagePort): Promise<void> {
	const journal = await import("../../engine/journal/index.ts");
	const ring = rings.get(context) ?? new journal.RingHost();
	rings.delete(context);
	rings.set(context, ring);
	const [oldest] = rings.keys();
	if (rings.size > MOST_RINGS && oldest !== undefined) rings.delete(oldest);
	ring.attach(port);
}

/** Ends the process through the notebook thread, or kills it when that does not react. */
function exit(code: number): void {
	words.setClosed();
	start.notebook.postMessage({ kind: "exit", code });
	setTimeout(() => process.kill(process.pid, "SIGKILL"), 450);
}

try {
	const connection = readConnection(start.connectionFile);
	const wire = new Wire(connection.key);
	const sockets = new Sockets();
	await sockets.bind(connection);
	const kernel = new Kernel({
		wire,
		sockets,
		notebook: start.notebook,
		history: new History(new HistoryStore(join(dataFolder(), "history"))),
		ports: connection.ports,
		words,
		folder: start.folder,
		compiler: getCompiler,
		viewHost: async (outputs) => {
			const { createViewHost } = await import("../views/host.ts");
			return createViewHost(outputs);
		},
		attachRing,
		exit,
	});
	kernel.start();
	sockets.listen(
		(channel, frames) => kernel.receive(channel, frames),
		(topic) => kernel.subscribed(topic),
	);
	// kernel_info is answered while the compiler loads in its own thread.
	setImmediate(() => void getCompiler().catch((error) => process.emitWarning(String(error))));
	// A front end that was killed cannot shut its kernels down.
	const parent = process.env.JPY_PARENT_PID;
	if (parent !== undefined && parent !== "1")
		setInterval(() => {
			if (process.ppid === 1) void kernel.close(1);
		}, 1000).unref();
} catch (error) {
	writeSync(2, `millrace: ${(error as Error).message}\n`);
	start.notebook.postMessage({ kind: "exit", code: 1 });
}
