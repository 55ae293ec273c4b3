// The names of the notebook: one plain object that all cells read and write, and how names were imported.
import type { NotebookBindings } from "../../engine/capture/types.ts";
import type { CompiledCell } from "../cells/types.ts";

interface Imported {
	readonly specifier: string;
	readonly imported: string;
	readonly from?: string;
}

/** Answers for a position in the script of a cell. */
export type Locate = NotebookBindings["locate"];

/** Table of the top-level names of all cells. */
export class Bindings implements NotebookBindings {
	/** A plain object: reads are as fast as properties get. */
	readonly exports: { [name: string]: unknown } = {};
	readonly locate: Locate;
	readonly #imports = new Map<string, Imported>();
	readonly #from: string;

	/** `from` is the file name that relative imports start at. */
	constructor(from: string, locate: Locate) {
		this.#from = from;
		this.locate = locate;
	}

	has(name: string): boolean {
		return Object.hasOwn(this.exports, name);
	}

	/** Returns the value of a name; undefined for names that are not initialised yet. */
	get(name: string): unknown {
		const property = Object.getOwnPropertyDescriptor(this.exports, name);
		return property && "value" in property ? property.value : undefined;
	}

	imported(name: string): Imported | undefined {
		return this.#imports.get(name);
	}

	/**
	 * Prepares the names of a cell: `const`, `let` and `class` names throw until they are reached. Returns what to
	 * call when the cell ends before all were reached: it puts the old values back.
	 */
	prepare(cell: CompiledCell): () => void {
		const imported = new Set(cell.imports.map((binding) => binding.local));
		for (const { name } of cell.names) if (!imported.has(name)) this.#imports.delete(name);
		const before = new Map<string, PropertyDescriptor | undefined>();
		for (const name of cell.tdz) {
			const old = Object.getOwnPropertyDescriptor(this.exports, name);
			// The value from before a cell that is still running (or abandoned) is not known here: keep none.
			before.set(name, old && "value" in old ? old : undefined);
			const { exports } = this;
			Object.defineProperty(exports, name, {
				configurable: true,
				enumerable: true,
				get() {
					throw new ReferenceError(`Cannot access '${name}' before initialization`);
				},
				set(value: unknown) {
					Object.defineProperty(exports, name, { value, writable: true, enumerable: true, configurable: true });
				},
			});
		}
		return () => {
			for (const [name, old] of before) {
				const now = Object.getOwnPropertyDescriptor(this.exports, name);
				if (!now || "value" in now) continue;
				if (old) Object.defineProperty(this.exports, name, old);
				else delete this.exports[name];
			}
		};
	}

	/**
	 * Binds the imports of a cell to values of the loaded modules. `portable` gives the specifier to remember: the one
	 * by which other threads find the module.
	 */
	bindImports(
		cell: CompiledCell,
		modules: ReadonlyMap<string, unknown>,
		portable: (specifier: string) => string = (specifier) => specifier,
	): void {
		for (const { local, specifier, imported } of cell.imports) {
			const loaded = modules.get(specifier);
			this.#imports.set(local, { specifier: portable(specifier), imported, from: this.#from });
			Object.defineProperty(this.exports, local, {
				value: pick(loaded, imported, specifier),
				writable: true,
				enumerable: true,
				configurable: true,
			});
		}
	}
}

function pick(loaded: unknown, imported: string, specifier: string): unknown {
	if (imported === "*") return loaded;
	const module = loaded as { [name: string]: unknown } | null | undefined;
	if (imported === "default") {
		const namespace = module !== null && typeof module === "object" && isNamespace(module);
		return namespace || module?.__esModule ? module?.default : module;
	}
	if (module === null || module === undefined || !(imported in Object(module)))
		throw new SyntaxError(`The requested module '${specifier}' does not provide an export named '${imported}'`);
	return module[imported];
}

function isNamespace(value: object): boolean {
	return (value as { [Symbol.toStringTag]?: string })[Symbol.toStringTag] === "Module";
}
