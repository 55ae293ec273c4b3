// The plain-text form of a view, for consoles and everything that shows no HTML.
import { cellText, formatNumber, problemOf, summary } from "../../engine/views/format.ts";
import type { ViewSnapshot } from "../../engine/views/model.ts";

const MAX_LINES = 20;
const MAX_WIDTH = 40;

/** Returns the view as aligned text: one line of state, then the newest rows. */
export function viewText(snapshot: ViewSnapshot): string {
	const lines = [summary(snapshot)];
	const problem = problemOf(snapshot);
	if (problem !== undefined) lines.push(problem);
	const { rows } = snapshot;
	if (rows !== null && rows.rows.length > 0) {
		const cells = [
			rows.columns.map((column) => column.name),
			...rows.rows.slice(0, MAX_LINES).map((row) => row.map(cellText)),
		].map((row) => row.map(oneLine));
		const widths = rows.columns.map((_, index) => Math.max(...cells.map((row) => (row[index] ?? "").length)));
		for (const [number, row] of cells.entries()) {
			lines.push(
				row
					.map((cell, index) =>
						rows.columns[index]?.type === "number" ? cell.padStart(widths[index]) : cell.padEnd(widths[index]),
					)
					.join("  ")
					.trimEnd(),
			);
			if (number === 0) lines.push(widths.map((width) => "-".repeat(width)).join("  "));
		}
		const more = rows.total - Math.min(rows.rows.length, MAX_LINES);
		if (more > 0) lines.push(`… ${formatNumber(more)} more`);
	}
	return lines.join("\n");
}

function oneLine(text: string): string {
	// biome-ignore lint/suspicious/noControlCharactersInRegex: data may hold escape sequences, a terminal must not run them
	const flat = text.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ");
	return flat.length > MAX_WIDTH ? `${flat.slice(0, MAX_WIDTH - 1)}…` : flat;
}
