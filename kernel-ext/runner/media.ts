// Values that are pictures: encoded images, SVG, Vega and Vega-Lite charts, elements of a document.
import type { MimeData } from "./display.ts";

/** Larger images are named only: every front end would keep them as text. */
const MOST_BYTES = 32 * 1024 * 1024;
const SVG = /^\s*(?:<\?xml[^>]*\?>\s*)?(?:<!DOCTYPE[^>]*>\s*)?<svg[\s>][\s\S]*<\/svg>\s*$/;
const SCHEMA = /\/schema\/(vega|vega-lite)\/v(\d+)(?:\.[\d.]+)?(?:\.json)?/;

/** Returns the MIME type of an encoded image by its first bytes. */
export function imageType(bytes: Uint8Array): string | undefined {
	const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 12)).toString("latin1");
	if (head.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
	if (head.startsWith("\xff\xd8\xff")) return "image/jpeg";
	if (head.startsWith("GIF87a") || head.startsWith("GIF89a")) return "image/gif";
	if (head.startsWith("RIFF") && head.slice(8) === "WEBP") return "image/webp";
	return undefined;
}

/** Returns the bundle of an encoded image; undefined for other bytes. */
export function imageBundle(bytes: Uint8Array): MimeData | undefined {
	const type = imageType(bytes);
	if (type === undefined) return undefined;
	const text = `<${type.slice(6).toUpperCase()} image, ${bytes.byteLength} bytes>`;
	if (bytes.byteLength > MOST_BYTES) return { "text/plain": `${text}: too large to be shown` };
	const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
	return { [type]: data, "text/plain": text };
}

/** True for the text of an SVG document. */
export function isSvg(text: string): boolean {
	return text.length <= MOST_BYTES && SVG.test(text);
}

/** Returns the bundle of a chart: a specification with a `$schema`, or a builder that makes one. */
export function chartBundle(value: object): MimeData | undefined {
	const spec = specOf(value);
	const schema = spec && SCHEMA.exec(spec.$schema);
	if (!spec || !schema) return undefined;
	const lite = schema[1] === "vega-lite";
	// Front ends draw Vega 5, and Vega-Lite 3 to 5; a newer specification is close enough to the newest of them.
	const version = lite ? Math.min(5, Math.max(3, Number(schema[2]))) : 5;
	const { mark } = spec as { mark?: unknown };
	const kind = typeof mark === "string" ? mark : (mark as { type?: unknown } | undefined)?.type;
	const what = typeof kind === "string" ? ` (${kind})` : "";
	return {
		[`application/vnd.${lite ? "vegalite" : "vega"}.v${version}+json`]: JSON.parse(JSON.stringify(spec)),
		"text/plain": `<${lite ? "Vega-Lite" : "Vega"} chart${what}>`,
	};
}

type Spec = { readonly $schema: string };

function specOf(value: object): Spec | undefined {
	if (isSpec(value)) return value;
	for (const name of ["toSpec", "toObject", "toJSON"]) {
		const method: unknown = (value as { [name: string]: unknown })[name];
		if (typeof method !== "function" || value instanceof Date || value instanceof URL) continue;
		try {
			let made: unknown = method.call(value);
			if (typeof made === "string" && made.startsWith("{") && made.includes("$schema")) made = JSON.parse(made);
			if (isSpec(made)) return made;
		} catch {
			// No builder of charts.
		}
	}
	return undefined;
}

function isSpec(value: unknown): value is Spec {
	if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
	const { $schema } = value as { $schema?: unknown };
	return typeof $schema === "string" && SCHEMA.test($schema);
}

/** Returns the bundle of an element of a document (jsdom, linkedom and others). */
export function elementBundle(value: object): MimeData | undefined {
	const { nodeType, outerHTML } = value as { nodeType?: unknown; outerHTML?: unknown };
	if (nodeType !== 1 || typeof outerHTML !== "string") return undefined;
	return { [isSvg(outerHTML) ? "image/svg+xml" : "text/html"]: outerHTML, "text/plain": outerHTML.slice(0, 200) };
}

/** Returns the bundle of a canvas, by its data URL. */
export function canvasBundle(value: object): MimeData | undefined {
	const { toDataURL } = value as { toDataURL?: unknown };
	if (typeof toDataURL !== "function") return undefined;
	const url: unknown = toDataURL.call(value);
	const match = typeof url === "string" ? /^data:(image\/(?:png|jpeg|webp));base64,([\w+/=]+)$/.exec(url) : null;
	return match ? { [match[1]]: match[2], "text/plain": `<${match[1].slice(6).toUpperCase()} image>` } : undefined;
}
