// Tabs with the keyboard behaviour that screen readers announce: arrows move, only the chosen one is in the tab order.
/// <reference lib="dom" />
import { element } from "./dom.ts";

let nextId = 1;

/** A row of tabs and their panels. */
export class Tabs {
	/** The row of tabs. */
	readonly bar: HTMLElement;
	readonly panels: readonly HTMLElement[];
	readonly #tabs: readonly HTMLButtonElement[];
	readonly #changed: () => void;
	#chosen = 0;

	constructor(names: readonly string[], label: string, changed: () => void) {
		this.#changed = changed;
		const id = `mr-tabs-${nextId++}`;
		this.#tabs = names.map((name, index) =>
			element(
				"button",
				{ class: "mr-tab", type: "button", role: "tab", id: `${id}-${index}`, "aria-controls": `${id}-p${index}` },
				name,
			),
		);
		this.panels = names.map((_, index) =>
			element("div", {
				class: "mr-panel",
				role: "tabpanel",
				id: `${id}-p${index}`,
				"aria-labelledby": `${id}-${index}`,
			}),
		);
		this.bar = element("div", { class: "mr-tabs", role: "tablist", "aria-label": label }, ...this.#tabs);
		this.#tabs.forEach((tab, index) => {
			tab.addEventListener("click", () => this.choose(index));
		});
		this.bar.addEventListener("keydown", (event) => {
			const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
			if (step === undefined) return;
			// JupyterLab's own keys move between cells.
			event.stopPropagation();
			event.preventDefault();
			this.choose((this.#chosen + step + names.length) % names.length);
			this.#tabs[this.#chosen].focus();
		});
		this.#mark();
	}

	get chosen(): number {
		return this.#chosen;
	}

	/** Shows the panel of that index. */
	choose(index: number): void {
		if (index === this.#chosen) return;
		this.#chosen = index;
		this.#mark();
		this.#changed();
	}

	#mark(): void {
		this.#tabs.forEach((tab, index) => {
			tab.setAttribute("aria-selected", String(index === this.#chosen));
			tab.tabIndex = index === this.#chosen ? 0 : -1;
			this.panels[index].hidden = index !== this.#chosen;
		});
	}
}
