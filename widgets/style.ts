// Style sheet of the views, light and dark.
/// <reference lib="dom" />

/** The style sheet as text; every rule is below `.mr-view`. */
const STYLE = `
.mr-view { --mr-text: #24292f; --mr-muted: #656d76; --mr-line: #d8dde3; --mr-soft: #f5f7f9; --mr-bg: #fff;
	--mr-accent: #2f6fd6; --mr-ok: #1f8a4c; --mr-warn: #b3610e; --mr-danger: #cf3b3b; --mr-danger-soft: #fdeeee;
	box-sizing: border-box; width: 100%; min-width: 260px; color: var(--mr-text); background: var(--mr-bg);
	border: 1px solid var(--mr-line); border-radius: 8px; overflow: hidden; margin: 2px 0;
	font: 13px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", Arial, sans-serif; container-type: inline-size; }
.mr-view[data-theme="dark"] { --mr-text: #e3e6ea; --mr-muted: #9aa3ad; --mr-line: #3a4048; --mr-soft: #1d2126; --mr-bg: #14171a;
	--mr-accent: #6ca4f8; --mr-ok: #5cc98a; --mr-warn: #f0a35e; --mr-danger: #ff7b7b; --mr-danger-soft: #3a1d1f; color-scheme: dark; }
@keyframes mr-pulse { 50% { opacity: .35; } }
/* Nested, and the class twice: JupyterLab has rules of its own for tables and buttons in outputs. */
.mr-view.mr-view {
	*, *::before { box-sizing: border-box; }
	.mr-head { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 16px; padding: 8px 12px; background: var(--mr-soft); border-bottom: 1px solid var(--mr-line); }
	.mr-name { display: flex; align-items: baseline; gap: 8px; min-width: 0; flex: 1 1 170px; }
	.mr-title { font-weight: 600; flex: 0 1 auto; max-width: 260px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
	.mr-app { color: var(--mr-muted); font-size: 12px; flex: 0 1000 auto; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
	.mr-facts { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 0; }
	.mr-fact { display: grid; grid-template-columns: auto auto; column-gap: 8px; align-items: end; min-width: 62px; }
	.mr-label { grid-column: 1 / -1; color: var(--mr-muted); font-size: 10.5px; line-height: 1.2; font-weight: 400; }
	.mr-value { margin: 0; font-weight: 600; font-variant-numeric: tabular-nums; white-space: nowrap; line-height: 1.35; min-width: 4.6ch; }
	.mr-spark { width: 46px; height: 16px; overflow: visible; }
	.mr-spark polyline { fill: none; stroke: var(--mr-accent); stroke-width: 1.4; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
	.mr-spark-limit { stroke: var(--mr-danger); stroke-width: 1; stroke-dasharray: 3 2; vector-effect: non-scaling-stroke; }
	.mr-state { display: inline-flex; align-items: center; gap: 6px; font-size: 12px; white-space: nowrap; color: var(--mr-muted); min-width: 84px; }
	.mr-state::before { content: ""; width: 8px; height: 8px; border-radius: 50%; background: var(--mr-muted); flex: none; }
	.mr-state[data-tone="ok"] { color: var(--mr-ok); } .mr-state[data-tone="ok"]::before { background: var(--mr-ok); animation: mr-pulse 2s ease-in-out infinite; }
	.mr-state[data-tone="warn"] { color: var(--mr-warn); } .mr-state[data-tone="warn"]::before { background: var(--mr-warn); }
	.mr-state[data-tone="danger"] { color: var(--mr-danger); } .mr-state[data-tone="danger"]::before { background: var(--mr-danger); }
	@media (prefers-reduced-motion: reduce) { .mr-state::before { animation: none !important; } }
	.mr-stop { font: inherit; font-size: 12px; padding: 2px 12px; border-radius: 6px; border: 1px solid var(--mr-line); background: var(--mr-bg); color: var(--mr-text); cursor: pointer; min-width: 76px; }
	.mr-stop:hover:enabled { border-color: var(--mr-danger); color: var(--mr-danger); }
	.mr-stop:disabled { color: var(--mr-muted); cursor: default; opacity: .6; }
	:focus-visible { outline: 2px solid var(--mr-accent); outline-offset: 1px; }
	.mr-problem { padding: 6px 12px; background: var(--mr-danger-soft); color: var(--mr-text); border-bottom: 1px solid var(--mr-line); border-left: 3px solid var(--mr-danger);
		white-space: pre-wrap; overflow-wrap: anywhere; font-size: 12px; max-height: 9em; overflow: auto; }
	.mr-tabs { display: flex; gap: 2px; padding: 0 8px; border-bottom: 1px solid var(--mr-line); }
	.mr-tab { font: inherit; font-size: 12px; padding: 5px 10px; border: 0; border-bottom: 2px solid transparent; background: none; color: var(--mr-muted); cursor: pointer; margin-bottom: -1px; }
	.mr-tab:hover { color: var(--mr-text); }
	.mr-tab[aria-selected="true"] { color: var(--mr-text); border-bottom-color: var(--mr-accent); font-weight: 600; }
	.mr-panel { padding: 8px 12px 10px; min-height: 120px; }
	.mr-panel[hidden] { display: none; }
	.mr-data { display: grid; grid-template-columns: minmax(0, 3fr) minmax(180px, 2fr); gap: 8px 20px; align-items: start; }
	.mr-data[data-only="table"] { grid-template-columns: minmax(0, 1fr); } .mr-data[data-only="table"] .mr-chartbox { display: none; }
	.mr-data[data-only="chart"] { grid-template-columns: minmax(0, 1fr); } .mr-data[data-only="chart"] .mr-tablebox { display: none; }
	@container (max-width: 560px) { .mr-data { grid-template-columns: minmax(0, 1fr); } }
	.mr-caption { color: var(--mr-muted); font-size: 11.5px; margin: 0 0 2px; }
	.mr-chart { width: 100%; min-height: 60px; } .mr-chart .vega-embed, .mr-chart.vega-embed { width: 100%; padding: 0; display: block; } .mr-chart svg { display: block; max-width: 100%; }
	.mr-dag { overflow-x: auto; } .mr-dag.vega-embed { padding: 0; display: block; } .mr-dag svg { display: block; max-width: none; margin: 0 auto; }
	.mr-scroll { overflow: auto; }
	.mr-table { border-collapse: collapse; width: 100%; font-size: 12px; margin: 0; border: 0; color: inherit; table-layout: auto; }
	.mr-table th { position: sticky; top: 0; background: var(--mr-bg); color: var(--mr-muted); font-weight: 500; text-align: left; padding: 2px 10px; box-shadow: inset 0 -1px var(--mr-line); white-space: nowrap; z-index: 1; }
	.mr-table td { padding: 1.5px 10px; text-align: left; max-width: 260px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; border: 0; }
	.mr-table tbody tr:nth-child(even) { background: var(--mr-soft); }
	.mr-table .mr-num { text-align: right; font-variant-numeric: tabular-nums; }
	.mr-table td[data-tone="danger"] { color: var(--mr-danger); font-weight: 600; } .mr-table td[data-tone="muted"] { color: var(--mr-muted); }
	.mr-note, .mr-empty { color: var(--mr-muted); font-size: 11.5px; padding: 2px 10px; } .mr-note:empty { display: none; } .mr-empty { padding: 12px 0; font-size: 12.5px; }
	.mr-legend { display: flex; flex-wrap: wrap; gap: 4px 16px; color: var(--mr-muted); font-size: 11.5px; margin: 6px 0 0; }
	.mr-legend span::before { content: ""; display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin-right: 5px; vertical-align: -1px; border: 1.25px solid; }
	.mr-legend [data-role="source"]::before { border-color: #3f9a68; background: #3f9a6833; } .mr-legend [data-role="step"]::before { border-color: #5b8ddb; background: #5b8ddb33; }
	.mr-legend [data-role="output"]::before { border-color: #d9822b; background: #d9822b33; } .mr-legend [data-role="stage"]::before { border: 0; border-left: 2px dashed var(--mr-danger); border-radius: 0; width: 3px; }
}
`;

const ID = "millrace-view-style";

/** Puts the style sheet into the page, once. */
export function ensureStyle(): void {
	let style = document.getElementById(ID);
	if (style === null) {
		style = document.createElement("style");
		style.id = ID;
		document.head.append(style);
	}
	if (style.textContent !== STYLE) style.textContent = STYLE;
}
