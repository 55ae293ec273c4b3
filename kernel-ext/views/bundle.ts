// The MIME bundle of a view: the widget for live pages, and what stays readable without one.
import { METRICS_NAME, metricsRows, metricsSpec } from "../../engine/views/metrics-spec.ts";
import type { ViewSnapshot } from "../../engine/views/model.ts";
import type { VegaLiteSpec } from "../../engine/views/spec.ts";
import { chartOf, specWithData } from "../../engine/views/spec.ts";
import type { MimeBundle } from "../protocol/outputs.ts";
import { viewHtml } from "./html.ts";
import type { Pictures } from "./pictures.ts";
import { viewText } from "./text.ts";

/** MIME type under which JupyterLab and its kin show a widget; it beats all other types of a bundle. */
export const WIDGET_MIME = "application/vnd.jupyter.widget-view+json";
/** MIME type of the Vega-Lite form. */
export const VEGALITE_MIME = "application/vnd.vegalite.v5+json";

/** Returns the bundle; without `modelId` there is no widget in it and hosts show the HTML. */
export function viewBundle(snapshot: ViewSnapshot, pictures: Pictures, modelId?: string): MimeBundle {
	const svg = pictures.chart ?? pictures.metrics ?? pictures.dag;
	return {
		...(modelId === undefined ? {} : { [WIDGET_MIME]: { version_major: 2, version_minor: 1, model_id: modelId } }),
		[VEGALITE_MIME]: vegaLite(snapshot),
		...(svg === undefined ? {} : { "image/svg+xml": svg }),
		"text/html": viewHtml(snapshot, pictures),
		"text/plain": viewText(snapshot),
	};
}

function vegaLite(snapshot: ViewSnapshot): VegaLiteSpec {
	const chart = chartOf(snapshot);
	if (chart !== undefined) return specWithData(chart, "static");
	return {
		$schema: "https://vega.github.io/schema/vega-lite/v5.json",
		...metricsSpec(snapshot, "static"),
		data: { name: METRICS_NAME, values: metricsRows(snapshot) },
	};
}
