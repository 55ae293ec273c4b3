// Looking for Python, on a PATH of fake programs.
import { expect, test } from "vitest";
import { findPython } from "../../scripts/lib/python.mjs";
import { put, tempFolder } from "../support/temp.ts";

/** Returns a PATH with programs that answer with a version, or fail when it is undefined. */
function pathWith(programs: { readonly [name: string]: string | undefined }): NodeJS.ProcessEnv {
	const folder = tempFolder();
	for (const [name, version] of Object.entries(programs)) {
		put(folder, name, version === undefined ? "#!/bin/sh\nexit 127\n" : `#!/bin/sh\necho ${version}\n`, 0o755);
	}
	return { PATH: folder };
}

test("python3 is taken when it is new enough", () => {
	const env = pathWith({ python3: "3.10.0", python: "3.12.0" });
	expect(findPython(env)).toEqual({ program: `${env.PATH}/python3`, version: "3.10.0" });
});

test("python is taken when there is no python3", () => {
	expect(findPython(pathWith({ python: "3.13.1" })).version).toBe("3.13.1");
});

test("a newer python3.12 is found beside an old python3", () => {
	expect(findPython(pathWith({ python3: "3.8.1", "python3.12": "3.12.4" })).version).toBe("3.12.4");
});

test("a shim that does not answer is passed over", () => {
	expect(findPython(pathWith({ python3: undefined, python: "3.11.2" })).version).toBe("3.11.2");
});

test("a missing Python is one line with the way out", () => {
	const env = pathWith({});
	expect(() => findPython(env)).toThrow(
		/^Python 3\.10 or newer is needed, and neither .*apt-get install python3.*again\.$/,
	);
});

test("a Python that is too old is named with its version and place", () => {
	const env = pathWith({ python3: "3.9.18", python: "2.7.18" });
	expect(() => findPython(env)).toThrow(`found only 3.9.18 (${env.PATH}/python3), 2.7.18 (${env.PATH}/python)`);
});
