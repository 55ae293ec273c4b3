// Positions: where a captured function stands in the user's source, and stack frames of its copies mapped back to it.
import { fileURLToPath } from "node:url";
import { parseStack } from "../errors/index.ts";
import type { Inspector } from "./inspect.ts";
import { toPath } from "./modules.ts";
import type { FunctionText } from "./text.ts";
import type { CaptureContext, FunctionSource } from "./types.ts";

/** A position in the user's source: line and column count from 1. */
export interface UserPosition {
	readonly url: string;
	readonly line: number;
	readonly column: number;
	readonly cell?: string;
	readonly execution?: number;
}

/** A stack frame in a user function. */
export interface UserFrame extends UserPosition {
	/** Function name as V8 writes it, empty when there is none. */
	readonly fn: string;
	/** Step the function was given to. */
	readonly step: string;
}

/** Lines before the text in a revived script: two that `Function` adds, one of ours. */
export const HEADER_LINES = 3;

/** Scripts that the engine makes: loops of stages, calls of driver functions. */
const GENERATED = /^millrace-(?:stage|driver-call)/;

const registry = new Map<string, FunctionSource>();
const engineFolder = fileURLToPath(new URL("..", import.meta.url));

/** Returns the name a revived function has in stack frames; the same source gets the same name again. */
export function registerSource(source: FunctionSource, step: string): string {
	const hash = step.indexOf("#");
	const wanted = `${source.url}#${hash < 0 ? step : step.slice(hash + 1)}`.replace(/[\s"'()]/g, encodeURIComponent);
	for (let n = 1; ; n++) {
		const label = n === 1 ? wanted : `${wanted}~${n}`;
		const taken = registry.get(label);
		if (!taken) {
			registry.set(label, source);
			return label;
		}
		if (taken === source || same(taken, source)) return label;
	}
}

function same(a: FunctionSource, b: FunctionSource): boolean {
	if (a.line !== b.line || a.column !== b.column || a.execution !== b.execution || a.cell !== b.cell) return false;
	const [from = [], to = []] = [a.map, b.map];
	return from.length === to.length && from.every((entry, i) => entry.every((n, j) => n === to[i][j]));
}

/** Returns the user's position for one in a revived script, undefined when the script is none. */
export function revivedPosition(url: string, line: number, column: number): UserPosition | undefined {
	const source = registry.get(url);
	return source && sourcePosition(source, Math.max(0, line - HEADER_LINES - 1), Math.max(0, column - 1));
}

/** Returns the user's position of a line and column of the text; both count from 0. */
function sourcePosition(source: FunctionSource, line: number, column: number): UserPosition {
	const { url, cell, execution } = source;
	let at = { line: source.line + line, column: line === 0 ? source.column + column : column + 1 };
	if (source.map && source.map.length > 0) {
		let low = 0;
		let high = source.map.length - 1;
		while (low < high) {
			const middle = (low + high + 1) >> 1;
			const [l, c] = source.map[middle];
			if (l < line || (l === line && c <= column)) low = middle;
			else high = middle - 1;
		}
		const [l, c, toLine, toColumn] = source.map[low];
		at = l === line ? { line: toLine, column: toColumn + Math.max(0, column - c) } : { line: toLine, column: toColumn };
	}
	return { url, ...at, ...(cell !== undefined && { cell }), ...(execution !== undefined && { execution }) };
}

/** Returns the frames of a stack that are in revived functions, as positions in the user's source. */
export function userFrames(stack: string): UserFrame[] {
	const frames: UserFrame[] = [];
	for (const { url, line, column, fn } of parseStack(stack)) {
		const at = revivedPosition(url, line, column);
		if (at) frames.push({ ...at, fn: ownName(fn), step: stepOf(url) });
	}
	return frames;
}

/** The step in the name of a revived script; see `registerSource`. */
function stepOf(label: string): string {
	return decodeURIComponent(label.slice(label.lastIndexOf("#") + 1).replace(/~\d+$/, ""));
}

/** V8 calls a function without a name `eval` when its text was evaluated. */
function ownName(fn: string): string {
	return fn === "eval" ? "" : fn;
}

/** Returns a stack text with revived functions at the user's positions, without frames of the engine and of Node. */
export function mapRevivedStack(stack: string): string {
	const lines: string[] = [];
	for (const text of stack.split("\n")) {
		const frame = /^\s+at /.test(text) ? parseStack(text)[0] : undefined;
		if (!frame) {
			lines.push(text);
			continue;
		}
		const at = revivedPosition(frame.url, frame.line, frame.column);
		if (at) {
			const where = `${at.url}:${at.line}:${at.column}`;
			lines.push(ownName(frame.fn) ? `    at ${frame.fn} (${where})` : `    at ${where}`);
		} else if (
			!frame.url.startsWith("node:") &&
			!GENERATED.test(frame.url) &&
			!toPath(frame.url).startsWith(engineFolder)
		)
			lines.push(text);
	}
	return lines.join("\n");
}

/** Returns where the text of a function stands in the user's source. `sent` is the text as it is sent. */
export function functionSource(
	fn: object,
	text: FunctionText,
	sent: string,
	inspector: Inspector,
	ctx: CaptureContext,
): FunctionSource {
	const location = inspector.locate(fn);
	if (!location) return { url: ctx.origin.file ?? "unknown", line: ctx.origin.line, column: ctx.origin.column };
	const script = inspector.script(location.scriptId);
	const before = text.text.slice(0, text.locationOffset).split("\n");
	const line = location.line - (before.length - 1);
	let column = location.column - text.locationOffset;
	if (before.length > 1) {
		// V8 points to a constructor or parameter list further down: only the script knows the first column.
		const source = inspector.source(location.scriptId)?.split("\n")[line - script.startLine];
		const found = source?.indexOf(text.text.split("\n", 1)[0]) ?? -1;
		column = found < 0 ? 0 : found + (line === script.startLine ? script.startColumn : 0);
	}
	const map = (l: number, c: number): UserPosition | undefined =>
		revivedPosition(script.url, l, c) ?? ctx.bindings?.locate(script.url, l, c);
	const start = map(line + 1, column + 1);
	if (!start) return { url: toPath(script.url) || "unknown", line: line + 1, column: column + 1 };
	const { cell, execution } = start;
	return {
		url: start.url,
		line: start.line,
		column: start.column,
		map: tokenMap(text, sent, line, column, map),
		...(cell !== undefined && { cell }),
		...(execution !== undefined && { execution }),
	};
}

/** One entry per token whose position does not follow from the one before it. */
function tokenMap(
	text: FunctionText,
	sent: string,
	line: number,
	column: number,
	map: (line: number, column: number) => UserPosition | undefined,
): (readonly [number, number, number, number])[] {
	const entries: (readonly [number, number, number, number])[] = [];
	let textLine = 0;
	let lineStart = 0;
	for (const offset of text.tokens) {
		for (;;) {
			const next = sent.indexOf("\n", lineStart);
			if (next < 0 || next >= offset) break;
			lineStart = next + 1;
			textLine++;
		}
		const textColumn = offset - lineStart;
		const at = map(line + textLine + 1, textColumn + (textLine === 0 ? column : 0) + 1);
		if (!at) continue;
		const last = entries.at(-1);
		const follows = last && last[0] === textLine && last[2] === at.line && at.column - last[3] === textColumn - last[1];
		if (!follows) entries.push([textLine, textColumn, at.line, at.column]);
	}
	return entries;
}
