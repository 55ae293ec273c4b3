// Loads what cells import: our own doors, packages from the notebook's folder, local TypeScript files.
import { existsSync, statSync } from "node:fs";
import { createRequire, isBuiltin, registerHooks } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const fromSources = import.meta.url.endsWith(".ts");

function door(path: string): string {
	return new URL(`../../${path}.${fromSources ? "ts" : "js"}`, import.meta.url).href;
}

/** Specifiers that this kernel answers itself, so that every folder sees the running engine. */
const DOORS: ReadonlyMap<string, string> = new Map([
	["millrace", door("engine/index")],
	["millrace/testing", door("engine/testing/index")],
	["millrace/kernel", door("kernel-ext/index")],
]);

/** Marks a specifier as one of a cell: resolved from the notebook's folder. */
const FROM_CELL = "millrace-cell:";
/** Tried after a relative specifier that names no file. */
const ENDINGS = [".ts", ".mts", ".cts", ".js", ".mjs", ".cjs", ".json", "/index.ts", "/index.js"];
/** `require` cannot load these; `import()` can. */
const NEEDS_IMPORT = new Set(["ERR_REQUIRE_ASYNC_MODULE", "ERR_PACKAGE_PATH_NOT_EXPORTED", "ERR_REQUIRE_ESM"]);

/** Loads modules as cells of one notebook see them. */
export class Modules {
	/** File name that relative specifiers start at; it need not exist. */
	readonly from: string;
	readonly require: NodeJS.Require;

	constructor(folder: string) {
		this.from = join(folder, "notebook.ts");
		this.require = createRequire(this.from);
		const parentURL = pathToFileURL(this.from).href;
		registerHooks({
			resolve(specifier, context, next) {
				const own = DOORS.get(specifier);
				if (own !== undefined) return { url: own, shortCircuit: true };
				if (specifier.startsWith(FROM_CELL))
					return resolveFile(specifier.slice(FROM_CELL.length), { ...context, parentURL }, next);
				return resolveFile(specifier, context, next);
			},
		});
	}

	/**
	 * Returns the specifier by which a thread without this loader finds the same module from `from`: relative ones with
	 * their ending.
	 */
	portable(specifier: string): string {
		if (!/^\.{1,2}\//.test(specifier)) return specifier;
		const base = new URL(specifier, pathToFileURL(this.from)).href;
		if (statSync(fileURLToPath(base), { throwIfNoEntry: false })?.isFile()) return specifier;
		const found = findFile(base);
		if (found === undefined) return specifier;
		return found.startsWith(base) ? specifier + found.slice(base.length) : specifier.replace(/js$/, "ts");
	}

	/** Returns the module for an import declaration of a cell. */
	load(specifier: string): unknown | Promise<unknown> {
		if (DOORS.has(specifier)) return this.import(specifier);
		try {
			return this.require(specifier);
		} catch (error) {
			if (!NEEDS_IMPORT.has((error as { code?: string }).code ?? "")) throw friendly(error, specifier);
			return this.import(specifier);
		}
	}

	/** Returns the namespace of a module, for `import()` in a cell. */
	import(specifier: unknown): Promise<unknown> {
		const text = String(specifier);
		const own = DOORS.get(text);
		if (own !== undefined) return import(own);
		if (isBuiltin(text) || /^(file|data|node):/.test(text)) return import(text);
		return import(FROM_CELL + text).catch((error) => {
			throw friendly(error, text);
		});
	}
}

type Resolve = Parameters<typeof registerHooks>[0]["resolve"] & {};
type ResolveArguments = Parameters<Resolve>;

function resolveFile(specifier: string, context: ResolveArguments[1], next: ResolveArguments[2]): ReturnType<Resolve> {
	try {
		return next(specifier, context);
	} catch (error) {
		const parent = context.parentURL;
		if (!/^\.{0,2}\//.test(specifier) || !parent?.startsWith("file:") || parent.includes("/node_modules/")) throw error;
		const found = findFile(new URL(specifier, parent).href);
		if (found === undefined) throw error;
		return { url: found, shortCircuit: true };
	}
}

/** Returns the file that a relative specifier without (or with another) ending means. */
function findFile(base: string): string | undefined {
	const candidates = ENDINGS.map((ending) => base + ending);
	// `./x.js` written for a compiled `./x.ts`.
	if (/\.[cm]?js$/.test(base)) candidates.push(base.replace(/js$/, "ts"));
	return candidates.find((url) => existsSync(fileURLToPath(url)));
}

function friendly(error: unknown, specifier: string): unknown {
	const code = (error as { code?: string } | undefined)?.code;
	if (code !== "MODULE_NOT_FOUND" && code !== "ERR_MODULE_NOT_FOUND") return error;
	if (!(error as Error).message.includes(specifier)) return error;
	const how = /^\.{0,2}\//.test(specifier)
		? "there is no such file beside the notebook"
		: `run "npm install ${specifier}" in the notebook's folder`;
	return Object.assign(new Error(`Cannot find module '${specifier}': ${how}.`, { cause: error }), { code });
}
