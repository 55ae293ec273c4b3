// When `npm ci` is needed.
import { expect, test } from "vitest";
import { npmCommand, whyInstall } from "../../scripts/lib/packages.mjs";
import { put, tempFolder } from "../support/temp.ts";

const acorn = { version: "8.19.0", integrity: "sha512-a" };
const lock = {
	packages: {
		"": {},
		"node_modules/acorn": acorn,
		"node_modules/for-another-system": { version: "1.0.0", integrity: "sha512-b", optional: true },
	},
};

test("an installation that agrees with the lock file is left alone", () => {
	expect(whyInstall(lock, { packages: { "node_modules/acorn": acorn } })).toBeUndefined();
});

test("nothing installed, a missing package, another version and a left-over are each a reason", () => {
	expect(whyInstall(lock, undefined)).toBe("not installed yet");
	expect(whyInstall(lock, { packages: {} })).toBe("node_modules/acorn is missing");
	const older = { packages: { "node_modules/acorn": { ...acorn, version: "8.18.0" } } };
	expect(whyInstall(lock, older)).toBe("node_modules/acorn is another version");
	const other = { packages: { "node_modules/acorn": { ...acorn, integrity: "sha512-x" } } };
	expect(whyInstall(lock, other)).toBe("node_modules/acorn is another version");
	const more = { packages: { "node_modules/acorn": acorn, "node_modules/left": acorn } };
	expect(whyInstall(lock, more)).toBe("node_modules/left is no longer needed");
});

test("without npm the way out is named", () => {
	expect(() => npmCommand({ PATH: tempFolder() })).toThrow(/^npm is needed .*Install Node 20 or newer/);
});

test("npm is found on the PATH when the script was not started by it", () => {
	const folder = tempFolder();
	const npm = put(folder, "npm", "#!/bin/sh\n", 0o755);
	expect(npmCommand({ PATH: folder })).toEqual([npm]);
});
