// Binary values in widget state.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { putBuffers, removeBuffers } from "../../../kernel-ext/protocol/buffers.ts";

describe("buffers in widget state", () => {
	test("keys are left out, items become null, paths say where", () => {
		const state = {
			a: new Uint8Array([1]),
			list: [1, new Float64Array([2]).buffer],
			deep: { d: new DataView(new ArrayBuffer(3)), n: 1 },
		};
		const { state: plain, buffers, paths } = removeBuffers(state);
		expect(plain).toEqual({ list: [1, null], deep: { n: 1 } });
		expect(paths).toEqual([["a"], ["list", 1], ["deep", "d"]]);
		expect(buffers.map((buffer) => buffer.byteLength)).toEqual([1, 8, 3]);
		expect(state.list[1]).toBeInstanceOf(ArrayBuffer);
	});

	test("a view on a part of a buffer sends that part only", () => {
		const { buffers } = removeBuffers({ part: new Uint8Array([1, 2, 3, 4]).subarray(1, 3) });
		expect([...buffers[0]]).toEqual([2, 3]);
	});

	test("dates and other values with a JSON form stay as they are", () => {
		const date = new Date(0);
		expect(removeBuffers({ date, nothing: null }).state).toEqual({ date, nothing: null });
	});

	test("putting back what was taken out gives the same state", () => {
		const leaf = fc.oneof(fc.integer(), fc.string(), fc.constant(null), fc.uint8Array({ maxLength: 4 }));
		const key = fc.string().filter((name) => name !== "__proto__" && name !== "toJSON");
		const value = fc.letrec((tie) => ({
			value: fc.oneof(
				{ maxDepth: 4 },
				leaf,
				fc.array(tie("value"), { maxLength: 3 }),
				fc.dictionary(key, tie("value"), { maxKeys: 3 }),
			),
		})).value;
		fc.assert(
			fc.property(fc.dictionary(key, value), (state) => {
				const { state: plain, buffers, paths } = removeBuffers(state);
				const copy = JSON.parse(JSON.stringify(plain));
				putBuffers(copy, paths, buffers);
				expect(copy).toEqual({ ...state });
			}),
		);
	});

	test("paths that lead nowhere or to a prototype are ignored", () => {
		const state: { [name: string]: unknown } = { a: 1 };
		putBuffers(
			state,
			[["x", "y"], ["a", "b"], ["__proto__"], ["constructor", "prototype", "p"], [], "no"],
			[new Uint8Array(1), new Uint8Array(1), new Uint8Array(1), new Uint8Array(1)],
		);
		expect(state).toEqual({ a: 1 });
		expect(({} as { p?: unknown }).p).toBeUndefined();
	});
});
