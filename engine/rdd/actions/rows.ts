// The action behind live views: a bounded table of plain cells per partition, and the number of all elements.
import type { ActionOperator } from "../../plan/operators.ts";
import type { ViewRows } from "../../plan/rows.ts";

type Cell = string | number | boolean | null;
type ColumnType = ViewRows["columns"][number]["type"];

const TEXT_LIMIT = 200;

function cell(value: unknown): Cell {
	if (value === null || value === undefined) return null;
	switch (typeof value) {
		case "number":
			return Number.isFinite(value) ? value : String(value);
		case "boolean":
			return value;
		case "string":
			return value.length > TEXT_LIMIT ? `${value.slice(0, TEXT_LIMIT)}…` : value;
		case "object": {
			if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
			let text: string;
			try {
				text =
					JSON.stringify(value, (_key, inner) => (typeof inner === "bigint" ? `${inner}n` : inner)) ?? String(value);
			} catch {
				text = String(value);
			}
			return cell(text);
		}
		default:
			return String(value);
	}
}

function typeOf(value: unknown): ColumnType | undefined {
	if (value === null || value === undefined) return undefined;
	if (value instanceof Date) return "date";
	const type = typeof value;
	return type === "number" || type === "string" || type === "boolean" ? type : "json";
}

function isPlain(value: unknown): value is { [name: string]: unknown } {
	if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
	const proto = Object.getPrototypeOf(value);
	return proto === null || proto === Object.prototype;
}

/** Rows of one partition with what is needed to merge partitions. */
export interface PartRows {
	readonly kind: "pair" | "tuple" | "object" | "value";
	readonly names: readonly string[];
	readonly types: readonly (ColumnType | null)[];
	readonly rows: readonly (readonly Cell[])[];
	readonly total: number;
}

function tabulate(items: readonly unknown[], total: number): PartRows {
	const first = items[0];
	const width = Array.isArray(first) ? first.length : 0;
	const tuple = width > 0 && width <= 12 && items.every((item) => Array.isArray(item) && item.length === width);
	let names: string[];
	let kind: PartRows["kind"];
	let pick: (item: unknown) => unknown[];
	if (tuple) {
		kind = width === 2 ? "pair" : "tuple";
		names = width === 2 ? ["key", "value"] : Array.from({ length: width }, (_, i) => `_${i + 1}`);
		pick = (item) => item as unknown[];
	} else if (items.length > 0 && items.every(isPlain)) {
		kind = "object";
		names = [...new Set(items.flatMap((item) => Object.keys(item as object)))].slice(0, 30);
		pick = (item) => names.map((name) => (item as { [name: string]: unknown })[name]);
	} else {
		kind = "value";
		names = ["value"];
		pick = (item) => [item];
	}
	const types: (ColumnType | null)[] = names.map(() => null);
	const rows = items.map((item) =>
		pick(item).map((value, column) => {
			const type = typeOf(value);
			if (type !== undefined) types[column] = types[column] === null || types[column] === type ? type : "json";
			return cell(value);
		}),
	);
	return { kind, names, types, rows, total };
}

const numericPair = (item: unknown): item is [unknown, number] =>
	Array.isArray(item) && item.length === 2 && typeof item[1] === "number";

export const rows: ActionOperator = {
	action: "rows",
	begin({ params }) {
		const limit = params.limit as number;
		let kept: unknown[] = [];
		let total = 0;
		let ranked = true;
		const rank = () => {
			// Of many counted keys the largest are worth a look; of anything else the first.
			if (ranked) kept.sort((a, b) => (b as [unknown, number])[1] - (a as [unknown, number])[1]);
			kept = kept.slice(0, limit);
		};
		const each = (element: unknown) => {
			total++;
			if (ranked && !numericPair(element)) ranked = false;
			if (!ranked && kept.length >= limit) return;
			kept.push(element);
			if (kept.length >= limit * 8) rank();
		};
		const finish = () => {
			if (kept.length > limit) rank();
			return [tabulate(kept, total)];
		};
		return { sink: { shape: "each", each }, finish };
	},
};

/** Returns the rows of all partitions as one bounded table; the largest values first when not all fit. */
export function mergeRows(parts: readonly PartRows[], limit: number): ViewRows {
	const total = parts.reduce((sum, part) => sum + part.total, 0);
	const filled = parts.filter((part) => part.rows.length > 0);
	const names = [...new Set(filled.flatMap((part) => part.names))];
	const same = filled.every((part) => part.kind === filled[0].kind);
	const columns = (filled.length === 0 ? ["value"] : same ? names : ["value"]).map((name) => {
		const types = new Set(
			filled.flatMap((part) => part.types.filter((type, i) => part.names[i] === name && type !== null)),
		);
		return {
			name,
			type:
				types.size === 1 ? ([...types][0] as ColumnType) : types.size === 0 ? ("string" as const) : ("json" as const),
		};
	});
	let merged = filled.flatMap((part) =>
		same
			? part.rows.map((row) => columns.map(({ name }) => row[part.names.indexOf(name)] ?? null))
			: part.rows.map((row) => [row.length === 1 ? row[0] : JSON.stringify(row)]),
	);
	if (merged.length > limit) {
		if (same && filled[0].kind === "pair" && columns[1]?.type === "number") {
			merged.sort((a, b) => (b[1] as number) - (a[1] as number));
		}
		merged = merged.slice(0, limit);
	}
	return { columns, rows: merged, total };
}
