// Answers whether a cell is ready to run, from its syntax alone.
import ts from "typescript";
import { parseModule } from "./source.ts";

/** Errors that more lines cannot repair, although the parser reports some of them at the end of the text. */
const FINAL = new Set([
	1002, // unterminated string literal
	1161, // unterminated regular expression
]);

/** Returns `incomplete` where the text ends too early, `invalid` where it is wrong before its end. */
export function isCompleteCell(code: string): {
	status: "complete" | "incomplete" | "invalid" | "unknown";
	indent: string;
} {
	const { errors, shift } = parseModule(code);
	const first = errors[0];
	if (!first) return { status: "complete", indent: "" };
	const end = code.trimEnd().length + shift;
	const open = !FINAL.has(first.code) && (first.start >= end || first.code === 1160 || first.code === 1010);
	return open ? { status: "incomplete", indent: indentAfter(code, first.code) } : { status: "invalid", indent: "" };
}

/** The indent of the last line, one step more when that line opens something. */
function indentAfter(code: string, error: number): string {
	if (error === 1160 || error === 1010) return "";
	const line = code.trimEnd().split(/\r?\n/).at(-1) ?? "";
	const indent = /^[\t ]*/.exec(line)?.[0] ?? "";
	const unit = indent.includes("\t") ? "\t" : "  ";
	return /(?:[{[(]|=>|[=:?])\s*(?:\/\/.*)?$/.test(line) || opens(line) ? indent + unit : indent;
}

function opens(line: string): boolean {
	let depth = 0;
	const scanner = ts.createScanner(ts.ScriptTarget.ESNext, true, ts.LanguageVariant.Standard, line);
	for (let token = scanner.scan(); token !== ts.SyntaxKind.EndOfFileToken; token = scanner.scan()) {
		if ([ts.SyntaxKind.OpenBraceToken, ts.SyntaxKind.OpenBracketToken, ts.SyntaxKind.OpenParenToken].includes(token))
			depth++;
		if ([ts.SyntaxKind.CloseBraceToken, ts.SyntaxKind.CloseBracketToken, ts.SyntaxKind.CloseParenToken].includes(token))
			depth--;
	}
	return depth > 0;
}
