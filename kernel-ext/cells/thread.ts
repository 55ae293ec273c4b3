// Entry of the compiler thread: warms the compiler, then answers requests one after another.
import { enableCompileCache } from "node:module";
import { parentPort, workerData } from "node:worker_threads";
import type { CompilerOptions } from "./host.ts";
import type { CompilerAnswers, CompilerReply, CompilerRequest } from "./messages.ts";
import type { CellCompiler, CompileRequest } from "./types.ts";

// Before TypeScript is loaded: its nine megabytes are the longest part of the start.
enableCompileCache();
const { createCompiler } = await import("./compiler.ts");
const { warmUp } = await import("./warm-up.ts");

const port = parentPort;
if (!port) throw new Error("cells/thread.ts runs in a worker thread only. Use startCompilerThread().");
const options = workerData as CompilerOptions;
const compiler = createCompiler(options);

async function restore(
	target: CellCompiler,
	committed: readonly CompileRequest[],
	compiled: readonly CompileRequest[],
): Promise<void> {
	for (const request of committed) {
		const result = await target.compile(request);
		if (result.ok) await target.commit(request.url);
	}
	for (const request of compiled) await target.compile(request);
}

async function answer(request: CompilerRequest): Promise<CompilerAnswers[keyof CompilerAnswers]> {
	switch (request.kind) {
		case "compile":
			return compiler.compile(request.request);
		case "commit":
			await compiler.commit(request.url);
			return undefined;
		case "complete":
			return compiler.complete(request.code, request.cursor, request.folder);
		case "is-complete":
			return compiler.isComplete(request.code);
		case "restore":
			await restore(compiler, request.committed, request.compiled);
			return undefined;
	}
}

function reply(message: CompilerReply): void {
	port?.postMessage(message);
}

// One request at a time: the state of the compiler is that of the cells so far.
let queue: Promise<void> = warmUp(compiler, options).then(() => reply({ kind: "ready" }));
port.on("message", (request: CompilerRequest) => {
	queue = queue.then(async () => {
		try {
			reply({ kind: "done", id: request.id, value: await answer(request) });
		} catch (error) {
			const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
			reply({ kind: "failed", id: request.id, error: { name, message, stack: stack ?? "" } });
		}
	});
});
