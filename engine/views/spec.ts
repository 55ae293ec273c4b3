// Vega-Lite v5 specifications of the data chart: the newest batch or window of a stream, from a snapshot.
import { formatNumber } from "./format.ts";
import type { SnapshotRows, ViewSnapshot } from "./model.ts";
import type { ThemeName } from "./theme.ts";
import { THEMES, themeConfig } from "./theme.ts";

/** A Vega-Lite specification as plain JSON. */
export type VegaLiteSpec = { readonly [name: string]: unknown };

/** A row as it is handed to Vega: our field names, so that no name from the data is ever read as a field path. */
export type ChartDatum = { readonly [field: string]: string | number | null };

/** A chart of a snapshot, its rows apart, so that a page can change the rows without compiling again. */
export interface Chart {
	/** Charts of equal shape differ in their rows only. */
	readonly shape: string;
	/** What is drawn, for people: `top 20 of 134 by value`. */
	readonly caption: string;
	readonly rows: readonly ChartDatum[];
	/** Returns the specification with its data named `rows`. */
	spec(theme: ThemeName, size?: { readonly width?: number | "container" }): VegaLiteSpec;
}

/** Name of the data set in every chart. */
export const DATA_NAME = "rows";
/** Bars that one chart shows. */
export const MAX_BARS = 20;

const SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json";
const STATIC_WIDTH = 460;
/** Axis labels as `0`, `500`, `1.5k`: a plain `format` would write zero as `0k`. */
export const SHORT = { labelExpr: "format(datum.value, '~s')" } as const;

/** Returns the chart of the newest rows, or undefined where they have no natural chart. */
export function chartOf(snapshot: ViewSnapshot): Chart | undefined {
	const data = snapshot.rows;
	if (data === null || snapshot.kind === "table" || snapshot.kind === "dag") return undefined;
	const { columns, rows } = data;
	const numbers = columns.flatMap((column, index) =>
		column.type === "number" && hasNumber(data, index) ? [index] : [],
	);
	const dates = columns.flatMap((column, index) => (column.type === "date" ? [index] : []));
	const names = columns.flatMap((column, index) =>
		column.type === "string" || column.type === "boolean" ? [index] : [],
	);
	if (numbers.length === 0) return undefined;
	if (dates.length > 0) return points(data, dates[0], numbers[0]);
	if (names.length > 0) return bars(data, names[0], numbers[0]);
	if (numbers.length > 1) return points(data, numbers[0], numbers[1]);
	if (columns.length > 1) return undefined;
	if (rows.length === 1 && data.total === 1) return overBatches(snapshot);
	return values(data, numbers[0]);
}

/** Returns one self-contained specification: the chart with its rows inside. */
export function specWithData(chart: Chart, theme: ThemeName): VegaLiteSpec {
	return { $schema: SCHEMA, ...chart.spec(theme), data: { name: DATA_NAME, values: chart.rows } };
}

function bars(data: SnapshotRows, name: number, value: number): Chart {
	const sums = new Map<string, number>();
	let repeated = false;
	for (const row of data.rows) {
		const amount = row[value];
		if (typeof amount !== "number") continue;
		const key = row[name] === null ? "null" : String(row[name]);
		const before = sums.get(key);
		repeated ||= before !== undefined;
		sums.set(key, (before ?? 0) + amount);
	}
	// Descending by value; ties by name, so that bars do not swap places from batch to batch.
	const top = [...sums].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, MAX_BARS);
	const label = repeated ? `sum of ${data.columns[value].name}` : data.columns[value].name;
	const of = Math.max(data.total, sums.size);
	return {
		shape: JSON.stringify(["bars", data.columns[name].name, label]),
		caption:
			top.length < of
				? `top ${top.length} of ${of.toLocaleString("en-US")} by ${label}`
				: `${label} by ${data.columns[name].name}`,
		rows: top.map(([key, amount], order) => ({
			k: key === "" ? "(empty)" : safeKey(key),
			v: amount,
			t: formatNumber(amount),
			o: order,
		})),
		spec: (theme, size) =>
			framed(theme, size, {
				height: { step: 18 },
				// Room for the label of a bar that grows to the full width later: the layout is not computed again for new rows.
				...(size?.width === "container" ? { padding: { left: 4, top: 4, right: 36, bottom: 4 } } : {}),
				encoding: {
					y: {
						field: "k",
						type: "nominal",
						sort: { field: "o", op: "min", order: "ascending" },
						axis: { title: null, labelLimit: 150, labelColor: THEMES[theme].text },
						scale: { paddingInner: 0.28, paddingOuter: 0.1 },
					},
					// Not stacked: Vega-Lite would give every rounded bar a clip path of its own.
					x: {
						field: "v",
						type: "quantitative",
						stack: null,
						axis: { title: label, grid: true, tickCount: 5, ...SHORT },
					},
				},
				layer: [
					{
						mark: { type: "bar", color: THEMES[theme].accent, cornerRadiusEnd: 2, tooltip: null },
						encoding: {
							tooltip: [
								{ field: "k", type: "nominal", title: safeTitle(data.columns[name].name) },
								{ field: "t", type: "nominal", title: safeTitle(label) },
							],
						},
					},
					{
						mark: {
							type: "text",
							align: "left",
							baseline: "middle",
							dx: 4,
							fontSize: 10.5,
							color: THEMES[theme].muted,
						},
						encoding: { text: { field: "t", type: "nominal" } },
					},
				],
			}),
	};
}

function points(data: SnapshotRows, x: number, y: number): Chart {
	const temporal = data.columns[x].type === "date";
	const rows = data.rows.flatMap((row): ChartDatum[] => {
		const at = temporal ? timeOf(row[x]) : row[x];
		const value = row[y];
		return typeof at === "number" && typeof value === "number" ? [{ x: at, y: value, t: formatNumber(value) }] : [];
	});
	// One value for every x is a curve; several are a cloud.
	const line = temporal || new Set(rows.map((row) => row.x)).size === rows.length;
	return xy(
		line ? "line" : "points",
		temporal,
		data.columns[x].name,
		data.columns[y].name,
		line ? rows.sort((a, b) => Number(a.x) - Number(b.x)) : rows,
	);
}

function overBatches(snapshot: ViewSnapshot): Chart {
	const name = snapshot.rows?.columns[0].name ?? "value";
	return xy(
		"line",
		false,
		"batch",
		name,
		snapshot.history.map(({ batch, value }) => ({ x: batch, y: value, t: formatNumber(value) })),
		true,
	);
}

function values(data: SnapshotRows, column: number): Chart {
	const rows = data.rows.flatMap((row, index): ChartDatum[] => {
		const value = row[column];
		return typeof value === "number" ? [{ x: index + 1, y: value, t: formatNumber(value) }] : [];
	});
	return xy("points", false, "record", data.columns[column].name, rows);
}

function xy(
	mark: "line" | "points",
	temporal: boolean,
	xName: string,
	yName: string,
	rows: readonly ChartDatum[],
	whole = false,
): Chart {
	return {
		shape: JSON.stringify([mark, temporal, xName, yName]),
		caption: `${yName} by ${xName}`,
		rows,
		spec: (theme, size) =>
			framed(theme, size, {
				height: 220,
				encoding: {
					x: {
						field: "x",
						type: temporal ? "temporal" : "quantitative",
						axis: { title: xName, grid: false, tickCount: 6, ...(whole ? { tickMinStep: 1, format: "d" } : {}) },
						scale: temporal ? {} : { zero: false, nice: !whole },
					},
					y: {
						field: "y",
						type: "quantitative",
						axis: { title: yName, tickCount: 5, ...SHORT },
						scale: { zero: mark === "line" && whole },
					},
					tooltip: [
						{ field: "x", type: temporal ? "temporal" : "quantitative", title: safeTitle(xName) },
						{ field: "t", type: "nominal", title: safeTitle(yName) },
					],
				},
				layer: [
					...(mark === "line"
						? [{ mark: { type: "line", color: THEMES[theme].accent, strokeWidth: 2, interpolate: "linear" } }]
						: []),
					{
						mark: {
							type: "circle",
							color: THEMES[theme].accent,
							size: mark === "line" ? 26 : 34,
							opacity: mark === "line" ? 1 : 0.75,
						},
					},
				],
			}),
	};
}

function framed(
	theme: ThemeName,
	size: { readonly width?: number | "container" } | undefined,
	body: VegaLiteSpec,
): VegaLiteSpec {
	return {
		data: { name: DATA_NAME },
		width: size?.width ?? STATIC_WIDTH,
		autosize: { type: size?.width === "container" ? "fit-x" : "pad", contains: "padding" },
		config: themeConfig(THEMES[theme]),
		...body,
	};
}

// Vega groups by the keys of plain objects: names that every object has are told apart by a zero-width space.
function safeKey(key: string): string {
	return key in {} ? `${key}\u200b` : key;
}

// Vega makes an object of a tooltip and refuses keys like `constructor` and `__proto__`; a zero-width space tells them apart.
function safeTitle(name: string): string {
	return `${name}\u200b`;
}

function hasNumber(data: SnapshotRows, index: number): boolean {
	return data.rows.some((row) => typeof row[index] === "number");
}

function timeOf(value: string | number | boolean | null): number | null {
	if (typeof value === "number") return value;
	const time = typeof value === "string" ? Date.parse(value) : Number.NaN;
	return Number.isNaN(time) ? null : time;
}
