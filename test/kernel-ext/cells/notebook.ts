// A notebook for tests: compiles cells, runs them as the kernel does, keeps the names in one object.
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { types } from "node:util";
import { Script } from "node:vm";
import { createCompiler } from "../../../kernel-ext/cells/compiler.ts";
import { CellPositions } from "../../../kernel-ext/cells/positions.ts";
import type { CellDiagnostic, CompiledCell } from "../../../kernel-ext/cells/types.ts";

export const folder = fileURLToPath(new URL("./fixtures", import.meta.url));
export const options = {
	typings: { streams: join(folder, "streams.d.ts") },
	typeRoots: [fileURLToPath(new URL("../../../node_modules/@types", import.meta.url))],
};

/** What a cell that does not compile fails with. */
export class CompileError extends Error {
	readonly diagnostics: readonly CellDiagnostic[];
	constructor(diagnostics: readonly CellDiagnostic[]) {
		super(diagnostics.map((d) => `TS${d.code} ${d.line}:${d.column} ${d.message}\n${d.frame}`).join("\n"));
		this.diagnostics = diagnostics;
	}
}

export class Notebook {
	readonly compiler = createCompiler(options);
	readonly exports: Record<string, unknown> = {};
	readonly positions = new CellPositions();
	readonly #require = createRequire(join(folder, "notebook.js"));
	#count = 0;
	last: CompiledCell | undefined;

	/** Compiles and commits without running. */
	async compile(code: string): Promise<CompiledCell> {
		const url = `cell-${++this.#count}.ts`;
		const result = await this.compiler.compile({ url, code, folder });
		if (!result.ok) throw new CompileError(result.diagnostics);
		await this.compiler.commit(url);
		this.last = result.cell;
		this.positions.add(url, result.cell.map);
		return result.cell;
	}

	/** Runs a cell and returns the value of its last expression. */
	async run(code: string): Promise<unknown> {
		const cell = await this.compile(code);
		for (const { local, specifier, imported } of cell.imports) {
			const module = this.#require(specifier) as Record<string, unknown>;
			const value = imported === "*" ? module : imported === "default" ? defaultOf(module) : module[imported];
			Object.defineProperty(this.exports, local, { value, writable: true, enumerable: true, configurable: true });
		}
		for (const name of cell.tdz) this.#guard(name);
		const text = `(${cell.async ? "async " : ""}function (exports, __import, require) {\n${cell.body}\n})`;
		const run = new Script(text, { filename: cell.url, lineOffset: -1 }).runInThisContext() as (
			...of: unknown[]
		) => unknown;
		return run.call(undefined, this.exports, (specifier: string) => import(specifier), this.#require);
	}

	/** Type of a name of the last cell. */
	type(name: string): string | undefined {
		return this.last?.names.find((n) => n.name === name)?.type;
	}

	#guard(name: string): void {
		Object.defineProperty(this.exports, name, {
			configurable: true,
			enumerable: true,
			get: () => {
				throw new ReferenceError(`Cannot access '${name}' before initialization`);
			},
			set: (value: unknown) => {
				Object.defineProperty(this.exports, name, { value, writable: true, enumerable: true, configurable: true });
			},
		});
	}
}

function defaultOf(module: Record<string, unknown>): unknown {
	return module.__esModule || types.isModuleNamespaceObject(module) ? module.default : module;
}
