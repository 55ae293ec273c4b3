// compact: equal text, without the text it was cut from.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compact } from "../../../engine/data/compact.ts";
import { seed, strings } from "./arbitraries.ts";

describe("compact", () => {
	it(`returns an equal string, seed ${seed}`, () => {
		fc.assert(
			fc.property(strings, strings, (a, b) => {
				const s = (a + b).repeat(3);
				expect(compact(s)).toBe(s);
			}),
			{ seed },
		);
		const huge = "é".repeat(3_000_000);
		expect(compact(huge) === huge).toBe(true);
		expect(compact(`${huge}€`) === `${huge}€`).toBe(true);
	});

	it("lets the parent of a cut string be collected", () => {
		setFlagsFromString("--expose-gc");
		const gc = runInNewContext("gc") as () => void;
		const held = (keep: (s: string) => string): number => {
			gc();
			const before = process.memoryUsage().heapUsed;
			const kept: string[] = [];
			for (let i = 0; i < 40; i++) {
				// Flat strings of 1 MB, each its own.
				const parent = Buffer.alloc(1_000_000, `${i} a key of some length `).toString("latin1");
				kept.push(keep(parent.slice(100, 130)));
			}
			gc();
			const after = process.memoryUsage().heapUsed;
			expect(new Set(kept).size).toBeGreaterThan(1);
			return after - before;
		};
		expect(held((s) => s)).toBeGreaterThan(30e6); // that it is needed at all
		expect(held(compact)).toBeLessThan(10e6);
	});
});
