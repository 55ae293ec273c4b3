// What package.json, the lock file and requirements.txt promise.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../scripts/lib/project.mjs";

const read = (path: string) => readFileSync(join(root, path), "utf8");
const lock = JSON.parse(read("package-lock.json")) as {
	packages: { [path: string]: { resolved?: string; hasInstallScript?: boolean; optionalDependencies?: object } };
};
const manifest = JSON.parse(read("package.json"));

test("versions are pinned in package.json", () => {
	for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
		expect(version, name).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
	}
});

test("the lock file holds no addresses", () => {
	expect(Object.entries(lock.packages).filter(([, entry]) => entry.resolved !== undefined)).toEqual([]);
});

test("the lock file holds the optional packages of every platform, without which npm ci stops", () => {
	const missing: string[] = [];
	for (const [path, entry] of Object.entries(lock.packages)) {
		for (const name of Object.keys(entry.optionalDependencies ?? {})) {
			if (!lock.packages[`${path}/node_modules/${name}`] && !lock.packages[`node_modules/${name}`]) missing.push(name);
		}
	}
	expect(missing).toEqual([]);
});

test("every package with an install script is allowed or refused by name", () => {
	const named = Object.keys(manifest.allowScripts);
	const withScript = Object.entries(lock.packages)
		.filter(([path, entry]) => entry.hasInstallScript && !path.endsWith("/fsevents"))
		.map(([path]) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length));
	expect([...new Set(withScript)].sort()).toEqual([...named].sort());
});

test("requirements.txt is fully pinned and names no index, folder or address", () => {
	const lines = read("requirements.txt").split("\n");
	const requirements = lines.filter((line) => line.trim() !== "" && !line.trim().startsWith("#"));
	expect(requirements.length).toBeGreaterThan(50);
	for (const line of requirements) expect(line).toMatch(/^[a-z0-9.-]+==[\w.]+( ;.*)?$/);
	const pinned = new Set(requirements.map((line) => line.split("==")[0]));
	const wanted = read("requirements.in")
		.split("\n")
		.map((line) => line.split(/[~=<>]/)[0].trim());
	for (const name of wanted.filter((each) => each !== "")) expect(pinned).toContain(name.replaceAll("_", "-"));
});
