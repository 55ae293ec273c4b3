// Completion at a place in a cell: what may stand there, with the types of members.
import ts from "typescript";
import { withoutCellModules } from "./diagnostics.ts";
import type { Completions } from "./types.ts";

/** More matches than any list shows; the rest is cut after sorting. */
const LIMIT = 1000;
/** Types are printed for this many matches at most: each costs the checker time. */
const SIGNATURES = 400;
const FORMAT = ts.TypeFormatFlags.WriteArrowStyleSignature;

/** Returns the completions at a UTF-16 offset of the cell, best first. */
export function completeCell(
	service: ts.LanguageService,
	program: ts.Program,
	file: string,
	code: string,
	cursor: number,
	shift: number,
	earlier: ReadonlyMap<string, { readonly kind: string; readonly type: string | undefined }>,
): Completions {
	const at = Math.max(0, Math.min(cursor, code.length));
	const typed = /[\p{ID_Continue}$\u200c\u200d]*$/u.exec(code.slice(0, at))?.[0] ?? "";
	const info = service.getCompletionsAtPosition(file, at + shift, {
		includeSymbol: true,
		includeCompletionsForImportStatements: false,
	});
	if (!info) return { matches: [], start: at - typed.length, end: at };
	const span = info.optionalReplacementSpan;
	const entries = info.entries.filter((e) => !e.name.startsWith("__cell"));
	const start = replacedFrom(entries[0]?.replacementSpan ?? span, at, shift, typed);
	const prefix = code.slice(start, at);
	const wanted = entries.filter((e) => matches(e.name, prefix));
	// Names of cells are no globals for the service unless this cell uses them already.
	if (!info.isMemberCompletion && info.isGlobalCompletion) {
		const known = new Set(wanted.map((e) => e.name));
		for (const name of earlier.keys())
			if (!known.has(name) && matches(name, prefix))
				wanted.push({ name, kind: ts.ScriptElementKind.variableElement, sortText: "11", kindModifiers: "" });
	}
	const rank = (name: string): number =>
		(name.startsWith(prefix) ? 0 : 2) + (info.isGlobalCompletion && earlier.has(name) ? 0 : 1);
	wanted.sort((a, b) => rank(a.name) - rank(b.name) || order(a.sortText, b.sortText) || order(a.name, b.name));

	const checker = program.getTypeChecker();
	const tree = program.getSourceFile(file) as ts.SourceFile;
	const list = wanted.slice(0, LIMIT).map((entry, index) => {
		// The checker sees an import of an earlier name; the user sees what that cell declared.
		const own =
			info.isGlobalCompletion && (!entry.symbol || entry.kind === "alias") ? earlier.get(entry.name) : undefined;
		const signature = own?.type ?? (index < SIGNATURES ? signatureOf(checker, entry.symbol, tree) : undefined);
		const kind = own?.kind ?? (entry.kind as string);
		return { text: entry.insertText ?? entry.name, kind, ...(signature !== undefined && { signature }) };
	});
	return { matches: list, start, end: at };
}

function replacedFrom(span: ts.TextSpan | undefined, at: number, shift: number, typed: string): number {
	const start = span ? span.start - shift : at - typed.length;
	return start < 0 || start > at ? at - typed.length : start;
}

function matches(name: string, prefix: string): boolean {
	return name.toLowerCase().startsWith(prefix.toLowerCase());
}

function order(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}

function signatureOf(checker: ts.TypeChecker, symbol: ts.Symbol | undefined, tree: ts.SourceFile): string | undefined {
	if (!symbol) return undefined;
	const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
	if (!(target.flags & ts.SymbolFlags.Value)) return undefined;
	return withoutCellModules(checker.typeToString(checker.getTypeOfSymbolAtLocation(target, tree), tree, FORMAT));
}
