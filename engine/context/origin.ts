// Where in the user's source a call of the engine stands.
import { fileURLToPath } from "node:url";
import { parseStack } from "../errors/index.ts";
import type { Origin } from "../plan/types.ts";
import type { EngineHost } from "../views/host.ts";

/** Folder of the engine's own files: their frames are not the user's. */
const engineFolder = new URL("../", import.meta.url).href;
const engineFile = (url: string) =>
	url.startsWith(engineFolder) || (url.startsWith("/") && `file://${url}`.startsWith(engineFolder));

/** Returns the position of the user's call that led here: in the running cell, or in a file. */
export function userOrigin(host: EngineHost | undefined): Origin {
	const limit = Error.stackTraceLimit;
	Error.stackTraceLimit = 30;
	const stack = new Error().stack ?? "";
	Error.stackTraceLimit = limit;
	const cell = host?.currentCell();
	if (cell !== undefined) {
		const at = host?.locate?.(stack);
		return { cell: cell.key, execution: cell.execution, line: at?.line ?? 1, column: at?.column ?? 1, file: at?.file };
	}
	const frame = parseStack(stack).find(({ url }) => !engineFile(url) && !url.startsWith("node:"));
	if (frame === undefined) return { line: 0, column: 0 };
	const file = frame.url.startsWith("file:") ? fileURLToPath(frame.url) : frame.url;
	return { file, line: frame.line, column: frame.column };
}
