// Errors as notebooks show them: an excerpt of the cell, frames of the user, frames of the kernel and engine hidden.
import { inspect } from "node:util";
import type { ShownError } from "./messages.ts";

/** Everything of ours is below this folder. */
const OWN = new URL("../", import.meta.url).href;
const OWN_PATH = decodeURIComponent(new URL(OWN).pathname);
const FRAME = /^\s+at (?:(.*) \()?(.+?):(\d+):(\d+)\)?$/;

/** A frame of a stack. */
export interface Frame {
	readonly text: string;
	readonly file: string;
	readonly line: number;
	readonly column: number;
}

/** Returns the frame that a line of a stack describes, if it is one. */
export function parseFrame(text: string): Frame | undefined {
	const match = FRAME.exec(text);
	return match ? { text, file: match[2], line: Number(match[3]), column: Number(match[4]) } : undefined;
}

/** True for files of Node, of the kernel and of the engine. */
export function isOurs(file: string): boolean {
	// Loops that the stage compiler has generated are the engine's, too.
	if (/^(node:|millrace-stage-)/.test(file) || file === "native" || file === "<anonymous>") return true;
	const rest = file.startsWith(OWN)
		? file.slice(OWN.length)
		: file.startsWith(OWN_PATH)
			? file.slice(OWN_PATH.length)
			: "";
	return /^(engine|kernel-ext)\//.test(rest);
}

/** The text of the cells by script name. */
export class CellTexts {
	readonly #cells = new Map<string, { readonly code: string; readonly count: number }>();

	/** Remembers what the user typed. */
	add(url: string, code: string, count: number): void {
		this.#cells.set(url, { code, count });
	}

	has(url: string): boolean {
		return this.#cells.has(url);
	}

	/** Returns the line of a cell with a mark under the column. */
	excerpt(url: string, line: number, column: number): string[] {
		const cell = this.#cells.get(url);
		const text = cell?.code.split("\n")[line - 1];
		if (!cell || text === undefined) return [];
		const number = String(line);
		const gap = text.slice(0, column - 1).replace(/[^\t]/g, " ");
		return [`cell [${cell.count}], line ${line}:`, `  ${number} | ${text}`, `  ${" ".repeat(number.length)} | ${gap}^`];
	}
}

const red = (text: string): string => `\u001b[31m${text}\u001b[39m`;

/** Characters of a message that are shown; an error may carry a whole document. */
const MESSAGE = 20_000;
/** Errors in errors that are shown. */
const ERRORS = 30;

/** Returns name, message and traceback of anything that was thrown. Its stack is in the user's positions. */
export function showError(thrown: unknown, texts: CellTexts): ShownError {
	try {
		if (isError(thrown)) {
			const traceback = linesOf(thrown, texts, "", new Set());
			return { ename: nameOf(thrown), evalue: messageOf(thrown), traceback };
		}
		const evalue = thrownText(thrown);
		const ename =
			thrown === null || typeof thrown !== "object" ? typeof thrown : String(thrown.constructor?.name ?? "Object");
		return { ename, evalue, traceback: [`${red("Thrown")}: ${evalue}`] };
	} catch (error) {
		// Its own getters throw.
		const evalue = `something was thrown that cannot be shown: ${String((error as Error)?.message)}`;
		return { ename: "Error", evalue, traceback: [`${red("Error")}: ${evalue}`] };
	}
}

function thrownText(thrown: unknown): string {
	const text = typeof thrown === "string" ? thrown : inspect(thrown, { depth: 3, colors: false });
	return bounded(text);
}

function messageOf(error: Error): string {
	return bounded(typeof error.message === "string" ? error.message : inspect(error.message));
}

function bounded(text: string): string {
	return text.length <= MESSAGE ? text : `${text.slice(0, MESSAGE)}… ${text.length - MESSAGE} more characters`;
}

/** Returns an error that is known by its texts only in the same form. */
export function showStack(ename: string, evalue: string, stack: readonly string[], texts: CellTexts): ShownError {
	const { excerpt, frames } = framesOf(stack, texts);
	return { ename, evalue, traceback: [...`${red(ename)}: ${evalue}`.split("\n"), ...excerpt, ...frames] };
}

function linesOf(error: Error, texts: CellTexts, indent: string, seen: Set<unknown>): string[] {
	seen.add(error);
	const { excerpt, frames } = framesOf(String(error.stack ?? "").split("\n"), texts);
	const head = `${red(nameOf(error))}: ${messageOf(error)}`.split("\n");
	const lines = [...head, ...excerpt, ...frames].map((line) => indent + line);
	const inner = (value: unknown, at: string): string[] => {
		if (!isError(value)) return [`${at}${thrownText(value)}`];
		if (seen.has(value)) return [`${at}${red(nameOf(value))}: shown above`];
		return seen.size < ERRORS ? linesOf(value, texts, at, seen) : [`${at}…`];
	};
	const named = (what: string, value: unknown): void => {
		const [first, ...rest] = inner(value, indent);
		lines.push(`${indent}${what} ${first.slice(indent.length)}`, ...rest);
	};
	const { errors, error: last, suppressed } = error as { errors?: unknown; error?: unknown; suppressed?: unknown };
	if (Array.isArray(errors)) {
		for (const each of errors.slice(0, 10)) lines.push(...inner(each, `${indent}  `));
		if (errors.length > 10) lines.push(`${indent}  … ${errors.length - 10} more errors`);
	}
	if (nameOf(error) === "SuppressedError") {
		named("Error:", last);
		named("Suppressed:", suppressed);
	}
	if (error.cause !== undefined) named("Caused by", error.cause);
	return lines;
}

function framesOf(stack: readonly string[], texts: CellTexts): { excerpt: string[]; frames: string[] } {
	let excerpt: string[] = [];
	const frames: string[] = [];
	for (const text of stack) {
		const frame = parseFrame(text);
		if (!frame || isOurs(frame.file)) continue;
		if (excerpt.length === 0) excerpt = texts.excerpt(frame.file, frame.line, frame.column);
		frames.push(text);
	}
	return { excerpt, frames };
}

/** Errors of other realms and revived errors count, too. */
function isError(value: unknown): value is Error {
	return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
}

function nameOf(error: Error): string {
	const own = error.name && error.name !== "Error" ? error.name : error.constructor?.name;
	return String(own || "Error");
}
