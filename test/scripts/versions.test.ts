// Version numbers of the set-up.
import { expect, test } from "vitest";
import { atLeast, parseVersion } from "../../scripts/lib/versions.mjs";

test("the first version in a text is read", () => {
	expect(parseVersion("Python 3.11.7\n")).toEqual([3, 11, 7]);
	expect(parseVersion("v24.21.0")).toEqual([24, 21, 0]);
	expect(parseVersion("3.10")).toEqual([3, 10, 0]);
	expect(parseVersion("pyenv: python3.13: command not found")).toEqual([3, 13, 0]);
	expect(parseVersion("no number")).toBeUndefined();
});

test("versions are compared by number, not by text", () => {
	expect(atLeast([3, 10, 0], [3, 10])).toBe(true);
	expect(atLeast([3, 9, 18], [3, 10])).toBe(false);
	expect(atLeast([3, 100, 0], [3, 20])).toBe(true);
	expect(atLeast([4, 0, 0], [3, 10])).toBe(true);
	expect(atLeast([2, 70, 0], [3, 10])).toBe(false);
});
