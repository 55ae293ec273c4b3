// @ts-check
// The build: TypeScript to dist/, then what runs in the browser. Skipped when nothing it reads has changed.
import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Problem } from "./problem.mjs";
import { node24, root, tsc } from "./project.mjs";
import { lastLines, run } from "./run.mjs";
import { filesBelow, hashFiles, readStamp, writeStamp } from "./stamp.mjs";

const inputs = [
	"engine",
	"kernel-ext",
	"widgets",
	"tsconfig.json",
	"tsconfig.build.json",
	"package.json",
	"package-lock.json",
];
const stampName = ".build.json";

/**
 * Returns whether a build is what its stamp says: made from these inputs, and none of its files gone.
 * @param {string} dist
 * @param {string} key
 */
export function isBuilt(dist, key) {
	const stamp = readStamp(join(dist, stampName));
	if (stamp?.key !== key || !Array.isArray(stamp.files)) return false;
	return stamp.files.every((/** @type {string} */ file) => existsSync(join(dist, file)));
}

/**
 * Makes dist/ anew when it is out of date; returns what was done. The compiler writes beside it and the folder is
 * swapped, so that no stale file stays and an interrupted build leaves the old one. With `force` errors of the type
 * checker do not stop the build.
 * @param {{ force?: boolean }} [options]
 */
export async function build({ force = false } = {}) {
	const key = hashFiles(root, inputs);
	const dist = join(root, "dist");
	if (isBuilt(dist, key)) return "up to date";
	const fresh = join(root, "dist.new");
	const old = join(root, "dist.old");
	for (const folder of [fresh, old]) rmSync(folder, { recursive: true, force: true });

	const compiled = await run(node24, [tsc, "-p", "tsconfig.build.json", "--outDir", fresh, "--pretty", "false"], {
		cwd: root,
	});
	if (compiled.code !== 0 && !force) {
		rmSync(fresh, { recursive: true, force: true });
		throw new Problem(`The sources do not type-check:\n${lastLines(compiled.output, 30)}`);
	}
	if (!existsSync(fresh)) throw new Problem(`The compiler wrote nothing:\n${lastLines(compiled.output, 30)}`);
	if (existsSync(dist)) renameSync(dist, old);
	renameSync(fresh, dist);
	rmSync(old, { recursive: true, force: true });

	const browser = join(root, "widgets", "build.mjs");
	if (existsSync(browser)) {
		const bundled = await run(node24, [browser], { cwd: root });
		if (bundled.code !== 0)
			throw new Problem(`Building the browser side (widgets/build.mjs) failed:\n${lastLines(bundled.output, 30)}`);
	}
	const files = filesBelow(dist, ["."]);
	if (compiled.code !== 0) return `${files.length} files, in spite of type errors:\n${lastLines(compiled.output, 10)}`;
	writeStamp(join(dist, stampName), { key, files });
	return `${files.length} files`;
}
