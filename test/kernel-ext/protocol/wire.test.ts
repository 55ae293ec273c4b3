// Framing, signatures, code points and history, without sockets.
import { describe, expect, test } from "vitest";
import { toCodepoints, toUtf16 } from "../../../kernel-ext/protocol/codepoints.ts";
import { History } from "../../../kernel-ext/protocol/history.ts";
import { Wire } from "../../../kernel-ext/protocol/wire.ts";

describe("frames", () => {
	const parent = { msg_id: "p", session: "s", username: "u", date: "", msg_type: "x_request", version: "5.4" };
	const encode = (wire: Wire): Buffer[] =>
		wire
			.encode({
				identities: [Buffer.from("id")],
				type: "x_reply",
				parent,
				content: { ä: "ö" },
				buffers: [new Uint8Array([1, 2])],
			})
			.map((frame) => Buffer.from(frame));

	test("of one key are read by another holder of the key, with buffers and identities", () => {
		const message = new Wire("key").decode(encode(new Wire("key")));
		expect(message).toMatchObject({ parent, content: { ä: "ö" }, header: { msg_type: "x_reply", version: "5.5" } });
		expect(message?.identities.map(String)).toEqual(["id"]);
		expect(message?.buffers.map((buffer) => [...buffer])).toEqual([[1, 2]]);
	});

	test("of another key, changed, repeated or cut are dropped", () => {
		const wire = new Wire("key");
		const frames = encode(wire);
		expect(new Wire("other").decode(frames)).toBeUndefined();
		for (let at = 2; at < 7; at++) {
			const changed = frames.map((frame, index) => (index === at ? Buffer.concat([frame, Buffer.from(" ")]) : frame));
			expect(wire.decode(changed), `frame ${at}`).toBeUndefined();
		}
		for (let length = 0; length < 7; length++) expect(wire.decode(frames.slice(0, length))).toBeUndefined();
		expect(wire.decode(frames)).toBeDefined();
		expect(wire.decode(frames)).toBeUndefined();
	});

	test("changed buffers pass: they are not signed", () => {
		const wire = new Wire("key");
		expect(wire.decode([...encode(wire).slice(0, 7), Buffer.from([9])])?.buffers).toHaveLength(1);
	});

	test("an empty key is refused", () => {
		expect(() => new Wire("")).toThrow("empty key");
	});
});

test("code points and UTF-16 offsets translate both ways", () => {
	const text = "a😀b👩‍👩c";
	for (let count = 0; count <= [...text].length; count++) {
		expect(toUtf16(text, count)).toBe([...text].slice(0, count).join("").length);
		expect(toCodepoints(text, toUtf16(text, count))).toBe(count);
	}
	expect(toUtf16(text, 99)).toBe(text.length);
});

test("history searches by pattern, newest last, each once if asked", () => {
	const history = new History();
	for (const [line, input] of ["a = 1", "b = 2", "a = 1", "x.y"].entries()) history.add(line + 1, input);
	const inputs = (request: object): unknown[] => history.answer({ ...request }).map((line) => line[2]);
	expect(inputs({ hist_access_type: "search", pattern: "? = *" })).toEqual(["a = 1", "b = 2", "a = 1"]);
	expect(inputs({ hist_access_type: "search", pattern: "? = *", unique: true })).toEqual(["b = 2", "a = 1"]);
	expect(inputs({ hist_access_type: "search", pattern: "x.y" })).toEqual(["x.y"]);
	expect(inputs({ hist_access_type: "search", pattern: "xzy" })).toEqual([]);
	expect(inputs({ hist_access_type: "tail", n: 0 })).toEqual([]);
	expect(inputs({ hist_access_type: "range", session: 7, start: 0, stop: 3 })).toEqual([]);
	expect(inputs({ hist_access_type: "range", session: 0, start: 2, stop: 4 })).toEqual(["b = 2", "a = 1"]);
});
