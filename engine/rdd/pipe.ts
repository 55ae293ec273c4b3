// pipe: the elements of each partition as lines to an external command, its lines as elements. The task waits for it.
import { spawnSync } from "node:child_process";
import { streamError } from "../errors/index.ts";
import { printed } from "./actions/print.ts";
import { partitionWise } from "./partition-wise.ts";

/** Output of one command per partition that is taken, in bytes. */
const MOST = 1 << 30;

export const pipe = partitionWise("pipe", (context) => {
	const command = context.params.command as readonly string[];
	const env = context.params.env as { readonly [name: string]: string } | undefined;
	const input = context
		.records(0)
		.map((element) => `${printed(element)}\n`)
		.join("");
	const { status, signal, stdout, stderr, error } = spawnSync(command[0], command.slice(1), {
		input,
		encoding: "utf8",
		maxBuffer: MOST,
		env: { ...process.env, ...env },
	});
	// A command that ends without reading all of its input is no error (`head -1`).
	if (error !== undefined && (error as NodeJS.ErrnoException).code !== "EPIPE") {
		throw streamError("STREAM_TASK", {
			step: "pipe",
			message: `Cannot run ${command.join(" ")}: ${error.message}`,
			cause: error,
		});
	}
	if (status !== 0) {
		throw streamError("STREAM_TASK", {
			step: "pipe",
			message: `Subprocess exited with status ${status ?? signal}. Command ran: ${command.join(" ")}`,
			expected: "status 0",
			got: `${status ?? signal}${stderr === "" ? "" : `: ${stderr.trim().slice(0, 500)}`}`,
		});
	}
	const lines = stdout.split("\n");
	if (lines[lines.length - 1] === "") lines.pop();
	return { shape: "records", items: lines.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line)) };
});
