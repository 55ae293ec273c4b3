// The compiler as a thread: same answers, and names that survive its death.
import { afterEach, expect, test } from "vitest";
import { startCompilerThread } from "../../../kernel-ext/cells/client.ts";
import type { CellCompiler } from "../../../kernel-ext/cells/types.ts";
import { folder, options } from "./notebook.ts";

let compiler: CellCompiler | undefined;
afterEach(() => compiler?.dispose());

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
	compiler = startCompilerThread(options, { entry: new URL("./fixtures/fragile-thread.ts", import.meta.url) });
	expect(await compiler.compile({ url: "cell-1.ts", code: "const kept = { n: 1 };", folder })).toMatchObject({
		ok: true,
	});
	await compiler.commit("cell-1.ts");
	expect(await compiler.compile({ url: "cell-2.ts", code: "const waiting = kept.n;", folder })).toMatchObject({
		ok: true,
	});
	const fatal = compiler.compile({ url: "cell-3.ts", code: "1 // CRASH", folder });
	const behind = compiler.complete("kept.", 5, folder);
	await expect(fatal).rejects.toThrow(/ended twice while it worked on this cell: exit code 3/);
	expect((await behind).matches.map((m) => m.text)).toEqual(["n"]);
	await compiler.commit("cell-2.ts");
	expect(await compiler.compile({ url: "cell-4.ts", code: "waiting + kept.n", folder })).toMatchObject({ ok: true });
});

test("a thread that cannot start rejects its requests, and later ones as well", async () => {
	compiler = startCompilerThread(options, { entry: new URL("./fixtures/no-such-thread.ts", import.meta.url) });
	await expect(compiler.isComplete("1")).rejects.toThrow(/does not start: .*no-such-thread/);
	await expect(compiler.isComplete("1")).rejects.toThrow(/does not start/);
});
