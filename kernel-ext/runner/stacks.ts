// Stacks in the user's positions: every `error.stack` made on the notebook thread names the lines of the cells.

import { CellPositions } from "../cells/positions.ts";
import { isOurs, parseFrame } from "../errors.ts";
import type { Execution } from "../messages.ts";

/** A place in a cell, as engine and errors name it. */
export interface CellPlace {
	readonly url: string;
	readonly line: number;
	readonly column: number;
	readonly cell: string;
	readonly execution: number;
}

/** Knows the scripts of all cells. */
export class CellScripts {
	readonly #positions = new CellPositions();
	readonly #executions = new Map<string, Execution>();

	/** Remembers the script of an execution and its source map. */
	add(url: string, map: string, execution: Execution): void {
		this.#positions.add(url, map);
		this.#executions.set(url, execution);
	}

	/** Returns the place in a cell for a place in its script; undefined when the script is no cell. */
	locate(url: string, line: number, column: number): CellPlace | undefined {
		const execution = this.#executions.get(url);
		const found = execution && this.#positions.locate(url, line, column);
		return found && { ...found, cell: execution.key, execution: execution.count };
	}

	/**
	 * Makes V8 write stacks in the user's positions. Once for all readers: `console.log(error)`, the engine's encoded
	 * errors and the kernel's own outputs, so that nobody maps a position twice.
	 */
	install(): void {
		Error.prepareStackTrace = (error, sites) => {
			const lines = sites.map((site) => this.#mapped(`    at ${site}`));
			return [headOf(error), ...lines].join("\n");
		};
	}

	#mapped(text: string): string {
		const frame = parseFrame(text);
		const place = frame && this.locate(frame.file, frame.line, frame.column);
		if (!place) return text;
		const where = `${place.url}:${place.line}:${place.column}`;
		const called = /^\s+at (.*) \(/.exec(text)?.[1].replace(/\bexports\./g, "");
		// Our wrapper function has no name: its frame is the top level of the cell.
		const top = called === undefined || /^(async )?(eval|<anonymous>|Object\.<anonymous>)$/.test(called);
		if (!top) return `    at ${called} (${where})`;
		return called?.startsWith("async ") ? `    at async ${where}` : `    at ${where}`;
	}

	/** Returns the first frame of a stack that is the user's: in a cell, or in a file that is not ours. */
	userFrame(stack: string): { line: number; column: number; file?: string } | undefined {
		for (const text of stack.split("\n")) {
			const frame = parseFrame(text);
			if (!frame || isOurs(frame.file)) continue;
			const { file, line, column } = frame;
			return this.#executions.has(file) ? { line, column } : { line, column, file };
		}
		return undefined;
	}
}

function headOf(error: Error): string {
	try {
		return Error.prototype.toString.call(error);
	} catch {
		return "Error";
	}
}
