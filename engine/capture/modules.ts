// Values that another thread can load by itself: Node's built-in modules, and modules in files.

import { readFileSync } from "node:fs";
import { builtinModules, createRequire, findPackageJSON, isBuiltin } from "node:module";
import { dirname, join, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { types } from "node:util";
import { CaptureError } from "../errors/index.ts";

/**
 * How to load a value: the module and the name in it. `imported` is `default`, `*`, an exported name,
 * `module.exports`, or for built-in modules a path such as `posix.join`. `from` is the file to resolve from.
 */
export interface ModuleReference {
	readonly specifier: string;
	readonly imported: string;
	readonly from?: string;
}

const require_ = createRequire(import.meta.url);
const builtins = new Map<unknown, ModuleReference>();
const builtinsSeen = new Set<string>();
let builtinsLoaded = -1;
const ownFolder = fileURLToPath(new URL("..", import.meta.url));

/** Returns how to load an export of a built-in module, undefined for everything else. */
export function builtinReference(value: object): ModuleReference | undefined {
	// A value can only come from a module that is loaded; loading the others would only cost and warn.
	const loaded = (process as unknown as { moduleLoadList: readonly string[] }).moduleLoadList;
	if (loaded.length !== builtinsLoaded) {
		builtinsLoaded = loaded.length;
		const names = new Set(loaded);
		for (const name of builtinModules) {
			if (!name.startsWith("_") && !builtinsSeen.has(name) && names.has(`NativeModule ${name}`)) noteBuiltin(name);
		}
	}
	const known = builtins.get(value);
	if (known) return known;
	if (!types.isModuleNamespaceObject(value)) return undefined;
	const whole = builtins.get(member(value, "default"));
	return whole?.imported === "default" ? { specifier: whole.specifier, imported: "*" } : undefined;
}

function noteBuiltin(name: string): void {
	builtinsSeen.add(name);
	const specifier = `node:${name}`;
	const whole = process.getBuiltinModule(specifier) as unknown;
	const note = (value: unknown, imported: string) => {
		const fits = (typeof value === "object" && value !== null) || typeof value === "function";
		if (!fits || builtins.has(value)) return false;
		builtins.set(value, { specifier, imported });
		return true;
	};
	// `node:process` and `node:console` are globals and found there first.
	if (whole === process || whole === console || !note(whole, "default")) return;
	for (const [key, d] of Object.entries(Object.getOwnPropertyDescriptors(whole as object))) {
		if (!("value" in d) || !note(d.value, key) || typeof d.value !== "object") continue;
		for (const [inner, e] of Object.entries(Object.getOwnPropertyDescriptors(d.value as object))) {
			if ("value" in e && typeof e.value === "function") note(e.value, `${key}.${inner}`);
		}
	}
}

const exportsOfFiles = new WeakMap<object, ModuleReference>();
const modulesSeen = new WeakSet<object>();

/** Takes note of the modules loaded since the last time; once per capture, since there may be thousands. */
export function noteLoadedModules(): void {
	for (const module of Object.values(require_.cache)) {
		if (!module?.loaded || modulesSeen.has(module) || isMain(module.filename)) continue;
		modulesSeen.add(module);
		noteExports(module.exports, module.filename);
	}
}

/** Returns how to load what a CommonJS module (or a required ES module) exports; the main module is never named. */
export function fileReference(value: object): ModuleReference | undefined {
	const found = exportsOfFiles.get(value);
	if (!found) return undefined;
	// Plain data of the user's own files is taken as it is now; packages own their objects.
	const whole = found.imported === "module.exports" && types.isModuleNamespaceObject(value);
	return typeof value === "function" || whole || inPackage(found.specifier) ? found : undefined;
}

function noteExports(exports: unknown, file: string): void {
	if ((typeof exports !== "object" || exports === null) && typeof exports !== "function") return;
	const note = (value: unknown, imported: string) => {
		if ((typeof value !== "object" || value === null) && typeof value !== "function") return;
		if (!exportsOfFiles.has(value)) exportsOfFiles.set(value, { specifier: file, imported, from: file });
	};
	note(exports, "module.exports");
	if (types.isModuleNamespaceObject(exports)) {
		for (const key of Object.keys(exports)) note(member(exports, key), key);
		return;
	}
	for (const [key, d] of Object.entries(Object.getOwnPropertyDescriptors(exports))) {
		if ("value" in d && key !== "prototype") note(d.value, key);
	}
}

/**
 * Returns how to load a function of an ES module that Node itself has loaded from `url`, if it is exported there.
 * A module that is still being evaluated, or was loaded by something else than Node, is not referred to.
 */
export function esmReference(
	value: object,
	url: string,
	script: () => string | undefined,
): ModuleReference | undefined {
	// A query makes another instance of the module.
	if (!url.startsWith("file://") || /[?#]/.test(url)) return undefined;
	const file = fileURLToPath(url);
	if (isMain(file) || !loadedByNode(file, script)) return undefined;
	let namespace: unknown;
	try {
		namespace = require_(file);
	} catch {
		return undefined;
	}
	if ((typeof namespace !== "object" || namespace === null) && typeof namespace !== "function") return undefined;
	noteExports(namespace, file);
	return exportsOfFiles.get(value);
}

const byNode = new Map<string, boolean>();

/**
 * Tells whether the text that runs is the file's, types blanked out. Test runners name their rewritten scripts by the
 * same URL; loading such a file again would run it a second time.
 */
function loadedByNode(file: string, script: () => string | undefined): boolean {
	let known = byNode.get(file);
	if (known === undefined) {
		try {
			const text = readFileSync(file, "utf8").slice(0, 4000);
			const running = script() ?? "";
			known =
				running.length > 0 &&
				text.split("").every((c, i) => running[i] === c || /\s/.test(running[i] ?? "") || running[i] === ";");
		} catch {
			known = false;
		}
		byNode.set(file, known);
	}
	return known;
}

/** Tells whether the script belongs to Node itself. */
export function isNodeScript(url: string): boolean {
	return url.startsWith("node:");
}

/** Tells whether the script is part of the engine. */
export function isEngineScript(url: string): boolean {
	return toPath(url).startsWith(ownFolder);
}

/** Returns a path for a file URL, and everything else as it is. */
export function toPath(url: string): string {
	return url.startsWith("file://") ? fileURLToPath(url) : url;
}

function inPackage(file: string): boolean {
	return file.includes(`${sep}node_modules${sep}`);
}

function isMain(file: string): boolean {
	return file === process.argv[1] || file === require_.main?.filename;
}

/** A name of a namespace; one that is not initialised yet counts as absent. */
function member(namespace: object, key: string): unknown {
	try {
		return (namespace as { [key: string]: unknown })[key];
	} catch {
		return undefined;
	}
}

const preloaded = new Map<string, unknown>();

/**
 * Loads modules that cannot be loaded synchronously (ES modules with top-level `await`), so that `revive` finds them.
 * Modules that can are left alone.
 */
export async function preloadModules(references: Iterable<ModuleReference>): Promise<void> {
	for (const { specifier, from } of references) {
		if (isBuiltin(specifier) || ownDoor(specifier)) continue;
		const file = resolveModule(specifier, from);
		if (preloaded.has(file)) continue;
		try {
			require_(file);
		} catch (error) {
			if ((error as { code?: string }).code !== "ERR_REQUIRE_ASYNC_MODULE") throw error;
			preloaded.set(file, await import(pathToFileURL(file).href));
		}
	}
}

/** Returns the value a reference names, loading the module if need be. */
export function loadReference(reference: ModuleReference): unknown {
	const { specifier, imported, from } = reference;
	return pick(loadModule(specifier, from), imported, specifier);
}

function loadModule(specifier: string, from: string | undefined): unknown {
	if (isBuiltin(specifier)) return process.getBuiltinModule(specifier as "node:fs") as unknown;
	const file = ownDoor(specifier) ?? resolveModule(specifier, from);
	if (preloaded.has(file)) return preloaded.get(file);
	try {
		return require_(file);
	} catch (cause) {
		if ((cause as { code?: string }).code !== "ERR_REQUIRE_ASYNC_MODULE") throw cause;
		throw new CaptureError(
			`the module ${specifier} uses await at its top level and cannot be loaded in a worker at once. ` +
				"Load it inside the function with await import(…).",
			{ reason: "module with top-level await", path: [specifier] },
			{ cause },
		);
	}
}

/** The engine itself answers for its own name, whatever folder the notebook is in. */
function ownDoor(specifier: string): string | undefined {
	if (specifier !== "millrace" && !specifier.startsWith("millrace/")) return undefined;
	const extension = import.meta.url.endsWith(".ts") ? ".ts" : ".js";
	const door = specifier.slice("millrace/".length);
	if (door === "kernel") return join(ownFolder, "..", "kernel-ext", `index${extension}`);
	return join(ownFolder, door, `index${extension}`);
}

/** Returns the file a specifier means, seen from a file. */
export function resolveModule(specifier: string, from: string | undefined): string {
	if (specifier.startsWith("file://")) return fileURLToPath(specifier);
	const base = from ?? join(process.cwd(), "index.js");
	try {
		return createRequire(base).resolve(specifier);
	} catch (error) {
		const only = importOnly(specifier, base);
		if (only) return only;
		throw error;
	}
}

/** Packages whose `exports` know `import` only: `require.resolve` refuses them although Node can require the file. */
function importOnly(specifier: string, base: string): string | undefined {
	const [, name, rest] = /^((?:@[^/]+\/)?[^/]+)(\/.*)?$/.exec(specifier) ?? [];
	if (!name || name.startsWith(".")) return undefined;
	const manifest = findPackageJSON(specifier, pathToFileURL(base));
	if (!manifest) return undefined;
	const { exports } = JSON.parse(readFileSync(manifest, "utf8")) as { exports?: unknown };
	const isMap = typeof exports === "object" && exports !== null && Object.keys(exports).some((k) => k.startsWith("."));
	const entry = isMap ? (exports as { [key: string]: unknown })[`.${rest ?? ""}`] : rest ? undefined : exports;
	const target = condition(entry);
	return target === undefined ? undefined : join(dirname(manifest), target);
}

function condition(entry: unknown): string | undefined {
	if (typeof entry === "string") return entry;
	if (Array.isArray(entry)) return entry.map(condition).find((t) => t !== undefined);
	if (typeof entry !== "object" || entry === null) return undefined;
	for (const [key, value] of Object.entries(entry)) {
		if (!["node", "import", "module-sync", "require", "default"].includes(key)) continue;
		const found = condition(value);
		if (found !== undefined) return found;
	}
	return undefined;
}

function pick(module: unknown, imported: string, specifier: string): unknown {
	const whole = module as { readonly [key: string]: unknown };
	const isEsm = types.isModuleNamespaceObject(module) || whole?.__esModule === true;
	if (imported === "module.exports") return module;
	if (imported === "default") return isEsm ? whole.default : module;
	if (imported === "*") return isEsm ? module : namespaceOf(whole);
	if (imported in Object(module)) return whole[imported];
	let value: unknown = module;
	for (const key of imported.split(".")) {
		if (value === null || value === undefined || !(key in Object(value))) {
			throw new CaptureError(
				`the module ${specifier} has no export named ${imported} in the worker. ` +
					"Check that the same version of the module is installed.",
				{ reason: "missing export", path: [specifier, imported] },
			);
		}
		value = (value as { [key: string]: unknown })[key];
	}
	return value;
}

const namespaces = new WeakMap<object, object>();

/** What `import * as ns` of a CommonJS or built-in module gives: its members and `default`. */
function namespaceOf(module: object): object {
	let namespace = namespaces.get(module);
	if (!namespace) {
		namespace = Object.create(null, Object.getOwnPropertyDescriptors(module)) as object;
		Object.defineProperty(namespace, "default", { value: module, enumerable: true, configurable: true });
		namespaces.set(module, namespace);
	}
	return namespace;
}
