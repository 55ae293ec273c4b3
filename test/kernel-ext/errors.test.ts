// Errors as notebooks show them.
import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { encodeError } from "../../engine/errors/codec.ts";
import { CellTexts, isOurs, showError, showStack } from "../../kernel-ext/errors.ts";
import { Comms } from "../../kernel-ext/protocol/comms.ts";
import { Iopub } from "../../kernel-ext/protocol/iopub.ts";
import { OutputPublisher } from "../../kernel-ext/protocol/publisher.ts";
import { Requests } from "../../kernel-ext/protocol/requests.ts";
import type { SendQueue } from "../../kernel-ext/protocol/sockets.ts";
import { Wire } from "../../kernel-ext/protocol/wire.ts";

const texts = new CellTexts();
texts.add("cell-2.ts", "const a = 1\n\tthrow a", 2);

function withStack<E extends Error>(error: E, ...frames: string[]): E {
	error.stack = [`${error.name}: ${error.message}`, ...frames.map((frame) => `    at ${frame}`)].join("\n");
	return error;
}

const plain = (lines: readonly string[]): string => stripVTControlCharacters(lines.join("\n"));

describe("errors", () => {
	test("show the line of the first cell frame with a mark below tabs and all", () => {
		const error = withStack(new TypeError("bad"), "f (/srv/lib.ts:1:2)", "cell-2.ts:2:2", "cell-1.ts:1:1");
		expect(plain(showError(error, texts).traceback)).toBe(
			[
				"TypeError: bad",
				"cell [2], line 2:",
				"  2 | \tthrow a",
				"    | \t^",
				"    at f (/srv/lib.ts:1:2)",
				"    at cell-2.ts:2:2",
				"    at cell-1.ts:1:1",
			].join("\n"),
		);
	});

	test("hide frames of Node, of the kernel, of the engine and of generated loops", () => {
		const root = new URL("../../", import.meta.url);
		const ours = ["node:fs", "native", new URL("engine/a.ts", root).href, new URL("kernel-ext/b.ts", root).pathname];
		for (const file of [...ours, "millrace-stage-1|map"]) expect(isOurs(file), file).toBe(true);
		for (const file of ["cell-2.ts", "/srv/engine/a.ts", new URL("test/x.ts", root).href])
			expect(isOurs(file), file).toBe(false);
	});

	test("follow causes and the members of an AggregateError, and stop at circles", () => {
		const inner = new Error("inner");
		const outer = new Error("outer", { cause: inner });
		(inner as { cause?: unknown }).cause = outer;
		const lines = plain(showError(new AggregateError([outer, new RangeError("second")], "all"), texts).traceback);
		expect(lines.match(/AggregateError: all|Error: outer|Caused by Error: inner|RangeError: second/g)).toEqual([
			"AggregateError: all",
			"Error: outer",
			"Caused by Error: inner",
			"RangeError: second",
		]);
	});

	test("keep a message of several lines as several lines", () => {
		const { evalue, traceback } = showStack("E", "one\ntwo", ["E: one", "two", "    at cell-2.ts:1:7"], texts);
		expect(evalue).toBe("one\ntwo");
		expect(plain(traceback)).toBe(
			"E: one\ntwo\ncell [2], line 1:\n  1 | const a = 1\n    |       ^\n    at cell-2.ts:1:7",
		);
	});
});

test("an encoded error is published with the place that its cause names", () => {
	const sent: Uint8Array[][] = [];
	const wire = new Wire("k");
	const iopub = new Iopub(wire, { push: (frames: Uint8Array[]) => sent.push(frames) } as unknown as SendQueue);
	const requests = new Requests();
	requests.texts.add("cell-2.ts", "const a = 1\n\tthrow a", 2);
	const outputs = new OutputPublisher(iopub, new Comms(iopub, requests), requests);
	const cause = withStack(new RangeError("three"), "cell-2.ts:2:2");
	const task = withStack(new Error("task failed", { cause }), "node:internal/x:1:1");
	outputs.error("c", { ename: "Error", evalue: "task failed", traceback: [], encoded: encodeError(task) });
	const message = new Wire("k").decode(sent[0].map((frame) => Buffer.from(frame)));
	expect(message?.header.msg_type).toBe("error");
	expect(message?.content).toMatchObject({ ename: "Error", evalue: "task failed" });
	expect(plain(message?.content.traceback)).toContain("Caused by RangeError: three\ncell [2], line 2:");
});
