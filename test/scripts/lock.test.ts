// One set-up at a time.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { withLock } from "../../scripts/lib/lock.mjs";
import { tempFolder } from "../support/temp.ts";

test("work under the lock is done one after another, and the lock is gone afterwards", async () => {
	const file = join(tempFolder(), "set-up.lock");
	const order: string[] = [];
	let finish = () => {};
	const first = withLock(file, async () => {
		order.push("first begins");
		await new Promise<void>((resolve) => {
			finish = resolve;
		});
		order.push("first ends");
	});
	const second = withLock(
		file,
		async () => {
			order.push("second");
		},
		(holder) => {
			expect(holder).toBe(process.pid);
			order.push("second waits");
			finish();
		},
	);
	await Promise.all([first, second]);
	expect(order).toEqual(["first begins", "second waits", "first ends", "second"]);
	expect(existsSync(file)).toBe(false);
});

test("the lock of a process that is gone is taken over", async () => {
	const file = join(tempFolder(), "set-up.lock");
	writeFileSync(file, "4194399"); // above the largest process id
	expect(await withLock(file, async () => 7)).toBe(7);
});

test("the lock is given back when the work fails", async () => {
	const file = join(tempFolder(), "set-up.lock");
	await expect(withLock(file, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
	expect(existsSync(file)).toBe(false);
});
