// History over restarts: files of the user, several kernels at once, what history_request gives.
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { dataFolder } from "../../../kernel-ext/protocol/data-folder.ts";
import { History, matches } from "../../../kernel-ext/protocol/history.ts";
import { HistoryStore } from "../../../kernel-ext/protocol/history-store.ts";
import { tempFolder } from "../../support/temp.ts";
import { TestKernel } from "../support/kernel.ts";

function open(folder: string, ...inputs: string[]): History {
	const history = new History(new HistoryStore(folder));
	for (const [index, input] of inputs.entries()) history.add(index + 1, input);
	return history;
}

describe("history", () => {
	test("of earlier sessions comes before that of this one, with sessions and lines", () => {
		const folder = tempFolder();
		open(folder, "a", "b").close();
		const second = open(folder, "c");
		second.setOutput(1, "3");
		expect(second.answer({ hist_access_type: "tail", n: 2, output: true })).toEqual([
			[1, 2, ["b", null]],
			[2, 1, ["c", "3"]],
		]);
		expect(second.answer({ hist_access_type: "tail", n: 0 })).toEqual([]);
		second.close();
	});

	test("of kernels that run at once has a session for each", () => {
		const folder = tempFolder();
		const [first, second] = [open(folder, "one"), open(folder, "two")];
		first.add(2, "three");
		const seen = second.answer({ hist_access_type: "tail", n: 9 });
		expect(seen).toEqual([
			[1, 1, "one"],
			[1, 2, "three"],
			[2, 1, "two"],
		]);
		for (const history of [first, second]) history.close();
	});

	test("gives ranges of this session (0), of earlier ones by number, and counted back", () => {
		const folder = tempFolder();
		open(folder, "a1", "a2", "a3").close();
		open(folder, "b1").close();
		const history = open(folder, "c1", "c2");
		const range = (request: object): unknown[] =>
			history.answer({ hist_access_type: "range", ...request }).map((line) => line[2]);
		expect(range({ session: 0, start: 1, stop: 2 })).toEqual(["c1"]);
		expect(range({ session: 1, start: 2 })).toEqual(["a2", "a3"]);
		expect(range({ session: -1 })).toEqual(["b1"]);
		expect(range({ session: -2, start: 1, stop: 3 })).toEqual(["a1", "a2"]);
		expect(range({ session: 99 })).toEqual([]);
		history.close();
	});

	test("searches all sessions, newest last, equal inputs once if asked, and n of them", () => {
		const folder = tempFolder();
		open(folder, "let x = 1", "y").close();
		const history = open(folder, "let x = 1", "let z = 2");
		const search = (request: object): unknown[] =>
			history.answer({ hist_access_type: "search", ...request }).map(([session, , input]) => [session, input]);
		expect(search({ pattern: "let*" })).toHaveLength(3);
		expect(search({ pattern: "let*", unique: true })).toEqual([
			[2, "let x = 1"],
			[2, "let z = 2"],
		]);
		expect(search({ pattern: "*", n: 1 })).toEqual([[2, "let z = 2"]]);
		expect(search({ pattern: "nowhere" })).toEqual([]);
		history.close();
	});

	test("files can be read by their user only, broken lines are left out", () => {
		const folder = join(tempFolder(), "history");
		const history = open(folder, "secret");
		history.close();
		expect(statSync(folder).mode & 0o777).toBe(0o700);
		const [name] = readdirSync(folder);
		expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
		writeFileSync(join(folder, "session-7.jsonl"), '{"l":1,"i":"ok"}\nnonsense\n{"l":2,"i"');
		const next = open(folder, "after");
		expect(next.answer({ hist_access_type: "tail", n: 2 })).toEqual([
			[7, 1, "ok"],
			[8, 1, "after"],
		]);
		next.close();
	});

	test("is bounded: old sessions go, and one session does not grow without end", () => {
		const folder = tempFolder();
		mkdirSync(folder, { recursive: true });
		for (let number = 1; number <= 250; number++)
			writeFileSync(join(folder, `session-${number}.jsonl`), `{"l":1,"i":"${number}"}\n`);
		const history = open(folder, "x".repeat(600_000), "y".repeat(600_000));
		const names = readdirSync(folder);
		expect(names).toHaveLength(200);
		expect(names).toContain("session-250.jsonl");
		expect(names).not.toContain("session-10.jsonl");
		expect(statSync(join(folder, "session-251.jsonl")).size).toBeLessThan(1024 * 1024);
		expect(history.answer({ hist_access_type: "tail", n: 1 })[0][2]).toBe("y".repeat(600_000));
		history.close();
	});

	test("of a folder that cannot be written is kept in memory", () => {
		const folder = tempFolder();
		writeFileSync(join(folder, "file"), "");
		const history = open(join(folder, "file", "history"), "kept");
		expect(history.answer({ hist_access_type: "tail", n: 1 })).toEqual([[1, 1, "kept"]]);
	});

	test.each([
		["*", "", true],
		["a?c", "abc", true],
		["a?c", "ac", false],
		["*b*d", "abcd", true],
		["*b*d", "abcde", false],
		["(x)[1]", "(x)[1]", true],
		[`${"*a".repeat(40)}*b`, "a".repeat(5_000), false],
	])("the pattern %j against %j", (pattern, text, expected) => {
		expect(matches(pattern, text)).toBe(expected);
	});

	test("lies in the folder that the surroundings name", () => {
		expect(dataFolder({ MILLRACE_DATA_DIR: "/m", XDG_DATA_HOME: "/x" }, "linux")).toBe("/m");
		expect(dataFolder({ JUPYTER_DATA_DIR: "/j" }, "linux")).toBe(join("/j", "millrace"));
		expect(dataFolder({ XDG_DATA_HOME: "/x" }, "linux")).toBe(join("/x", "millrace"));
		expect(dataFolder({ APPDATA: "/a" }, "win32")).toBe(join("/a", "millrace"));
		expect(dataFolder({}, "darwin")).toContain(join("Application Support", "millrace"));
	});
});

test("a kernel that is started again knows what was typed before, not what was silent or not to be stored", async () => {
	const data = tempFolder();
	const first = await TestKernel.start(undefined, data);
	await first.execute("6 * 7");
	await first.execute("'silent'", { silent: true });
	await first.execute("'unstored'", { store_history: false });
	expect((await first.request("shutdown_request", { restart: true }, "control")).reply.content.restart).toBe(true);
	await first.exited();
	await first.stop();
	const second = await TestKernel.start(undefined, data);
	try {
		await second.execute("'now'");
		const { reply } = await second.request("history_request", { hist_access_type: "tail", n: 5, output: true });
		expect(reply.content.history).toEqual([
			[1, 1, ["6 * 7", "42"]],
			[2, 1, ["'now'", "'now'"]],
		]);
	} finally {
		await second.stop();
	}
});
