// Vega-Lite specification of the metrics strip: records and delays over the last batches.
import type { ViewSnapshot } from "./model.ts";
import type { ChartDatum, VegaLiteSpec } from "./spec.ts";
import { SHORT } from "./spec.ts";
import type { ThemeName } from "./theme.ts";
import { THEMES, themeConfig } from "./theme.ts";

/** Name of the data set of the metrics strip: one row per batch. */
export const METRICS_NAME = "batches";

/** Returns the rows of the metrics strip: the ended batches. */
export function metricsRows(snapshot: ViewSnapshot): readonly ChartDatum[] {
	return snapshot.batches
		.filter((batch) => batch.status === "done" || batch.status === "failed")
		.map((batch) => ({ n: batch.number, r: batch.records, p: batch.processing, d: batch.total, s: batch.status }));
}

/**
 * Returns the specification of the metrics strip: records on top, processing time and total delay below them,
 * with a line at the batch interval, beyond which the stream falls behind.
 */
export function metricsSpec(snapshot: ViewSnapshot, theme: ThemeName, width = 460): VegaLiteSpec {
	const colors = THEMES[theme];
	const x = (title: string | null) => ({
		field: "n",
		type: "quantitative",
		scale: { zero: false, nice: false, padding: 4 },
		axis: { title, grid: false, tickMinStep: 1, format: "d", tickCount: 8, labels: title !== null },
	});
	const tooltip = [
		{ field: "n", type: "quantitative", title: "batch" },
		{ field: "r", type: "quantitative", title: "records", format: "," },
		{ field: "p", type: "quantitative", title: "processing ms", format: ",.1~f" },
		{ field: "d", type: "quantitative", title: "total delay ms", format: ",.1~f" },
		{ field: "s", type: "nominal", title: "status" },
	];
	return {
		data: { name: METRICS_NAME },
		config: themeConfig(colors),
		spacing: 48,
		resolve: { scale: { color: "independent" }, legend: { color: "independent" } },
		// Both rows share their left edge: axis space of fixed width.
		bounds: "flush",
		padding: { left: 56, right: 12, top: 2, bottom: 2 },
		vconcat: [
			{
				width: width - 68,
				height: 64,
				title: { text: "records", fontSize: 11, fontWeight: 500, color: colors.muted, offset: 6 },
				mark: { type: "bar", width: Math.max(1, Math.min(10, (width - 68) / 120 - 1)) },
				encoding: {
					x: x(null),
					y: { field: "r", type: "quantitative", axis: { title: null, tickCount: 3, ...SHORT } },
					color: { condition: { test: "datum.s === 'failed'", value: colors.danger }, value: colors.accent },
					tooltip,
				},
			},
			{
				width: width - 68,
				height: 80,
				title: { text: "delay in ms", fontSize: 11, fontWeight: 500, color: colors.muted, offset: 6 },
				layer: [
					{
						data: { values: [{ ms: snapshot.batchMs }] },
						mark: {
							type: "rule",
							color: colors.muted,
							strokeDash: [4, 3],
							tooltip: `batch interval ${snapshot.batchMs} ms`,
						},
						encoding: { y: { field: "ms", type: "quantitative" } },
					},
					...[
						{ field: "d", name: "total delay", color: colors.second },
						{ field: "p", name: "processing", color: colors.accent },
					].map(({ field, name, color }) => ({
						mark: {
							type: "line",
							strokeWidth: 1.75,
							point: theme === "static" ? false : { size: 14, filled: true, color },
							color,
						},
						encoding: {
							x: x("batch"),
							y: { field, type: "quantitative", axis: { title: null, tickCount: 4, ...SHORT } },
							color: { datum: name },
							tooltip,
						},
					})),
				],
				encoding: {
					color: {
						type: "nominal",
						scale: { domain: ["processing", "total delay"], range: [colors.accent, colors.second] },
						legend: {
							title: null,
							orient: "none",
							direction: "horizontal",
							legendX: 90,
							legendY: -19,
							symbolType: "stroke",
							symbolStrokeWidth: 2,
						},
					},
				},
			},
		],
	};
}
