// Puts the runner in charge of the notebook thread: standard streams, warnings, exit, signals.
import { Runner, type RunnerParts } from "./runner.ts";

type Write = typeof process.stdout.write;

/** Starts the runner; from here on output belongs to cells. */
export function startNotebook(parts: Omit<RunnerParts, "exit"> & { readonly exit: (code?: number) => never }): void {
	const runner = new Runner(parts);
	capture("stdout", runner);
	capture("stderr", runner);

	process.removeAllListeners("warning");
	process.on("warning", (warning) => {
		// Type stripping and `import()` in scripts are what this kernel is built on.
		if (warning.name === "ExperimentalWarning") return;
		process.stderr.write(`${warning.name}: ${warning.message}\n`);
	});

	process.exit = (code?: number | string | null): never => {
		const status = Number(code ?? process.exitCode ?? 0);
		parts.port.postMessage({ kind: "exiting", code: status });
		// zeromq aborts the process when it ends with open sockets.
		parts.words.waitClosed(1000);
		return parts.exit(status);
	};
	process.on("SIGINT", () => parts.port.postMessage({ kind: "interrupt" }));
}

/** Callbacks that wait for the end of the running code. */
let waiting = 0;

/** Calls back after the running code, as streams do; a loop that prints without end would queue them without end. */
function later(done: (error?: Error | null) => void): void {
	if (waiting >= 1000) {
		done();
		return;
	}
	waiting++;
	process.nextTick(() => {
		waiting--;
		done();
	});
}

function capture(name: "stdout" | "stderr", runner: Runner): void {
	const stream = process[name];
	const original: Write = stream.write.bind(stream);
	const write = (
		chunk: string | Uint8Array,
		encoding?: BufferEncoding | ((error?: Error | null) => void),
		callback?: (error?: Error | null) => void,
	): boolean => {
		const text =
			typeof chunk === "string"
				? chunk
				: Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString("utf8");
		const done = typeof encoding === "function" ? encoding : callback;
		if (!runner.write(name, text)) return original(text, done);
		if (done) later(done);
		return true;
	};
	stream.write = write as Write;
}
