// The interface of the cell compiler: plain data, asynchronous, so that it can live in a thread of its own.

/** A cell to compile. */
export interface CompileRequest {
	/** Script name, unique per execution: `cell-3.ts`. */
	readonly url: string;
	readonly code: string;
	/** Folder that relative imports and package look-up start at (the notebook's). */
	readonly folder: string;
}

/** A name that an import declaration of a cell binds. `imported` is `default`, `*` or the exported name. */
export interface ImportBinding {
	readonly local: string;
	readonly specifier: string;
	readonly imported: string;
}

/** A top-level name of a cell. */
export interface CellName {
	readonly name: string;
	readonly kind: "const" | "let" | "var" | "function" | "class" | "enum" | "namespace" | "import";
	/** Type as the checker prints it, cut at 200 characters. */
	readonly type: string;
}

export interface CellDiagnostic {
	readonly code: number;
	readonly message: string;
	/** 1-based positions in the cell. */
	readonly line: number;
	readonly column: number;
	readonly endLine: number;
	readonly endColumn: number;
	/** The line of code with a marker under the place. */
	readonly frame: string;
}

/**
 * A compiled cell. `body` is the text of a function body over `exports` (every top-level name is `exports.NAME`)
 * and `__import` (dynamic import). It is run as `(async function (exports, __import) {\nBODY\n})` or without `async`,
 * with `lineOffset: -1`, so that line 1 of the body is line 1 of the script. The value of the last expression is returned.
 */
export interface CompiledCell {
	readonly url: string;
	readonly body: string;
	readonly async: boolean;
	/** True when the cell ends in an expression whose value is to be shown. */
	readonly hasResult: boolean;
	readonly names: readonly CellName[];
	/** Names that throw until they are initialised (const, let, class). */
	readonly tdz: readonly string[];
	readonly imports: readonly ImportBinding[];
	/** Specifiers to load before the cell runs, in order (also those imported for their effects only). */
	readonly modules: readonly string[];
	/** JSON of a source map v3: script position → cell position. */
	readonly map: string;
}

export type CompileResult =
	| { readonly ok: true; readonly cell: CompiledCell }
	| { readonly ok: false; readonly diagnostics: readonly CellDiagnostic[] };

export interface Completions {
	readonly matches: readonly { readonly text: string; readonly kind: string; readonly signature?: string }[];
	/** UTF-16 offsets of the text that a match replaces. */
	readonly start: number;
	readonly end: number;
}

/** Compiles cells one after another, remembering the names of those that ran. */
export interface CellCompiler {
	/** Resolves with the compiled cell or its diagnostics. The names count only after `commit`. */
	compile(request: CompileRequest): Promise<CompileResult>;
	/** The cell of `url` ran (also when it threw half-way): later cells see its names. */
	commit(url: string): Promise<void>;
	complete(code: string, cursor: number, folder: string): Promise<Completions>;
	isComplete(code: string): Promise<{ status: "complete" | "incomplete" | "invalid" | "unknown"; indent: string }>;
	dispose(): Promise<void>;
}
