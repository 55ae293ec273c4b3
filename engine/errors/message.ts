// Builds errors with the one form of text: step and cell, what was expected, what came, the way out.
import { type ErrorFields, errorTable, type StreamError, type StreamErrorCode } from "./errors.ts";

/** What `streamError` makes an error of. Everything but `message` and `cause` is kept in `fields`. */
export interface StreamErrorOptions extends ErrorFields {
	/** Text in place of, or before, "expected …, got …". */
	readonly message?: string;
	readonly cause?: unknown;
}

/**
 * Returns an error of the code's class with the text `<step> (cell [3], line 4): expected …, got …. <way out>`.
 * Parts that are not given are left out; without a way out the text ends after what came.
 */
export function streamError(code: StreamErrorCode, options: StreamErrorOptions): StreamError {
	const { message, cause, ...fields } = options;
	const withCause = "cause" in options && cause !== undefined ? { cause } : undefined;
	const error = new errorTable[code].class(errorText({ ...fields, message }), fields, withCause);
	if (typeof Error.captureStackTrace === "function") Error.captureStackTrace(error, streamError);
	return error;
}

/** Returns `cell [3], line 4`, `file.ts, line 4` or the empty string. */
export function positionText(at: Pick<ErrorFields, "cell" | "file" | "line">): string {
	const parts: string[] = [];
	if (at.cell !== undefined) parts.push(/^\d+$/.test(String(at.cell)) ? `cell [${at.cell}]` : `cell ${at.cell}`);
	else if (at.file !== undefined) parts.push(at.file);
	if (at.line !== undefined) parts.push(`line ${at.line}`);
	return parts.join(", ");
}

function errorText(o: ErrorFields & { readonly message?: string }): string {
	const position = positionText(o);
	let head = o.step ?? "";
	if (position) head = head ? `${head} (${position})` : position;
	const comparison: string[] = [];
	if (o.expected !== undefined) comparison.push(`expected ${o.expected}`);
	if (o.got !== undefined) comparison.push(`got ${o.got}`);
	const sentences = [o.message, comparison.join(", "), o.way].filter((s) => s !== undefined && s !== "") as string[];
	const text = sentences.map((s, i) => (i < sentences.length - 1 && !/[.!?:]$/.test(s) ? `${s}.` : s)).join(" ");
	return head && text ? `${head}: ${text}` : head || text;
}

/** Returns a short text for a value that came in place of the expected one, e.g. `string "abc"` or `an array of 3`. */
export function describeValue(value: unknown): string {
	switch (typeof value) {
		case "string":
			return `string ${JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)}`;
		case "number":
			return Object.is(value, -0) ? "-0" : String(value);
		case "bigint":
			return `${value}n`;
		case "boolean":
		case "undefined":
			return String(value);
		case "symbol":
			return `symbol ${value.description ?? ""}`.trim();
		case "function":
			return `function ${value.name || "(no name)"}`;
		default:
			return describeObject(value as object | null);
	}
}

function describeObject(value: object | null): string {
	if (value === null) return "null";
	try {
		if (Array.isArray(value)) return `an array of ${value.length}`;
		const proto = Object.getPrototypeOf(value);
		if (proto === null || proto === Object.prototype) {
			const keys = Object.keys(value);
			return `an object {${keys.slice(0, 5).join(", ")}${keys.length > 5 ? ", …" : ""}}`;
		}
		const name = proto.constructor?.name;
		return name ? `an instance of ${name}` : "an object";
	} catch {
		// Proxies and getters of users may throw.
		return "an object";
	}
}
