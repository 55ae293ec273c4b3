// Draws the pictures of a snapshot as SVG text with Vega, without a canvas or a DOM. Runs in the render thread.
import { loader, parse, View } from "vega";
import { expressionInterpreter } from "vega-interpreter";
import type { TopLevelSpec } from "vega-lite";
import { compile } from "vega-lite";
import { dagPicture } from "../../engine/views/dag-spec.ts";
import { METRICS_NAME, metricsRows, metricsSpec } from "../../engine/views/metrics-spec.ts";
import type { ViewSnapshot } from "../../engine/views/model.ts";
import type { VegaLiteSpec } from "../../engine/views/spec.ts";
import { chartOf, specWithData } from "../../engine/views/spec.ts";

/** Pictures of a snapshot, each a complete `<svg>` element; a part that has nothing to show is absent. */
export interface Pictures {
	readonly chart?: string;
	readonly metrics?: string;
	readonly dag?: string;
}

// A picture is made of the snapshot alone: nothing is ever loaded.
const closedLoader = loader();
closedLoader.load = (uri: string) => Promise.reject(new Error(`Views load nothing, so not ${uri}.`));
closedLoader.sanitize = (uri: string) => Promise.reject(new Error(`Views link nothing, so not ${uri}.`));

/** Resolves with a Vega-Lite specification drawn as `<svg>` text. */
export async function toSvg(spec: VegaLiteSpec): Promise<string> {
	const compiled = compile(spec as unknown as TopLevelSpec, { logger: silent() }).spec;
	const view = new View(parse(compiled, undefined, { ast: true }), {
		renderer: "none",
		expr: expressionInterpreter,
		loader: closedLoader,
	});
	try {
		await view.runAsync();
		return shorten(await view.toSVG());
	} finally {
		view.finalize();
	}
}

// Coordinates come with 16 digits: two are enough for a picture that is stored in a notebook.
function shorten(svg: string): string {
	return svg.replace(/ (?:d|transform|x2|y2|width|height|viewBox)="[^"]*"/g, (attribute) =>
		attribute.replace(/(\.\d\d)\d+/g, "$1"),
	);
}

let lastPlan: { key: string; svg: string } | undefined;

/** Resolves with all pictures of a snapshot. */
export async function draw(snapshot: ViewSnapshot): Promise<Pictures> {
	const chart = chartOf(snapshot);
	const batches = metricsRows(snapshot);
	const key = JSON.stringify(snapshot.plan);
	if (snapshot.plan.nodes.length > 0 && lastPlan?.key !== key)
		lastPlan = { key, svg: await toSvg(dagPicture(snapshot.plan, "static").spec) };
	return {
		...(chart === undefined ? {} : { chart: await toSvg(specWithData(chart, "static")) }),
		...(batches.length < 2
			? {}
			: {
					metrics: await toSvg({ ...metricsSpec(snapshot, "static"), data: { name: METRICS_NAME, values: batches } }),
				}),
		...(snapshot.plan.nodes.length === 0 ? {} : { dag: lastPlan?.svg }),
	};
}

// Vega-Lite warns about its own defaults on stderr, which in a kernel is the user's.
function silent() {
	const logger = { level: () => 0, error: () => logger, warn: () => logger, info: () => logger, debug: () => logger };
	return logger as never;
}
