// Arrays of records and frames as HTML tables.
import { inspect, stripVTControlCharacters } from "node:util";
import type { MimeData } from "./display.ts";
import { escapeHtml } from "./markup.ts";
import { textOf } from "./text.ts";

/** Rows and columns that are shown. */
const ROWS = 100;
const COLUMNS = 50;
/** Characters of a cell that are shown. */
const CELL = 200;

interface Table {
	readonly columns: readonly string[];
	readonly rows: readonly (readonly unknown[])[];
	/** Rows that there are. */
	readonly count: number;
}

/** Returns the table of an array of records or of a frame; undefined for every other value. */
export function tableBundle(value: object): MimeData | undefined {
	const records = Array.isArray(value) ? recordsTable(value) : undefined;
	const table = records ?? (Array.isArray(value) ? undefined : frameTable(value));
	if (!table) return undefined;
	return { "text/html": htmlOf(table), "text/plain": records ? textOf(value) : frameText(value) };
}

/** Columns are all keys of the rows shown, sorted by name: records need not have the same ones. */
function recordsTable(value: readonly unknown[]): Table | undefined {
	const shown = value.slice(0, ROWS);
	if (shown.length === 0 || !shown.every(isRecord)) return undefined;
	const columns = [...new Set(shown.flatMap((record) => Object.keys(record)))].sort();
	if (columns.length === 0) return undefined;
	return { columns, rows: shown.map((record) => columns.map((name) => read(record, name))), count: value.length };
}

function isRecord(value: unknown): value is { readonly [name: string]: unknown } {
	if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
	const prototype: unknown = Object.getPrototypeOf(value);
	// Objects of other realms have another Object.prototype: it has none above it.
	return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function read(record: object, name: string): unknown {
	const property = Object.getOwnPropertyDescriptor(record, name);
	return property?.get ? undefined : property?.value;
}

/** By what they look like: frames as danfo has them (columns, values, shape) and tables as Arrow has them. */
function frameTable(value: object): Table | undefined {
	const { columns, values, shape, schema, numRows, get } = value as { [name: string]: unknown };
	if (isNames(columns) && Array.isArray(values) && Array.isArray(shape)) {
		const rows = values.slice(0, ROWS).map((row: unknown) => (Array.isArray(row) ? row : [row]));
		return rows.every((row) => row.length === columns.length) ? { columns, rows, count: values.length } : undefined;
	}
	const fields = (schema as { fields?: unknown } | null | undefined)?.fields;
	if (Array.isArray(fields) && typeof numRows === "number" && typeof get === "function") {
		const names = fields.map((field: { name?: unknown }) => String(field?.name));
		const rows = Array.from({ length: Math.min(ROWS, numRows) }, (_, index) => {
			const row = get.call(value, index) as { [name: string]: unknown } | null;
			return names.map((name) => row?.[name]);
		});
		return { columns: names, rows, count: numRows };
	}
	return undefined;
}

function isNames(value: unknown): value is string[] {
	return Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === "string");
}

function frameText(value: object): string {
	const own = (value as { toString: unknown }).toString;
	if (typeof own !== "function" || own === Object.prototype.toString) return textOf(value);
	const text: unknown = own.call(value);
	return typeof text === "string" && text.includes("\n")
		? stripVTControlCharacters(text).slice(0, 20_000)
		: textOf(value);
}

function htmlOf({ columns, rows, count }: Table): string {
	const names = columns.slice(0, COLUMNS);
	const head = names.map((name, index) => {
		const type = typeOf(rows.map((row) => row[index]));
		return `<th style="text-align:left">${escapeHtml(name)}<br><small style="font-weight:normal">${escapeHtml(type)}</small></th>`;
	});
	const body = rows.map((row, index) => {
		const cells = names.map((_, column) => cellOf(row[column]));
		return `<tr><th>${index}</th>${cells.join("")}</tr>`;
	});
	const notes = [
		rows.length < count ? `first ${rows.length} of ${count} rows` : `${count} row${count === 1 ? "" : "s"}`,
		...(names.length < columns.length ? [`first ${names.length} of ${columns.length} columns`] : []),
	];
	return [
		'<table class="millrace-records"><thead><tr><th></th>',
		...head,
		"</tr></thead><tbody>",
		...body,
		`</tbody></table><p><small>${notes.join(", ")}</small></p>`,
	].join("");
}

function cellOf(value: unknown): string {
	const align = typeof value === "number" || typeof value === "bigint" ? "right" : "left";
	return `<td style="text-align:${align}">${escapeHtml(cellText(value))}</td>`;
}

function cellText(value: unknown): string {
	if (value === undefined || value === null) return "";
	let text: string;
	if (typeof value === "string") text = value;
	else if (value instanceof Date) text = Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
	else if (typeof value === "object")
		text = inspect(value, {
			depth: 1,
			maxArrayLength: 10,
			maxStringLength: CELL,
			breakLength: Number.POSITIVE_INFINITY,
		});
	else text = String(value);
	return text.length > CELL ? `${text.slice(0, CELL)}…` : text;
}

/** Returns the types of the values of a column, without those that are missing. */
function typeOf(values: readonly unknown[]): string {
	const types = new Set<string>();
	for (const value of values) {
		if (value === undefined || value === null) continue;
		types.add(typeof value === "object" ? (value.constructor?.name ?? "object") : typeof value);
	}
	return [...types].sort().join(" | ");
}
