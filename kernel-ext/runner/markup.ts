// Text that is shown as what it means: the tags html, svg and md, which escape what is put into them.
import { JUPYTER_DISPLAY } from "./symbol.ts";

const ENTITIES: { readonly [character: string]: string } = {
	"&": "&amp;",
	"<": "&lt;",
	">": "&gt;",
	'"': "&quot;",
	"'": "&#39;",
};

/** Returns text as HTML shows it, inside an element and inside quotes. */
export function escapeHtml(text: string): string {
	return text.replace(/[&<>"']/g, (character) => ENTITIES[character]);
}

/** Returns text as Markdown shows it. */
function escapeMarkdown(text: string): string {
	return escapeHtml(text.replace(/[\\`*_{}[\]()#+!|~$-]/g, "\\$&"));
}

type MarkupType = "text/html" | "image/svg+xml" | "text/markdown";

/** What may stand in a language as it is. */
const NESTED: { readonly [type in MarkupType]: readonly MarkupType[] } = {
	"text/html": ["text/html", "image/svg+xml"],
	"image/svg+xml": ["image/svg+xml"],
	"text/markdown": ["text/markdown", "text/html", "image/svg+xml"],
};

/** Text of a language that notebooks show. */
export class Markup {
	readonly type: MarkupType;
	readonly text: string;

	constructor(type: MarkupType, text: string) {
		this.type = type;
		this.text = text;
	}

	toString(): string {
		return this.text;
	}

	[JUPYTER_DISPLAY](): { readonly [mime: string]: string } {
		return { [this.type]: this.text, "text/plain": this.text };
	}
}

/** A template tag; called with one string it takes the string as it is. */
export type MarkupTag = (strings: TemplateStringsArray | string, ...values: readonly unknown[]) => Markup;

function tag(type: MarkupType, escaped: (text: string) => string): MarkupTag {
	const part = (value: unknown): string => {
		if (value === undefined || value === null || value === false) return "";
		if (Array.isArray(value)) return value.map(part).join("");
		if (value instanceof Markup && NESTED[type].includes(value.type)) return value.text;
		return escaped(String(value));
	};
	return (strings, ...values) => {
		if (typeof strings === "string") return new Markup(type, strings);
		return new Markup(
			type,
			strings.map((text, index) => text + (index < values.length ? part(values[index]) : "")).join(""),
		);
	};
}

/** Returns HTML to display: html`<b>${name}</b>`. Values are escaped; nested html and arrays of it are kept. */
export const html: MarkupTag = tag("text/html", escapeHtml);
/** Like `html`, for an SVG picture. */
export const svg: MarkupTag = tag("image/svg+xml", escapeHtml);
/** Like `html`, for Markdown: values are shown as they are, whatever characters they have. */
export const md: MarkupTag = tag("text/markdown", escapeMarkdown);
