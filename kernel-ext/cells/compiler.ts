// The cell compiler in this thread: checks a cell, makes ES text of it and rewrites that to live names.
import ts from "typescript";
import { completeCell } from "./complete.ts";
import {
	CellText,
	cellDiagnostic,
	checkerDiagnostics,
	REFUSED,
	syntaxDiagnostics,
	withoutCellModules,
} from "./diagnostics.ts";
import { CellHost, type CompilerOptions } from "./host.ts";
import { isCompleteCell } from "./is-complete.ts";
import { composeMappings, decodeMappings, encodeMappings, type Mappings, type Segment, trace } from "./mappings.ts";
import { type RewriteOptions, type Rewritten, rewriteCell } from "./rewrite.ts";
import { type CellSource, type Declared, readCell } from "./source.ts";
import type { CellCompiler, CellName, CompileRequest, CompileResult, Completions } from "./types.ts";

export type { CompilerOptions } from "./host.ts";

const TYPE_LENGTH = 200;
const TYPE_FORMAT = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope;

/** Where a name of an earlier cell comes from. */
interface Earlier {
	readonly module: string;
	readonly kind: Declared["kind"];
	/** Type as the checker prints it; absent for types and ambient names. */
	readonly type: string | undefined;
}

/** A cell that compiled and may be committed. */
interface Pending {
	readonly request: CompileRequest;
	readonly moduleText: string;
	readonly source: CellSource;
	readonly names: readonly CellName[];
}

/** Cells that compiled but never ran are kept up to this number. */
const PENDING = 16;

/** Returns a compiler that works in the calling thread; its promises are settled when they are returned. */
export function createCompiler(options: CompilerOptions): CellCompiler {
	return new InProcessCompiler(options);
}

class InProcessCompiler implements CellCompiler {
	readonly #host: CellHost;
	readonly #service: ts.LanguageService;
	/** Newest declaration of every name. */
	readonly #earlier = new Map<string, Earlier>();
	/** Names that have a value in `exports`. */
	readonly #values = new Set<string>();
	readonly #pending = new Map<string, Pending>();
	#cells = 0;

	constructor(options: CompilerOptions) {
		this.#host = new CellHost(options);
		this.#service = ts.createLanguageService(this.#host, ts.createDocumentRegistry());
	}

	async compile(request: CompileRequest): Promise<CompileResult> {
		const source = readCell(request.code);
		const text = new CellText(request.code);
		const wrong = syntaxDiagnostics(text, source);
		if (wrong.length > 0) return { ok: false, diagnostics: wrong };

		const { file, moduleText, shift } = this.#open(source, request.folder);
		const program = this.#program();
		const tree = program.getSourceFile(file) as ts.SourceFile;
		const found = [...program.getSyntacticDiagnostics(tree), ...program.getSemanticDiagnostics(tree)];
		const diagnostics = checkerDiagnostics(text, source, tree, found, shift);
		if (diagnostics.length > 0) return { ok: false, diagnostics };

		const es = emit(program, tree, source.needsLowering);
		const declared = source.declared;
		const rewritten = tryRewrite(es.text, {
			url: request.url,
			folder: request.folder,
			earlier: this.#values,
			own: (name) => declared.get(name)?.ambient === false,
			isCell: isCellModule,
			hasResult: source.hasResult,
		});
		const toCell = (mappings: Mappings): Mappings =>
			es.maps.reduce((outer, inner, n) => composeMappings(outer, inner, n === es.maps.length - 1 ? 1 : 0), mappings);
		if ("message" in rewritten) {
			const at = trace(toCell(identity(es.text)), rewritten.line, rewritten.column) ?? { line: 0, column: 0 };
			return { ok: false, diagnostics: [cellDiagnostic(text, text.offset(at), 1, REFUSED, rewritten.message)] };
		}
		const mappings = toCell(rewritten.mappings);
		const map = {
			version: 3,
			file: request.url,
			sources: [request.url],
			names: [],
			mappings: encodeMappings(mappings),
		};
		const names = cellNames(program, tree, source);
		this.#pending.delete(request.url);
		this.#pending.set(request.url, { request, moduleText, source, names });
		const oldest = this.#pending.keys().next().value;
		if (this.#pending.size > PENDING && oldest !== undefined) this.#pending.delete(oldest);
		const { body, async, hasResult, tdz, imports, modules } = rewritten;
		return {
			ok: true,
			cell: { url: request.url, body, async, hasResult, names, tdz, imports, modules, map: JSON.stringify(map) },
		};
	}

	async commit(url: string): Promise<void> {
		const pending = this.#pending.get(url);
		if (!pending) throw new Error(`commit: no compiled cell has the url ${url}. Compile it before it is committed.`);
		this.#pending.delete(url);
		const module = `${baseOf(pending.request.folder)}/__cell_${++this.#cells}`;
		this.#host.setModule(`${module}.ts`, pending.moduleText);
		if (pending.source.augments.length > 0) this.#host.keepInProgram(`${module}.ts`);
		for (const { name, kind } of pending.source.declared.values()) {
			this.#earlier.set(name, { module, kind, type: pending.names.find((n) => n.name === name)?.type });
		}
		for (const { name } of pending.names) this.#values.add(name);
	}

	async complete(code: string, cursor: number, folder: string): Promise<Completions> {
		const source = readCell(code);
		const { file, shift } = this.#open(source, folder);
		const program = this.#program();
		return completeCell(this.#service, program, file, code, cursor, shift, this.#earlier);
	}

	async isComplete(code: string): ReturnType<CellCompiler["isComplete"]> {
		return isCompleteCell(code);
	}

	async dispose(): Promise<void> {
		this.#service.dispose();
	}

	#program(): ts.Program {
		const program = this.#service.getProgram();
		if (!program) throw new Error("The language service gave no program.");
		return program;
	}

	/** Makes the cell the current module: first line what it needs from earlier cells, last line its exports. */
	#open(source: CellSource, folder: string): { file: string; moduleText: string; shift: number } {
		const imports = new Map<string, string[]>();
		const variables: string[] = [];
		for (const name of source.identifiers) {
			const earlier = this.#earlier.get(name);
			if (!earlier || source.declared.has(name)) continue;
			if ((earlier.kind === "let" || earlier.kind === "var") && source.assigned.has(name)) {
				// An import cannot be assigned to; a declaration can, and is checked and narrowed like any variable.
				variables.push(`declare let ${name}: typeof import("${earlier.module}").${name};`);
			} else imports.set(earlier.module, [...(imports.get(earlier.module) ?? []), name]);
		}
		const head = ["export {};"];
		for (const [module, names] of imports) head.push(`import { ${names.join(", ")} } from "${module}";`);
		// The checker does not load a module because its types are added to.
		for (const module of source.augments)
			if (module !== "") head.push(`import type {} from ${JSON.stringify(module)};`);
		const first = `${head.concat(variables).join(" ")}\n`;
		const moduleText = `${first}${source.text}\nexport { ${[...source.declared.keys()].join(", ")} };`;
		const file = `${baseOf(folder)}/__cell.ts`;
		this.#host.setCurrent(file, moduleText);
		return { file, moduleText, shift: first.length };
	}
}

/** Rewrites, or says where the text holds syntax that the checker knows and the engine does not. */
function tryRewrite(
	text: string,
	options: RewriteOptions,
): Rewritten | { message: string; line: number; column: number } {
	try {
		return rewriteCell(text, options);
	} catch (error) {
		if (!(error instanceof SyntaxError)) throw error;
		const loc = (error as { loc?: { line: number; column: number } }).loc;
		const reason = error.message.replace(/ \(\d+:\d+\)$/, "");
		return { message: `This cannot run here: ${reason}.`, line: (loc?.line ?? 1) - 1, column: loc?.column ?? 0 };
	}
}

/** A map of every column to itself. */
function identity(text: string): Mappings {
	return text.split("\n").map((line, at) => Array.from(line, (_, column): Segment => [column, 0, at, column]));
}

function baseOf(folder: string): string {
	return folder.replace(/\/+$/, "");
}

function isCellModule(specifier: string): boolean {
	return /\/__cell_\d+$/.test(specifier);
}

/** Returns the ES text of a module and the maps from it back to the module, outermost first. */
function emit(program: ts.Program, tree: ts.SourceFile, lower: boolean): { text: string; maps: Mappings[] } {
	let text = "";
	let map = "";
	program.emit(tree, (name, content) => {
		if (name.endsWith(".map")) map = content;
		else if (name.endsWith(".js")) text = content;
	});
	text = withoutMapLink(text);
	const maps = [mappingsOf(map)];
	if (lower) {
		// V8 runs everything but decorators and `accessor` as written; only cells with these pay for a second pass.
		const lowered = ts.transpileModule(text, {
			fileName: "cell.js",
			compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, sourceMap: true, allowJs: true },
		});
		text = withoutMapLink(lowered.outputText);
		maps.unshift(mappingsOf(lowered.sourceMapText ?? ""));
	}
	// The exports name types and ambient declarations, too; nobody reads them in the ES text.
	return { text: text.replace(/(^|\n)export \{[^}]*\};\s*$/, "$1"), maps };
}

function withoutMapLink(text: string): string {
	return text.replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n");
}

function mappingsOf(map: string): Mappings {
	return decodeMappings((JSON.parse(map) as { mappings: string }).mappings);
}

/** Lists the names with a value, with their types as the checker prints them. */
function cellNames(program: ts.Program, tree: ts.SourceFile, source: CellSource): CellName[] {
	const checker = program.getTypeChecker();
	const module = checker.getSymbolAtLocation(tree);
	const symbols = new Map<string, ts.Symbol>();
	for (const symbol of module ? checker.getExportsOfModule(module) : []) symbols.set(symbol.name, symbol);
	const names: CellName[] = [];
	for (const { name, kind, ambient } of source.declared.values()) {
		let symbol = symbols.get(name);
		if (symbol && symbol.flags & ts.SymbolFlags.Alias) symbol = checker.getAliasedSymbol(symbol);
		if (ambient || kind === "type" || !symbol) continue;
		// A namespace of types only, or an import of a type, leaves no value (an unknown package might).
		if (!(symbol.flags & ts.SymbolFlags.Value) && !checker.isUnknownSymbol(symbol)) continue;
		const type = withoutCellModules(
			checker.typeToString(checker.getTypeOfSymbolAtLocation(symbol, tree), tree, TYPE_FORMAT),
		);
		names.push({ name, kind, type: type.length > TYPE_LENGTH ? `${type.slice(0, TYPE_LENGTH - 1)}…` : type });
	}
	return names;
}
