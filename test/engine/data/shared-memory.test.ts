// Shared memory that is let go is collected, though V8 does not count it.
import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { countShared } from "../../../engine/data/index.ts";

const SIZE = 2 ** 20;

test("passing shared memory on makes the collector run, so what is let go does not pile up", async () => {
	let collected = 0;
	const registry = new FinalizationRegistry(() => collected++);
	const pass = (): void => {
		registry.register(new SharedArrayBuffer(SIZE), undefined);
		countShared(SIZE);
	};
	for (let turns = 0; turns < 100; turns++) {
		for (let i = 0; i < 32; i++) pass();
		await turn();
	}
	// 3200 were made; a few hundred may still wait for the next collection.
	expect(collected).toBeGreaterThan(1600);
});
