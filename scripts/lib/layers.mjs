// @ts-check
// The layers of the source folders as data, and the check that imports go one way.
import { dirname, posix } from "node:path";

/**
 * The engine's rows from the bottom up. A folder may import its own row and every row above it in this list
 * (what stands below it); rows are data so that a new folder costs one word.
 * @type {readonly (readonly string[])[]}
 */
export const rows = [
	["errors", "conf", "time", "data", "threads"],
	["plan", "capture", "journal"],
	["compile", "rdd"],
	["dstream", "views"],
	["runtime"],
	["context", "driver", "executor", "receiver"],
	["sources", "sinks", "sql", "ml", "graph"],
	["testing"],
];

/**
 * Imports within a row that are refused all the same, with the way out.
 * @type {readonly { from: readonly string[], to: readonly string[], instead: string }[]}
 */
const apart = [
	{
		from: ["context", "driver", "executor", "receiver"],
		to: ["context", "driver", "executor", "receiver"],
		instead: "they talk through the interfaces of engine/runtime, wired in engine/index.ts and the thread entries",
	},
	{ from: ["compile"], to: ["rdd"], instead: "compile reads operators through the registry of engine/plan" },
];

/** Of npm, the engine's core may import this; sources, sinks, sql, ml and graph load theirs on first use. */
const corePackages = ["acorn"];
/** @type {{ readonly [folder: string]: readonly string[] }} Drawing the DAG is for those who show views, not for the core. */
const folderPackages = { views: ["@dagrejs/dagre"] };
const heavy = ["sources", "sinks", "sql", "ml", "graph"];

/**
 * Files that wire the others together may import what they wire.
 * @param {string} path
 */
export const isRoot = (path) =>
	path === "engine/index.ts" ||
	path === "engine/in-process.ts" ||
	/^engine\/[^/]+\/thread\.ts$/.test(path) ||
	path.startsWith("engine/testing/");

/**
 * Returns what is wrong with one import, or undefined. Paths are relative to the project, with `/`.
 * @param {string} path the importing file
 * @param {string} specifier as written
 * @returns {string | undefined}
 */
export function violation(path, specifier) {
	const area = path.split("/")[0];
	if (!["engine", "kernel-ext", "widgets"].includes(area)) return undefined;
	if (!specifier.startsWith(".")) return packageViolation(path, area, specifier);

	const target = posix.normalize(posix.join(dirname(path), specifier));
	const targetArea = target.split("/")[0];
	if (targetArea === area) return area === "engine" ? engineViolation(path, target) : undefined;
	if (area === "kernel-ext" && (targetArea === "engine" || targetArea === "widgets")) return undefined;
	// What the browser draws comes as the view events of the engine: the types only, which leave nothing in the bundle.
	if (area === "widgets" && target.startsWith("engine/views/")) return undefined;
	return `${area} must not import ${targetArea}`;
}

/**
 * @param {string} path
 * @param {string} area
 * @param {string} specifier
 */
function packageViolation(path, area, specifier) {
	if (area !== "engine" || specifier.startsWith("node:")) return undefined;
	if (specifier === "millrace" || specifier.startsWith("millrace/"))
		return "inside the package, import the file, not the package";
	const folder = path.split("/")[1];
	if (corePackages.includes(specifier) || heavy.includes(folder)) return undefined;
	if (folderPackages[folder]?.includes(specifier)) return undefined;
	return `the engine's core imports no npm package but ${corePackages.join(", ")}`;
}

/**
 * @param {string} path
 * @param {string} target
 */
function engineViolation(path, target) {
	if (isRoot(path)) return undefined;
	const [from, to] = [path, target].map((file) => (file.split("/").length > 2 ? file.split("/")[1] : "index"));
	if (from === to) return undefined;
	if (to === "index") return "engine/index.ts is the door for those outside; import the file that has it";
	const [fromRow, toRow] = [from, to].map((folder) => rows.findIndex((row) => row.includes(folder)));
	if (fromRow < 0) return `engine/${from} is in no row of scripts/lib/layers.mjs; add it where it belongs`;
	if (toRow < 0) return `engine/${to} is in no row of scripts/lib/layers.mjs; add it where it belongs`;
	if (toRow > fromRow) return `engine/${from} stands below engine/${to} and must not import it`;
	const rule = apart.find((each) => each.from.includes(from) && each.to.includes(to));
	return rule && `engine/${from} must not import engine/${to}: ${rule.instead}`;
}
