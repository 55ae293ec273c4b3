// console of user functions: bundled, capped, with the streams kept apart.
import { expect, it } from "vitest";
import { TaskConsole } from "../../../engine/executor/console.ts";

function recorded() {
	const sent: [string, string][] = [];
	return { sent, console: new TaskConsole((stream, text) => sent.push([stream, text])) };
}

it("bundles lines until the task ends and keeps the order of the streams", () => {
	const { sent, console } = recorded();
	console.write("stdout", "a\n");
	console.write("stdout", "b\n");
	console.write("stderr", "c\n");
	expect(sent).toEqual([]);
	console.taskEnded();
	expect(sent).toEqual([
		["stdout", "a\nb\n"],
		["stderr", "c\n"],
	]);
});

it("drops what a task prints beyond its share, says so, and starts anew with the next task", () => {
	const { sent, console } = recorded();
	for (let i = 0; i < 100_000; i++) console.write("stdout", "0123456789\n");
	console.taskEnded();
	const shown = sent.filter(([stream]) => stream === "stdout").reduce((sum, [, text]) => sum + text.length, 0);
	expect(shown).toBeLessThanOrEqual(256 * 1024);
	expect(shown).toBeGreaterThan(255 * 1024);
	expect(sent.length).toBeLessThan(40);
	expect(sent.at(-1)).toEqual([
		"stderr",
		`… ${(1_100_000 - shown).toLocaleString("en-US")} more characters of this task are not shown\n`,
	]);
	console.write("stdout", "again\n");
	console.taskEnded();
	expect(sent.at(-1)).toEqual(["stdout", "again\n"]);
});
