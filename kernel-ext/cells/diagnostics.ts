// Turns what the checker says about a cell's module into what the user of a notebook should read.
import ts from "typescript";
import type { CellSource } from "./source.ts";
import type { CellDiagnostic } from "./types.ts";

/** Codes of rules that hold for modules or strict projects, not for cells. */
const DROPPED = new Set([
	1375, // top-level await needs an import or export
	1378, // top-level await needs a certain module and target
	7016, // a JavaScript package without types: `any`
	7034, // `let x;` at the top level: its type is what is assigned later
	7005, // the same, where it is read
]);

/** Code of our own refusals (reserved names, unsupported export forms). */
export const REFUSED = 90001;

/** Takes the names of the virtual modules out of a printed type or message. */
export function withoutCellModules(text: string): string {
	return text
		.replace(/import\("[^"]*\/__cell(?:_\d+)?"\)\./g, "")
		.replace(/typeof import\("[^"]*\/__cell(?:_\d+)?"\)/g, "typeof cell");
}

/** Cell text with a table of its lines. */
export class CellText {
	readonly code: string;
	readonly #starts: number[] = [0];

	constructor(code: string) {
		this.code = code;
		for (let at = 0; at < code.length; at++) {
			const c = code[at];
			if (c === "\n" || (c === "\r" && code[at + 1] !== "\n")) this.#starts.push(at + 1);
		}
	}

	/** 1-based line and column of an offset; offsets outside the text are moved to its nearest end. */
	position(offset: number): { line: number; column: number } {
		const at = Math.max(0, Math.min(offset, this.code.length));
		let line = this.#starts.length - 1;
		while (line > 0 && (this.#starts[line] ?? 0) > at) line--;
		return { line: line + 1, column: at - (this.#starts[line] ?? 0) + 1 };
	}

	/** Offset of a 0-based line and column. */
	offset({ line, column }: { line: number; column: number }): number {
		return (this.#starts[line] ?? this.code.length) + column;
	}

	/** Text of a 1-based line, without its end. */
	line(line: number): string {
		return this.code.slice(this.#starts[line - 1], this.#starts[line]).replace(/[\r\n]+$/, "");
	}
}

/** Returns the diagnostic for a range of the cell, with the line and a marker under the place. */
export function cellDiagnostic(
	text: CellText,
	start: number,
	length: number,
	code: number,
	message: string,
): CellDiagnostic {
	const from = text.position(start);
	const to = text.position(Math.max(start + length, start));
	const shown = text.line(from.line).replaceAll("\t", " ");
	const number = String(from.line);
	const width = Math.max(1, to.line === from.line ? to.column - from.column : shown.length - from.column + 1);
	const frame = `${number} | ${shown}\n${" ".repeat(number.length)} | ${" ".repeat(from.column - 1)}${"^".repeat(width)}`;
	return { code, message, line: from.line, column: from.column, endLine: to.line, endColumn: to.column, frame };
}

/** Returns the errors of the parser and of notebook rules: with any of them the checker is not asked. */
export function syntaxDiagnostics(text: CellText, source: CellSource): CellDiagnostic[] {
	const found = source.syntaxErrors.map((d) =>
		cellDiagnostic(
			text,
			d.start - source.shift,
			d.length,
			d.code,
			ts.flattenDiagnosticMessageText(d.messageText, "\n"),
		),
	);
	for (const { start, length, message } of source.refused)
		found.push(cellDiagnostic(text, start, length, REFUSED, message));
	return found;
}

/** Returns the checker's errors that concern the cell; `shift` is where the cell begins in its module. */
export function checkerDiagnostics(
	text: CellText,
	source: CellSource,
	file: ts.SourceFile,
	diagnostics: readonly ts.Diagnostic[],
	shift: number,
): CellDiagnostic[] {
	const found: CellDiagnostic[] = [];
	for (const d of diagnostics) {
		if (d.category !== ts.DiagnosticCategory.Error || DROPPED.has(d.code)) continue;
		// Lines before and after the cell are ours; what is wrong with them is said at the place of use.
		const start = (d.start ?? 0) - shift;
		if (start < 0 || start > text.code.length) continue;
		if (d.code === 2695 && source.defaults.includes(start)) continue;
		const { code, message } = translate(d, file);
		found.push(cellDiagnostic(text, start, d.length ?? 0, code, message));
	}
	return found;
}

function translate(d: ts.Diagnostic, file: ts.SourceFile): { code: number; message: string } {
	const message = withoutCellModules(ts.flattenDiagnosticMessageText(d.messageText, "\n"));
	if (d.code === 2632) {
		const name = /'([^']+)'/.exec(message)?.[1] ?? "the name";
		return {
			code: 2588,
			message: `Cannot assign to '${name}' because it is not a variable of a cell (\`let\` or \`var\`).`,
		};
	}
	const pairs =
		d.code === 2684 &&
		/^The 'this' context of type '(.+)' is not assignable to method's 'this' of type '(\w+)<readonly \[/s.exec(message);
	if (!pairs) return { code: d.code, message };
	const method = methodAt(file, d.start ?? 0, d.length ?? 0);
	const what = pairs[2] === "RDD" ? "an RDD" : "a stream";
	return {
		code: d.code,
		message: `${method ? `\`${method}\`` : "This method"} needs ${what} of pairs [key, value]; this is ${pairs[1]}. Make pairs first, for example with \`.map((x) => [x, 1])\`.`,
	};
}

function methodAt(file: ts.SourceFile, start: number, length: number): string | undefined {
	let name: string | undefined;
	const visit = (node: ts.Node): void => {
		if (node.getStart(file) > start || node.end < start + length) return;
		if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
			const access = node.expression;
			const object = access.expression;
			if ((object.getStart(file) === start && object.end === start + length) || access.name.getStart(file) === start)
				name = access.name.text;
		}
		ts.forEachChild(node, visit);
	};
	visit(file);
	return name;
}
