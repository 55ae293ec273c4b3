// Building blocks of the page: elements from plain values. Text is set as text, never parsed.
/// <reference lib="dom" />

type Attributes = { readonly [name: string]: string | number | boolean };

/** Returns a new element. Attributes that are false are left out, children that are strings become text. */
export function element<K extends keyof HTMLElementTagNameMap>(
	tag: K,
	attributes: Attributes = {},
	...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
	const made = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes)) {
		if (value !== false) made.setAttribute(name, value === true ? "" : String(value));
	}
	made.append(...children);
	return made;
}

/** Sets the text of an element, touching the page only where it differs. */
export function setText(target: Element, text: string): void {
	if (target.textContent !== text) target.textContent = text;
}

const SVG = "http://www.w3.org/2000/svg";

/** A small line of values, without axes: how a number came to be what it is. */
export class Sparkline {
	readonly element: SVGSVGElement;
	readonly #line: SVGPolylineElement;
	readonly #limit: SVGLineElement;

	constructor() {
		this.element = document.createElementNS(SVG, "svg");
		this.element.setAttribute("viewBox", "0 0 60 16");
		this.element.setAttribute("class", "mr-spark");
		this.element.setAttribute("preserveAspectRatio", "none");
		this.element.setAttribute("aria-hidden", "true");
		this.#limit = document.createElementNS(SVG, "line");
		this.#limit.setAttribute("class", "mr-spark-limit");
		this.#line = document.createElementNS(SVG, "polyline");
		this.element.append(this.#limit, this.#line);
	}

	/** Draws the values; `limit` is a level worth knowing, drawn where the values come near it. */
	show(values: readonly number[], limit?: number): void {
		const top = Math.max(1e-9, ...values) * 1.05;
		const step = values.length > 1 ? 60 / (values.length - 1) : 0;
		const points = values.map((value, index) => `${(index * step).toFixed(1)},${(15 - (value / top) * 13).toFixed(1)}`);
		this.#line.setAttribute("points", values.length < 2 ? "" : points.join(" "));
		const near = limit !== undefined && limit <= top && values.length > 1;
		this.#limit.style.display = near ? "" : "none";
		if (!near) return;
		const y = (15 - (limit / top) * 13).toFixed(1);
		for (const [name, value] of [
			["x1", "0"],
			["x2", "60"],
			["y1", y],
			["y2", y],
		])
			this.#limit.setAttribute(name, value);
	}
}
