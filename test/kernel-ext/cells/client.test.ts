// The compiler as a thread: same answers, and names that survive its death.
import { afterEach, expect, test } from "vitest";
import { startCompilerThread } from "../../../kernel-ext/cells/client.ts";
import type { CellCompiler } from "../../../kernel-ext/cells/types.ts";
import { folder, options } from "./notebook.ts";

let compiler: CellCompiler | undefined;
afterEach(() => compiler?.dispose());

// A type that makes the checker fill any small heap.
const HUGE = `type Grow<T extends unknown[], N extends number> = N extends 0 ? T : never;
${Array.from({ length: 40000 }, (_, n) => `const c${n} = { a: ${n}, b: [${n}, "${n}"], f: (x: number) => ({ x, y: [x, ${n}] }) };`).join("\n")}`;

test("cells, completion and completeness go through the thread in order", async () => {
	compiler = startCompilerThread(options);
	const first = compiler.compile({ url: "cell-1.ts", code: "const first = [1, 2];", folder });
	const committed = compiler.commit("cell-1.ts");
	const second = compiler.compile({ url: "cell-2.ts", code: "first.length", folder });
	expect(await first).toMatchObject({ ok: true, cell: { url: "cell-1.ts", tdz: ["first"] } });
	await committed;
	expect(await second).toMatchObject({ ok: true, cell: { hasResult: true } });
	expect((await compiler.complete("first.sl", 8, folder)).matches[0]?.text).toBe("slice");
	expect(await compiler.isComplete("(")).toEqual({ status: "incomplete", indent: "  " });
	await expect(compiler.commit("cell-9.ts")).rejects.toThrow("cell-9.ts");
	await compiler.dispose();
	await expect(compiler.isComplete("1")).rejects.toThrow(/closed/);
});

test("a thread that dies is replaced, cells that ran are there again, and the cell that killed it is told", async () => {
	compiler = startCompilerThread(options, { resourceLimits: { maxOldGenerationSizeMb: 170 } });
	expect(await compiler.compile({ url: "cell-1.ts", code: "const kept = { n: 1 };", folder })).toMatchObject({
		ok: true,
	});
	await compiler.commit("cell-1.ts");
	const open = await compiler.compile({ url: "cell-2.ts", code: "const waiting = kept.n;", folder });
	expect(open.ok).toBe(true);
	const huge = compiler.compile({ url: "cell-3.ts", code: HUGE, folder });
	const behind = compiler.complete("kept.", 5, folder);
	await expect(huge).rejects.toThrow(/ended twice while it worked on this cell/);
	expect((await behind).matches.map((m) => m.text)).toEqual(["n"]);
	await compiler.commit("cell-2.ts");
	expect(await compiler.compile({ url: "cell-4.ts", code: "waiting + kept.n", folder })).toMatchObject({ ok: true });
});
