// The error table, the texts, and reading of stacks.
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import * as errors from "../../../engine/errors/index.ts";

const { errorTable, StreamError, streamError, parseStack, describeValue, positionText } = errors;
const codes = Object.keys(errorTable) as errors.StreamErrorCode[];

describe("the error table", () => {
	it("ties each code to the one class that carries it, with a way out", () => {
		expect(new Set(codes.map((c) => errorTable[c].class)).size).toBe(codes.length);
		for (const code of codes) {
			const row = errorTable[code];
			const error = new row.class("text");
			expect(error.code).toBe(code);
			expect((row.class as unknown as { code: string }).code).toBe(code);
			expect(error.name).toBe(row.class.name);
			expect((errors as { [name: string]: unknown })[error.name]).toBe(row.class);
			expect(error.stack).toMatch(new RegExp(`^${error.name}: text\n`));
			expect(row.way).toMatch(/\.$/);
		}
	});

	it("names no class that another reaction has: an error is an instance of its own class and the common one only", () => {
		for (const code of codes) {
			const error = streamError(code, { message: "x" });
			const classes = codes.filter((c) => error instanceof errorTable[c].class);
			expect(classes).toEqual([code]);
			expect(error instanceof StreamError).toBe(true);
			expect(error instanceof Error).toBe(true);
		}
	});
});

describe("instanceof", () => {
	it("goes by code for errors of another realm or copy of the engine", () => {
		const foreign = runInNewContext('Object.assign(new Error("x"), { code: "STREAM_TASK" })');
		expect(foreign instanceof Error).toBe(false);
		expect(foreign instanceof errors.TaskError).toBe(true);
		expect(foreign instanceof StreamError).toBe(true);
		expect(foreign instanceof errors.SqlError).toBe(false);
	});

	it("refuses other codes, other objects and primitives", () => {
		for (const value of [
			Object.assign(new Error("x"), { code: "ENOENT" }),
			Object.assign(new Error("x"), { code: "toString" }),
			new Error("x"),
			{ code: "STREAM_TASK" },
			"STREAM_TASK",
			null,
			undefined,
			5,
		]) {
			expect(value instanceof StreamError).toBe(false);
			expect(value instanceof errors.TaskError).toBe(false);
		}
	});

	it("keeps the ordinary rule for subclasses of users", () => {
		class Mine extends errors.TaskError {}
		expect(new Mine("m") instanceof Mine).toBe(true);
		expect(new Mine("m") instanceof errors.TaskError).toBe(true);
		expect(new errors.TaskError("m") instanceof Mine).toBe(false);
	});
});

describe("streamError", () => {
	it("tells step, place, expectation, what came, and the way out", () => {
		const cause = new Error("low");
		const e = streamError("STREAM_CAPTURE", {
			step: "map",
			cell: 3,
			line: 4,
			expected: "data",
			got: "a socket",
			way: "Open it in the function.",
			path: "f → conn",
			cause,
		});
		expect(e.message).toBe("map (cell [3], line 4): expected data, got a socket. Open it in the function.");
		expect(e).toBeInstanceOf(errors.CaptureError);
		expect(e.fields).toEqual({
			step: "map",
			cell: 3,
			line: 4,
			expected: "data",
			got: "a socket",
			way: "Open it in the function.",
			path: "f → conn",
		});
		expect(e.cause).toBe(cause);
	});

	it("leaves out what is not given", () => {
		expect(streamError("STREAM_STATE", { message: "Batch duration has not been set" }).message).toBe(
			"Batch duration has not been set",
		);
		expect(streamError("STREAM_STATE", { step: "start", message: "stopped", way: "Make a new one." }).message).toBe(
			"start: stopped. Make a new one.",
		);
		expect(streamError("STREAM_TASK", { file: "a.ts", line: 2, message: "x" }).message).toBe("a.ts, line 2: x");
		expect(streamError("STREAM_TASK", { step: "map", expected: "a pair" }).message).toBe("map: expected a pair");
		expect("cause" in streamError("STREAM_TASK", { message: "x" })).toBe(false);
	});

	it("begins its stack where it was called", () => {
		function here(): Error {
			return streamError("STREAM_TASK", { message: "x" });
		}
		expect(parseStack(here().stack)[0].fn).toBe("here");
	});

	it("shows places and values shortly", () => {
		expect([positionText({ cell: 3 }), positionText({ cell: "setup", line: 1 }), positionText({})]).toEqual([
			"cell [3]",
			"cell setup, line 1",
			"",
		]);
		class Point {}
		const shown = [
			"abc",
			"x".repeat(100),
			-0,
			5n,
			null,
			undefined,
			[1, 2],
			{ a: 1 },
			new Point(),
			() => 1,
			Symbol("s"),
		].map(describeValue);
		expect(shown).toEqual([
			'string "abc"',
			`string "${"x".repeat(60)}…"`,
			"-0",
			"5n",
			"null",
			"undefined",
			"an array of 2",
			"an object {a}",
			"an instance of Point",
			"function (no name)",
			"symbol s",
		]);
		const { proxy, revoke } = Proxy.revocable({}, {});
		revoke();
		expect(describeValue(proxy)).toBe("an object");
	});
});

describe("parseStack", () => {
	it("reads every form of frame V8 writes and leaves out the rest", () => {
		const stack = [
			"TypeError: at first sight (not a frame:1:2)",
			"    at work (file:///home/u/a.ts:10:5)",
			"    at async Object.run [as go] (/srv/with (parens)/b.js:2:3)",
			"    at new Thing (node:internal/x:7:8)",
			"    at cell-3.ts:4:9",
			"    at async file:///c.mjs:1:1",
			"    at eval (eval at make (/d.js:1:2), <anonymous>:3:4)",
			"    at Array.map (<anonymous>)",
			"    at async Promise.all (index 0)",
			"    at C:\\work\\e.ts:5:6",
			"    at native",
		].join("\n");
		expect(parseStack(stack)).toEqual([
			{ fn: "work", url: "file:///home/u/a.ts", line: 10, column: 5 },
			{ fn: "Object.run [as go]", url: "/srv/with (parens)/b.js", line: 2, column: 3 },
			{ fn: "new Thing", url: "node:internal/x", line: 7, column: 8 },
			{ fn: "", url: "cell-3.ts", line: 4, column: 9 },
			{ fn: "", url: "file:///c.mjs", line: 1, column: 1 },
			{ fn: "eval", url: "<anonymous>", line: 3, column: 4 },
			{ fn: "", url: "C:\\work\\e.ts", line: 5, column: 6 },
		]);
		expect(parseStack(undefined)).toEqual([]);
	});

	it("finds the place of a real error in evaluated text with a sourceURL", () => {
		const f = new Function("\nthrow new Error('x');\n//# sourceURL=cell-7.ts") as () => void;
		let stack: string | undefined;
		try {
			f();
		} catch (e) {
			stack = (e as Error).stack;
		}
		expect(parseStack(stack)[0]).toMatchObject({ url: "cell-7.ts", column: 7 });
	});
});
