// Which chart belongs to which rows; every specification compiles and draws without warnings, data stays data.
import { parse, View } from "vega";
import { expressionInterpreter } from "vega-interpreter";
import { compile } from "vega-lite";
import { describe, expect, test } from "vitest";
import { dagPicture } from "../../../engine/views/dag-spec.ts";
import type { ViewRows } from "../../../engine/views/events.ts";
import { formatMs, formatNumber } from "../../../engine/views/format.ts";
import { METRICS_NAME, metricsRows, metricsSpec } from "../../../engine/views/metrics-spec.ts";
import type { ViewModel } from "../../../engine/views/model.ts";
import { apply, createModel } from "../../../engine/views/model.ts";
import { chartOf, MAX_BARS, specWithData } from "../../../engine/views/spec.ts";
import { description, Feed, plan, wordRows } from "../../widgets/sample.ts";

function withRows(data: ViewRows, kind: "auto" | "table" | "plot" | "dag" = "auto"): ViewModel {
	return new Feed().batch(1, {}, data).reduce(apply, createModel(description({ kind })));
}

async function draw(spec: object): Promise<string> {
	const warnings: unknown[] = [];
	const complain = (...words: unknown[]) => {
		warnings.push(words);
		return logger;
	};
	const logger = { level: () => 1, error: complain, warn: complain, info: () => logger, debug: () => logger };
	const compiled = compile(spec as never, { logger: logger as never }).spec;
	const view = new View(parse(compiled, undefined, { ast: true }), {
		renderer: "none",
		expr: expressionInterpreter,
		logger: logger as never,
	});
	await view.runAsync();
	const svg = await view.toSVG();
	view.finalize();
	expect(warnings).toEqual([]);
	return svg;
}

const columns = (...types: ViewRows["columns"][number]["type"][]) =>
	types.map((type, index) => ({ name: `c${index}`, type }));

describe("the chart of rows", () => {
	test("pairs of a name and a number are bars, largest first, ties by name", () => {
		const chart = chartOf(
			withRows({
				columns: columns("string", "number"),
				rows: [
					["b", 1],
					["a", 1],
					["c", 9],
				],
				total: 3,
			}),
		);
		expect(chart?.rows.map((row) => [row.k, row.v])).toEqual([
			["c", 9],
			["a", 1],
			["b", 1],
		]);
		expect(chart?.caption).toBe("c1 by c0");
	});

	test("more names than bars: the top ones, and the caption says so", () => {
		const rows = Array.from({ length: 90 }, (_, index): [string, number] => [`w${index}`, index]);
		const chart = chartOf(withRows({ columns: columns("string", "number"), rows, total: 5000 }));
		expect(chart?.rows).toHaveLength(MAX_BARS);
		expect(chart?.caption).toBe("top 20 of 5,000 by c1");
	});

	test("a name that comes twice is one bar with the sum, and the axis says sum", () => {
		const chart = chartOf(
			withRows({
				columns: columns("string", "number"),
				rows: [
					["a", 1],
					["a", 2],
					[null, 5],
				],
				total: 3,
			}),
		);
		expect(chart?.rows.map((row) => [row.k, row.v])).toEqual([
			["null", 5],
			["a", 3],
		]);
		expect(JSON.stringify(chart?.spec("light"))).toContain("sum of c1");
	});

	test.each<[string, ViewRows, string | undefined]>([
		[
			"a date and a number",
			{
				columns: columns("date", "number"),
				rows: [
					["2026-01-02T00:00:00Z", 1],
					["2026-01-01T00:00:00Z", 2],
				],
				total: 2,
			},
			"line",
		],
		[
			"two numbers, one for each x",
			{
				columns: columns("number", "number"),
				rows: [
					[2, 1],
					[1, 5],
				],
				total: 2,
			},
			"line",
		],
		[
			"two numbers, several for one x",
			{
				columns: columns("number", "number"),
				rows: [
					[1, 1],
					[1, 5],
				],
				total: 2,
			},
			"circle",
		],
		["one number per batch", { columns: columns("number"), rows: [[4]], total: 1 }, "line"],
		["many numbers", { columns: columns("number"), rows: [[4], [5]], total: 2 }, "circle"],
		[
			"an object with a name and numbers",
			{ columns: columns("json", "string", "number", "number"), rows: [["{}", "a", 1, 2]], total: 1 },
			"bar",
		],
		["words", { columns: columns("string"), rows: [["a"]], total: 1 }, undefined],
		["JSON", { columns: columns("json"), rows: [["{}"]], total: 1 }, undefined],
		[
			"numbers that are all missing",
			{ columns: columns("string", "number"), rows: [["a", null]], total: 1 },
			undefined,
		],
		["nothing", { columns: columns("string", "number"), rows: [], total: 0 }, undefined],
	])("%s", async (_name, data, mark) => {
		const chart = chartOf(withRows(data));
		if (mark === undefined) {
			expect(chart).toBeUndefined();
			return;
		}
		expect(chart).toBeDefined();
		const marks = (chart!.spec("light").layer as { mark: { type: string } }[]).map((layer) => layer.mark.type);
		expect(marks[0]).toBe(mark);
		expect(await draw(specWithData(chart!, "dark"))).toContain("<svg");
	});

	test("a table view and a dag view have no chart", () => {
		expect(chartOf(withRows(wordRows(1), "table"))).toBeUndefined();
		expect(chartOf(withRows(wordRows(1), "dag"))).toBeUndefined();
		expect(chartOf(createModel(description()))).toBeUndefined();
	});

	test("only the rows of a chart change from batch to batch, its shape does not", () => {
		expect(chartOf(withRows(wordRows(1)))?.shape).toBe(chartOf(withRows(wordRows(2)))?.shape);
	});
});

describe("text from data", () => {
	const nasty = [
		"<script>alert(1)</script>",
		'a"b',
		"c'd",
		"x.y[0]",
		"datum.v",
		"{{signal}}",
		"__proto__",
		"constructor",
		"a\\.b",
		"",
	];

	test("names with markup, dots, brackets and expressions are drawn as they are", async () => {
		const data = {
			columns: [
				{ name: "k.[x]'\"<b>", type: "string" as const },
				{ name: "__proto__", type: "number" as const },
			],
			rows: nasty.map((name, index): [string, number] => [name, index + 1]),
			total: 10,
		};
		const svg = await draw(specWithData(chartOf(withRows(data))!, "light"));
		expect(svg).not.toContain("<script");
		expect(svg).toContain("&lt;script&gt;alert(1)");
		for (const name of ["x.y[0]", "datum.v", "{{signal}}"]) expect(svg).toContain(`>${name}<`);
		for (const name of ["__proto__", "constructor"]) expect(svg).toContain(`>${name}\u200b<`);
		expect(svg).toContain(">(empty)<");
	});

	test("a step of the plan is named by the user and drawn as text", async () => {
		const named = { nodes: [{ ...plan.nodes[0], label: "<img src=x>" }], edges: [] };
		const svg = await draw(dagPicture(named, "dark").spec);
		expect(svg).not.toContain("<img");
		expect(svg).toContain("&lt;img src=x&gt;");
	});
});

describe("metrics and plan", () => {
	test.each(["light", "dark", "static"] as const)(
		"the metrics strip draws ended batches in the %s theme",
		async (theme) => {
			const feed = new Feed();
			let model = createModel(description());
			for (let number = 1; number <= 12; number++)
				model = feed.batch(number, { failed: number === 4 }).reduce(apply, model);
			model = apply(
				model,
				feed.listener({
					type: "BatchSubmitted",
					batch: {
						...model.batches[0],
						batchTime: 0,
						number: 13,
						numRecords: 1,
						inputs: [],
						submissionTime: 0,
						outputs: [],
						failed: false,
					},
				}),
			);
			const rows = metricsRows(model);
			expect(rows.map((row) => row.n)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
			const svg = await draw({ ...metricsSpec(model, theme), datasets: { [METRICS_NAME]: rows } });
			expect(svg).toContain("delay in ms");
		},
	);

	test("every step of the plan is in the picture, left to right while it fits, else downwards", async () => {
		const wide = dagPicture(plan, "light", 2000);
		const narrow = dagPicture(plan, "light", 200);
		expect(wide.width).toBeGreaterThan(wide.height);
		expect(narrow.height).toBeGreaterThan(narrow.width);
		const svg = await draw(wide.spec);
		for (const node of plan.nodes) expect(svg).toContain(`>${node.label}<`);
	});

	test("notes replace the place of declaration", async () => {
		const svg = await draw(dagPicture(plan, "light", 2000, { s: "1,234 records" }).spec);
		expect(svg).toContain(">1,234 records<");
		expect(svg).not.toContain(">cell [3], line 1<");
	});

	test("a plan of 300 steps is cut, and the picture says how many are missing", () => {
		const nodes = Array.from({ length: 300 }, (_, index) => ({ ...plan.nodes[1], id: `n${index}` }));
		const edges = nodes.slice(1).map((node, index) => ({ from: `n${index}`, to: node.id }));
		expect(dagPicture({ nodes, edges }, "light").omitted).toBe(180);
	});
});

test("numbers and durations are written one way everywhere", () => {
	expect([0, 1234567, 0.1 + 0.2, 12.3456, 1e21, 1e-9, -5].map(formatNumber)).toEqual([
		"0",
		"1,234,567",
		"0.3",
		"12.346",
		"1.000e+21",
		"1.000e-9",
		"-5",
	]);
	expect([0, 0.42, 9.96, 35.4, 999, 1240].map(formatMs)).toEqual([
		"0 ms",
		"0.4 ms",
		"10 ms",
		"35 ms",
		"999 ms",
		"1.24 s",
	]);
});
