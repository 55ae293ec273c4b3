// Errors as notebooks show them: frames of cells at the lines that the user typed, frames of the kernel hidden.
import { inspect } from "node:util";
import { CellPositions } from "../cells/positions.ts";
import type { Execution, ShownError } from "../messages.ts";

/** Everything below this folder is ours. */
const OWN = new URL("../../", import.meta.url).href;
const OWN_PATH = decodeURIComponent(new URL(OWN).pathname);
const FRAME = /^(\s+at )(?:(.*) \()?(.+?):(\d+):(\d+)\)?$/;
/** Script names of cells; functions revived in workers carry a suffix. */
const CELL = /(?:^|\/)(cell-[^/#]*\.ts)(?:#.*)?$/;

const red = (text: string): string => `\u001b[31m${text}\u001b[39m`;

interface KnownCell {
	readonly execution: Execution;
	readonly code: string;
}

/** A place in a cell, as engine and errors name it. */
export interface CellPlace {
	readonly url: string;
	readonly line: number;
	readonly column: number;
	readonly cell: string;
	readonly execution: number;
}

/** Knows the scripts of all cells and turns errors into what is shown. */
export class Errors {
	readonly #positions = new CellPositions();
	readonly #cells = new Map<string, KnownCell>();

	/** Remembers the script of an execution. */
	add(url: string, map: string, execution: Execution, code: string): void {
		this.#positions.add(url, map);
		this.#cells.set(url, { execution, code });
	}

	/** Returns the place in a cell for a place in its script. */
	locate(url: string, line: number, column: number): CellPlace | undefined {
		const name = CELL.exec(url)?.[1];
		const known = name === undefined ? undefined : this.#cells.get(name);
		if (name === undefined || !known) return undefined;
		const found = this.#positions.locate(name, line, column);
		return found && { ...found, cell: known.execution.key, execution: known.execution.count };
	}

	/** Returns the first frame of a stack that is the user's: in a cell, or in a file that is not ours. */
	userFrame(stack: string): { line: number; column: number; file?: string } | undefined {
		for (const text of stack.split("\n")) {
			const match = FRAME.exec(text);
			if (!match) continue;
			const [, , , file, line, column] = match;
			const place = this.locate(file, Number(line), Number(column));
			if (place) return { line: place.line, column: place.column };
			if (isOurs(file)) continue;
			return { line: Number(line), column: Number(column), file };
		}
		return undefined;
	}

	/** Returns name, message and traceback of anything that was thrown. */
	show(thrown: unknown): ShownError {
		if (!isError(thrown)) {
			const evalue = typeof thrown === "string" ? thrown : inspect(thrown, { depth: 3 });
			const ename =
				thrown === null || typeof thrown !== "object" ? typeof thrown : (thrown.constructor?.name ?? "Object");
			return { ename, evalue, traceback: [`${red("Thrown")}: ${evalue}`] };
		}
		const ename = nameOf(thrown);
		const traceback = this.#lines(thrown, "");
		return { ename, evalue: String(thrown.message), traceback };
	}

	#lines(error: Error, indent: string, seen = new Set<unknown>()): string[] {
		seen.add(error);
		const name = nameOf(error);
		const lines = [`${indent}${red(name)}: ${error.message}`];
		const { frames, place } = this.#frames(String(error.stack ?? ""));
		if (place) lines.push(...this.#excerpt(place).map((line) => indent + line));
		lines.push(...frames.map((line) => indent + line));
		if (error instanceof AggregateError || Array.isArray((error as { errors?: unknown }).errors))
			for (const inner of (error as AggregateError).errors.slice(0, 10))
				if (isError(inner) && !seen.has(inner)) lines.push(...this.#lines(inner, `${indent}  `, seen));
		if (isError(error.cause) && !seen.has(error.cause) && seen.size < 10) {
			const [first, ...rest] = this.#lines(error.cause, indent, seen);
			lines.push(`${indent}Caused by ${first.trimStart()}`, ...rest);
		}
		return lines;
	}

	/** Mapped frames of a stack, and the first place in a cell. */
	#frames(stack: string): { frames: string[]; place?: CellPlace } {
		const frames: string[] = [];
		let place: CellPlace | undefined;
		for (const text of stack.split("\n")) {
			const match = FRAME.exec(text);
			if (!match) continue;
			const [, at, called, file, line, column] = match;
			const found = this.locate(file, Number(line), Number(column));
			if (found) {
				place ??= found;
				const where = `${found.url}:${found.line}:${found.column}`;
				const who = called?.replace(/\bexports\./g, "").replace(/^(async )?<?anonymous>?$/, "$1");
				// Our wrapper has no name: its frame is the top level of the cell.
				frames.push(who?.trim() ? `${at}${who} (${where})` : `${at}${where}`);
			} else if (!isOurs(file)) frames.push(text);
		}
		return { frames, place };
	}

	#excerpt(place: CellPlace): string[] {
		const lines = this.#cells.get(place.url)?.code.split("\n");
		const text = lines?.[place.line - 1];
		if (text === undefined) return [];
		const number = String(place.line);
		const gap = text.slice(0, place.column - 1).replace(/[^\t]/g, " ");
		return [
			`cell [${place.execution}], line ${place.line}:`,
			`  ${number} | ${text}`,
			`  ${" ".repeat(number.length)} | ${gap}^`,
		];
	}
}

function isOurs(file: string): boolean {
	if (file.startsWith("node:internal/") || file === "node:vm" || file === "native" || file === "<anonymous>")
		return true;
	return (
		(file.startsWith(OWN) || file.startsWith(OWN_PATH)) &&
		/^(engine|kernel-ext)\//.test(file.slice(file.startsWith(OWN) ? OWN.length : OWN_PATH.length))
	);
}

/** Errors of other realms and revived errors count, too. */
function isError(value: unknown): value is Error {
	return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
}

function nameOf(error: Error): string {
	const own = error.name && error.name !== "Error" ? error.name : error.constructor?.name;
	return String(own || "Error");
}
