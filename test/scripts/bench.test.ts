// The harness of the benches.
import { expect, test } from "vitest";
import { asBench, figure, runBench, withRatio } from "../bench/harness.ts";

test("a bench reports figures with the ratio to their baseline, machine, Node version and command", async () => {
	const lines: string[] = [];
	const bench = asBench(
		{
			name: "sum",
			about: "adds numbers",
			run: async (b: { report(row: object): void; note(text: string): void }) => {
				b.note("seed 7");
				b.report({ metric: "adds/s", value: 3e6, unit: "adds/s", baseline: 2e6 });
			},
		},
		"sum.bench.ts",
	);
	const report = await runBench(bench, "npm run bench -- sum", (line) => lines.push(line));
	expect(report.rows).toEqual([{ metric: "adds/s", value: 3e6, unit: "adds/s", baseline: 2e6, ratio: 1.5 }]);
	expect(report).toMatchObject({
		name: "sum",
		command: "npm run bench -- sum",
		node: process.version,
		notes: ["seed 7"],
	});
	expect(report.machine).toMatch(/\d+ cores/);
	expect(lines.join("\n")).toMatch(/adds\/s +3\.00 M adds\/s +baseline 2\.00 M +× 1\.50$/);
});

test("a bench without figures, a figure that is no number and a file that is no bench are errors", async () => {
	const empty = { name: "empty", about: "", run: async () => {} };
	await expect(runBench(empty, "", () => {})).rejects.toThrow('Bench "empty" reported no figures.');
	expect(() => withRatio({ metric: "m", value: Number.NaN, unit: "ms" })).toThrow('Bench figure "m" is NaN');
	expect(() => asBench({ name: "x" }, "x.bench.ts")).toThrow(
		"x.bench.ts must export name (text), about (text) and run(b); found name.",
	);
});

test("figures have three digits", () => {
	expect([0.01234, 12.345, 999.9, 1234.5, 45678, 12_345_678].map(figure)).toEqual([
		"0.0123",
		"12.3",
		"1000",
		"1235",
		"45.7 k",
		"12.3 M",
	]);
});
