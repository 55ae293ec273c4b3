// Functions that a test runner has rewritten: their imports are members of objects that nobody can send.
import { basename } from "node:path";
import * as util from "node:util";
import { describe, expect, it } from "vitest";
import { isBuiltinName } from "../../../engine/capture/builtins.ts";
import { capture, revive } from "../../../engine/capture/index.ts";

const context = { step: "map", origin: { line: 1, column: 1 }, place: "executor" } as const;

function round<A extends unknown[], R>(fn: (...args: A) => R): (...args: A) => R {
	return revive(structuredClone(capture(fn, context)), { step: "map" }) as (...args: A) => R;
}

describe("a function of a test file", () => {
	it("may use imported names", () => {
		expect(round((x: string) => basename(x) + util.format("%d", 1))("/a/b")).toBe("b1");
	});

	it("may use imported functions of the tested sources", () => {
		expect(round(() => [isBuiltinName("Map"), isBuiltinName("nothing")])()).toEqual([true, false]);
	});

	it("may be called with other functions of the file", () => {
		const plus = (a: number, b: number) => a + b;
		expect(round((list: number[]) => list.reduce(plus, 0))([1, 2, 3])).toBe(6);
	});
});
