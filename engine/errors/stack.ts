// Reads V8 stack texts as data; cell positions are found from these frames.

/** One frame with a position. Line and column count from 1. */
export interface StackFrame {
	readonly url: string;
	readonly line: number;
	readonly column: number;
	/** Function name as V8 writes it, empty at top level. */
	readonly fn: string;
}

const frameLine = /^\s*at (?:(.+?) \((.*)\)|(.*))$/;
const position = /^(.*):(\d+):(\d+)$/;

/** Returns the frames that have a position, innermost first; lines of the message and native frames are left out. */
export function parseStack(stack: string | undefined): StackFrame[] {
	const frames: StackFrame[] = [];
	for (const text of (stack ?? "").split("\n")) {
		const match = frameLine.exec(text);
		if (match === null) continue;
		let fn = match[1] ?? "";
		let location = match[2] ?? match[3];
		if (location.startsWith("async ")) location = location.slice(6);
		if (fn.startsWith("async ")) fn = fn.slice(6);
		// `eval at f (file:1:2), <anonymous>:3:4`: the position inside the evaluated text comes last.
		if (location.startsWith("eval at ")) location = location.slice(location.lastIndexOf(", ") + 2);
		const at = position.exec(location);
		if (at !== null) frames.push({ url: at[1], line: Number(at[2]), column: Number(at[3]), fn });
	}
	return frames;
}
