// @ts-check
// What must not be in the project, and what every source file must have.
import { isBuiltin } from "node:module";

const isSource = (/** @type {string} */ path) => /^(engine|kernel-ext|widgets)\/.*\.ts$/.test(path);
const isCode = (/** @type {string} */ path) => /\.(ts|mjs|js)$/.test(path);

// Written in pieces so that this file passes its own check.
const machinePath = new RegExp(
	`(^|[\\s"'\`(=:,[])/(${["ro" + "ot", "wo" + "rk", "home/[a-z][\\w-]*", "Users/[a-z][\\w-]*"].join("|")})(/|\\b)`,
	"i",
);
const registryHost = new RegExp(
	[
		"registry\\.npmj" + "s\\.org",
		"registry\\.yarnpk" + "g\\.com",
		"pythonhoste" + "d\\.org",
		"pypi\\.or" + "g/simple",
		"proxy\\.golan" + "g\\.org",
	].join("|"),
	"i",
);
const onlyTest = /\b(test|it|describe|suite)(\.\w+)*\.only\b/;

const longest = 400;

/**
 * Returns the leading comment of a source file.
 * @param {string} text
 */
export function header(text) {
	const lines = text.split("\n");
	const end = lines.findIndex((line) => !/^\s*(\/\/|\/?\*)/.test(line));
	return lines.slice(0, end < 0 ? lines.length : end).join("\n");
}

/**
 * Returns what is wrong with one file: line number (1-based) and text.
 * @param {string} path relative to the project, with `/`
 * @param {string} text
 * @returns {{ line: number, what: string }[]}
 */
export function findings(path, text) {
	/** @type {{ line: number, what: string }[]} */
	const found = [];
	const lines = text.split("\n");
	lines.forEach((content, index) => {
		const report = (/** @type {string} */ what) => found.push({ line: index + 1, what });
		if (machinePath.test(content)) report("path of one machine: paths are relative to the project or asked for");
		if (registryHost.test(content))
			report("address of a package registry: it belongs into the user's npm or pip configuration");
		if (isCode(path) && onlyTest.test(content))
			report("a test marked to run alone: the rest of the suite would not run");
	});
	if (isSource(path)) {
		if (!/^(\/\/ \S|\/\*\*? ?\S?)/.test(lines[0]))
			found.push({ line: 1, what: "the first line must be a comment that says what the file is" });
		const count = lines.at(-1) === "" ? lines.length - 1 : lines.length;
		if (count > longest && !/\blong\b/i.test(header(text))) {
			found.push({ line: 1, what: `${count} lines: split it, or say in its header why it is long ("Long because …")` });
		}
	}
	return found;
}

/**
 * Returns names of packages that are listed and never imported. `tools` are run, not imported.
 * @param {readonly string[]} listed
 * @param {readonly string[]} imported specifiers
 * @param {readonly string[]} tools
 */
export function notImported(listed, imported, tools) {
	const used = new Set(imported.map(packageOf));
	return listed.filter((name) => !used.has(name) && !tools.includes(name));
}

/**
 * Returns imported packages that package.json does not list: they are there only because others need them.
 * @param {readonly string[]} listed
 * @param {readonly string[]} imported specifiers
 */
export function notListed(listed, imported) {
	const packages = imported.filter((name) => /^[@a-z]/.test(name) && !isBuiltin(name)).map(packageOf);
	return [...new Set(packages)].filter((name) => name !== "millrace" && !listed.includes(name));
}

/**
 * Returns the package that a specifier belongs to.
 * @param {string} specifier
 */
export function packageOf(specifier) {
	return specifier
		.split("/")
		.slice(0, specifier.startsWith("@") ? 2 : 1)
		.join("/");
}
