// A table that changes in place: rows and cells are kept, only texts that differ are touched.
/// <reference lib="dom" />
import { element, setText } from "./dom.ts";

/** A column: its name and whether its values line up at the right. */
export interface TableColumn {
	readonly name: string;
	readonly numeric: boolean;
}

/** A cell: its text, and a class for its state. */
export type TableCell = string | { readonly text: string; readonly tone: string };

/** A scrolling table with a fixed head. */
export class DataTable {
	readonly element: HTMLElement;
	readonly #head: HTMLTableRowElement;
	readonly #body: HTMLTableSectionElement;
	readonly #note: HTMLElement;
	#columns = "";

	/** `maxHeight` in pixels: beyond it the rows scroll. */
	constructor(label: string, maxHeight = 396) {
		this.#head = element("tr");
		this.#body = element("tbody");
		this.#note = element("div", { class: "mr-note" });
		// The region scrolls, so the keyboard must reach it.
		const scroll = element(
			"div",
			{ class: "mr-scroll", tabindex: 0, role: "region", "aria-label": label },
			element("table", { class: "mr-table", "aria-label": label }, element("thead", {}, this.#head), this.#body),
		);
		scroll.style.maxHeight = `${maxHeight}px`;
		this.element = element("div", { class: "mr-tablebox" }, scroll, this.#note);
	}

	/** Shows the rows; `note` stands below the table. */
	show(columns: readonly TableColumn[], rows: readonly (readonly TableCell[])[], note: string): void {
		const key = JSON.stringify(columns);
		if (key !== this.#columns) {
			this.#columns = key;
			this.#head.replaceChildren(
				...columns.map((column) => element("th", { scope: "col", class: column.numeric ? "mr-num" : "" }, column.name)),
			);
			this.#body.replaceChildren();
		}
		while (this.#body.rows.length > rows.length) this.#body.deleteRow(-1);
		rows.forEach((row, index) => {
			let line = this.#body.rows[index];
			if (line === undefined) {
				line = this.#body.insertRow();
				for (const column of columns) line.append(element("td", { class: column.numeric ? "mr-num" : "" }));
			}
			row.forEach((cell, column) => {
				const target = line.cells[column];
				const text = typeof cell === "string" ? cell : cell.text;
				setText(target, text);
				const tone = typeof cell === "string" ? "" : cell.tone;
				if ((target.dataset.tone ?? "") !== tone) target.dataset.tone = tone;
				if (text.length > 24 && target.title !== text) target.title = text;
			});
		});
		setText(this.#note, note);
	}
}
