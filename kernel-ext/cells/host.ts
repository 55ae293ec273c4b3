// The files that the language service sees: the cells, which exist in memory only, and the disk.
import { statSync } from "node:fs";
import { dirname } from "node:path";
import ts from "typescript";

/** What the compiler is told about its surroundings. */
export interface CompilerOptions {
	/** Absolute `.d.ts` paths by specifier, for packages that resolve from any folder. */
	readonly typings: { readonly [specifier: string]: string };
	/** Folders that hold `@types` packages. */
	readonly typeRoots: readonly string[];
	/** Absolute paths of files whose global declarations every cell sees. */
	readonly globals?: readonly string[];
}

/** The host of the language service: one current module and the modules of the cells that ran. */
export class CellHost implements ts.LanguageServiceHost {
	readonly #options: ts.CompilerOptions;
	readonly #virtual = new Map<string, { text: string; version: number; snapshot: ts.IScriptSnapshot }>();
	readonly #disk = new Map<string, { text: string; version: string } | undefined>();
	readonly #kept: string[];
	#versions = 0;
	#current = "";

	constructor(options: CompilerOptions) {
		this.#kept = [...(options.globals ?? [])];
		const paths: Record<string, string[]> = {};
		for (const [specifier, file] of Object.entries(options.typings)) paths[specifier] = [file];
		this.#options = {
			target: ts.ScriptTarget.ESNext,
			// ES imports as they are, and `import x = require("…")` allowed.
			module: ts.ModuleKind.Preserve,
			moduleResolution: ts.ModuleResolutionKind.Bundler,
			lib: ["lib.esnext.d.ts"],
			types: ["node"],
			typeRoots: [...options.typeRoots],
			paths,
			strict: true,
			skipLibCheck: true,
			esModuleInterop: true,
			resolveJsonModule: true,
			preserveConstEnums: true,
			allowImportingTsExtensions: true,
			sourceMap: true,
			noErrorTruncation: false,
		};
	}

	/** Makes `file` the module that is asked about. */
	setCurrent(file: string, text: string): void {
		this.#current = file;
		if (this.#virtual.get(file)?.text !== text) this.setModule(file, text);
	}

	/** Adds or replaces a module that exists in memory only. */
	setModule(file: string, text: string): void {
		this.#virtual.set(file, { text, version: ++this.#versions, snapshot: ts.ScriptSnapshot.fromString(text) });
	}

	/** Makes a module part of every program, whether or not the current cell imports it. */
	keepInProgram(file: string): void {
		this.#kept.push(file);
	}

	getCompilationSettings(): ts.CompilerOptions {
		return this.#options;
	}
	getScriptFileNames(): string[] {
		return this.#current ? [...this.#kept, this.#current] : [];
	}
	getScriptVersion(file: string): string {
		const own = this.#virtual.get(file);
		if (own) return String(own.version);
		// Installed packages do not change under a running kernel; the user's own files do.
		if (file.includes("/node_modules/")) return "1";
		try {
			return String(statSync(file).mtimeMs);
		} catch {
			return "gone";
		}
	}
	getScriptSnapshot(file: string): ts.IScriptSnapshot | undefined {
		const own = this.#virtual.get(file);
		if (own) return own.snapshot;
		const version = this.getScriptVersion(file);
		let known = this.#disk.get(file);
		if (!known || known.version !== version) {
			const text = ts.sys.readFile(file);
			known = text === undefined ? undefined : { text, version };
			this.#disk.set(file, known);
		}
		return known && ts.ScriptSnapshot.fromString(known.text);
	}
	getCurrentDirectory(): string {
		return dirname(this.#current) || "/";
	}
	getDefaultLibFileName(options: ts.CompilerOptions): string {
		return ts.getDefaultLibFilePath(options);
	}
	fileExists(file: string): boolean {
		return this.#virtual.has(file) || ts.sys.fileExists(file);
	}
	readFile(file: string): string | undefined {
		return this.#virtual.get(file)?.text ?? ts.sys.readFile(file);
	}
	directoryExists(folder: string): boolean {
		return ts.sys.directoryExists(folder);
	}
	getDirectories(folder: string): string[] {
		return ts.sys.getDirectories(folder);
	}
	readDirectory(
		path: string,
		extensions?: readonly string[],
		exclude?: readonly string[],
		include?: readonly string[],
		depth?: number,
	): string[] {
		return ts.sys.readDirectory(path, extensions, exclude, include, depth);
	}
	realpath(path: string): string {
		return this.#virtual.has(path) ? path : (ts.sys.realpath?.(path) ?? path);
	}
}
