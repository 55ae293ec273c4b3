// Stamps, hashes of folders, and whether a build is up to date.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isBuilt } from "../../scripts/lib/build.mjs";
import { filesBelow, hashFiles, readStamp, writeStamp } from "../../scripts/lib/stamp.mjs";
import { venvKey } from "../../scripts/lib/venv.mjs";
import { put, tempFolder } from "../support/temp.ts";

test("a stamp is read as it was written; a missing or torn one is undefined", () => {
	const folder = tempFolder();
	const file = join(folder, "deep", "stamp.json");
	expect(readStamp(file)).toBeUndefined();
	writeStamp(file, { key: "k", files: ["a"] });
	expect(readStamp(file)).toEqual({ key: "k", files: ["a"] });
	put(folder, "deep/stamp.json", '{ "key": "k", "fil');
	expect(readStamp(file)).toBeUndefined();
});

test("files are listed sorted, from folders and single files, without what is missing", () => {
	const folder = tempFolder();
	for (const path of ["b/z.ts", "b/a/c.ts", "one.json"]) put(folder, path, path);
	expect(filesBelow(folder, ["one.json", "b", "missing"])).toEqual(["b/a/c.ts", "b/z.ts", "one.json"]);
	expect(filesBelow(folder, ["b"], (path) => path.endsWith("z.ts"))).toEqual(["b/z.ts"]);
});

test("the hash of files changes with a content, a name and a new file, and with nothing else", () => {
	const folder = tempFolder();
	put(folder, "src/a.ts", "1");
	const first = hashFiles(folder, ["src"]);
	put(folder, "src/a.ts", "1");
	expect(hashFiles(folder, ["src"])).toBe(first);
	put(folder, "src/a.ts", "2");
	const second = hashFiles(folder, ["src"]);
	expect(second).not.toBe(first);
	put(folder, "src/b.ts", "");
	expect(hashFiles(folder, ["src"])).not.toBe(second);
	rmSync(join(folder, "src/b.ts"));
	put(folder, "src/a.ts", "1");
	expect(hashFiles(folder, ["src"])).toBe(first);
});

test("a build is up to date only with the same inputs and all of its files", () => {
	const dist = tempFolder();
	expect(isBuilt(dist, "k")).toBe(false);
	put(dist, "engine/a.js", "");
	writeStamp(join(dist, ".build.json"), { key: "k", files: ["engine/a.js"] });
	expect(isBuilt(dist, "k")).toBe(true);
	expect(isBuilt(dist, "other")).toBe(false);
	rmSync(join(dist, "engine/a.js"));
	expect(isBuilt(dist, "k")).toBe(false);
});

test("an environment belongs to its folder and its requirements", () => {
	expect(venvKey("a==1", "here")).toBe(venvKey("a==1", "here"));
	expect(venvKey("a==1", "here")).not.toBe(venvKey("a==2", "here"));
	expect(venvKey("a==1", "here")).not.toBe(venvKey("a==1", "there"));
});
