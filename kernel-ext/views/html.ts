// The self-contained HTML form of a view: header, chart as inline SVG, table. Text from data is always escaped.
import { cellText, failedText, formatMs, formatNumber, problemOf, stateText } from "../../engine/views/format.ts";
import type { SnapshotRows, ViewSnapshot } from "../../engine/views/model.ts";
import { newestEnded } from "../../engine/views/model.ts";
import { chartOf } from "../../engine/views/spec.ts";
import type { Pictures } from "./pictures.ts";

const MAX_HTML_ROWS = 50;

const FONT = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif";
const TEXT = "color:var(--jp-content-font-color1,inherit)";
const MUTED = "color:#7b828b";
const LINE = "1px solid rgba(128,134,142,.3)";

/**
 * Returns one `<div>` that needs no script, style sheet or network. Styles stand at the elements, because hosts
 * remove `<style>` from stored output; colours suit light and dark pages.
 */
export function viewHtml(snapshot: ViewSnapshot, pictures: Pictures): string {
	const chart = chartOf(snapshot);
	const parts: string[] = [header(snapshot)];
	const problem = problemOf(snapshot);
	if (problem !== undefined) {
		parts.push(
			`<div role="alert" style="margin:6px 0;padding:4px 8px;border-left:3px solid #dc5050;white-space:pre-wrap;overflow-wrap:anywhere">${escapeHtml(problem)}</div>`,
		);
	}
	const panels: string[] = [];
	if (pictures.chart !== undefined && chart !== undefined) {
		panels.push(figure(pictures.chart, `${snapshot.title}: ${chart.caption}`, chart.caption));
	}
	if (snapshot.rows !== null && snapshot.kind !== "dag") panels.push(table(snapshot.rows));
	if (panels.length > 0)
		parts.push(
			`<div style="display:flex;flex-wrap:wrap;gap:12px 28px;align-items:flex-start">${panels.join("")}</div>`,
		);
	if (pictures.metrics !== undefined)
		parts.push(fold("Batches", figure(pictures.metrics, "Records, processing time and total delay per batch"), false));
	if (pictures.dag !== undefined) {
		parts.push(
			fold("Plan", figure(pictures.dag, `Plan of ${snapshot.title}`), snapshot.kind === "dag" || panels.length === 0),
		);
	}
	return `<div class="millrace-view" style="${FONT};font-size:13px;line-height:1.45;${TEXT}">${parts.join("")}</div>`;
}

/** Returns `text` so that HTML shows it as it is, in element content and in quoted attributes. */
export function escapeHtml(text: string): string {
	const plain = text.replace(/[&<>"'`]/g, (sign) => `&#${sign.charCodeAt(0)};`);
	// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are not allowed in HTML, data may hold them
	return plain.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, "\ufffd");
}

function header(snapshot: ViewSnapshot): string {
	const batch = newestEnded(snapshot);
	const facts: [string, string][] = [["Batch", batch === undefined ? "–" : formatNumber(batch.number)]];
	if (batch !== undefined) facts.push(["Records", formatNumber(batch.records)]);
	if (batch?.processing != null) facts.push(["Processing", formatMs(batch.processing)]);
	if (batch?.total != null) facts.push(["Total delay", formatMs(batch.total)]);
	if (snapshot.failed > 0) facts.push(["Failed", failedText(snapshot)]);
	const tiles = facts.map(
		([name, value]) =>
			`<span style="white-space:nowrap"><span style="${MUTED}">${name}</span> <b style="font-variant-numeric:tabular-nums">${escapeHtml(value)}</b></span>`,
	);
	return (
		`<div style="display:flex;flex-wrap:wrap;gap:2px 18px;align-items:baseline;padding:2px 0 6px;margin-bottom:6px;border-bottom:${LINE}">` +
		`<b>${escapeHtml(snapshot.title)}</b><span style="${MUTED}">${escapeHtml(stateText(snapshot))}</span>${tiles.join("")}</div>`
	);
}

// JupyterLab takes the tags of an SVG out of notebooks it does not trust and leaves the texts between them, run together:
// at font size 0 they are gone, while those inside an SVG have sizes of their own. The same cleaning takes the
// <template> from around the picture, which elsewhere is never shown.
function figure(svg: string, label: string, caption?: string): string {
	const named = svg.replace(
		/^<svg /,
		`<svg role="img" aria-label="${escapeHtml(label)}" style="max-width:100%;height:auto" `,
	);
	const text =
		caption === undefined ? "" : `<figcaption style="${MUTED};font-size:12px">${escapeHtml(caption)}</figcaption>`;
	const data = Buffer.from(svg).toString("base64");
	const untrusted = `<template><img alt="${escapeHtml(label)}" src="data:image/svg+xml;base64,${data}"></template>`;
	return `<figure style="margin:0">${text}<div style="font-size:0">${named}</div>${untrusted}</figure>`;
}

function fold(title: string, content: string, open: boolean): string {
	return `<details${open ? " open" : ""} style="margin-top:6px"><summary style="cursor:pointer;${MUTED}">${title}</summary>${content}</details>`;
}

function table(data: SnapshotRows): string {
	if (data.rows.length === 0) return `<div style="${MUTED}">Batch ${formatNumber(data.batch)} has no records.</div>`;
	const align = data.columns.map((column) => (column.type === "number" ? "right" : "left"));
	const cell = (tag: "td" | "th", text: string, index: number) =>
		`<${tag} style="text-align:${align[index]};padding:2px 10px;max-width:340px;overflow-wrap:anywhere;border-bottom:${LINE};font-variant-numeric:tabular-nums;${tag === "th" ? `${MUTED};font-weight:500` : "font-weight:400"}">${escapeHtml(text)}</${tag}>`;
	const shown = data.rows.slice(0, MAX_HTML_ROWS);
	const head = `<tr>${data.columns.map((column, index) => cell("th", column.name, index)).join("")}</tr>`;
	const body = shown
		.map(
			(row) =>
				`<tr style="background:none">${row.map((value, index) => cell("td", cellText(value), index)).join("")}</tr>`,
		)
		.join("");
	const more =
		data.total > shown.length
			? `<div style="${MUTED};font-size:12px;padding:2px 10px">${formatNumber(shown.length)} of ${formatNumber(data.total)} records</div>`
			: "";
	return `<div><table style="border-collapse:collapse;margin:0;border:0;font-size:12px"><thead>${head}</thead><tbody>${body}</tbody></table>${more}</div>`;
}
