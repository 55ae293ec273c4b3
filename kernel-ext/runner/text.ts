// Values as text: like console.log, without colours, and bounded whatever the value is.
import { inspect, stripVTControlCharacters, types } from "node:util";
import { CellTexts, showError } from "../errors.ts";

/** Elements of an array, a Map or a Set that are shown. */
const ITEMS = 100;
/** Values that are shown in one text, all levels together. */
const VALUES = 5_000;
/** Characters of one string, and of the whole text. */
const STRING = 10_000;
const TEXT = 200_000;

/** Returns the text that stands for a value. Objects with very many parts are shown less deep. */
export function textOf(value: unknown): string {
	try {
		if (types.isNativeError(value)) return cut(errorText(value));
		const depth = [4, 2, 1, 0].find((each) => countParts(value, each, VALUES) < VALUES);
		const text = depth === undefined ? firstProperties(value as object) : show(value, depth);
		return cut(text);
	} catch (error) {
		// A getter or an inspect method of the user's: the cell itself has worked.
		return `[a value that cannot be shown: ${(error as Error)?.message ?? error}]`;
	}
}

function show(value: unknown, depth: number): string {
	const text = inspect(value, {
		depth,
		colors: false,
		maxArrayLength: ITEMS,
		maxStringLength: STRING,
		breakLength: 100,
	});
	return stripVTControlCharacters(text);
}

function cut(text: string): string {
	return text.length <= TEXT ? text : `${text.slice(0, TEXT)}\n… ${text.length - TEXT} more characters`;
}

/** Returns how many values a text of `depth` levels would show, at most `most`. */
function countParts(value: unknown, depth: number, most: number): number {
	if (typeof value === "string") return 1 + Math.min(value.length, STRING) / 50;
	if (typeof value !== "object" || value === null || types.isProxy(value) || ArrayBuffer.isView(value)) return 1;
	if (depth < 0 || value instanceof Date) return 1;
	let count = 1;
	for (const part of partsOf(value)) {
		count += countParts(part, depth - 1, most - count);
		if (count >= most) return most;
	}
	return count;
}

function* partsOf(value: object): Iterable<unknown> {
	if (Array.isArray(value)) {
		yield* value.slice(0, ITEMS);
		return;
	}
	if (types.isMap(value) || types.isSet(value)) {
		let shown = 0;
		for (const part of value instanceof Map ? Map.prototype.entries.call(value) : Set.prototype.values.call(value)) {
			if (shown++ >= ITEMS) return;
			yield part;
		}
	}
	for (const key in value) {
		// Reading an accessor would run user code.
		const property = Object.getOwnPropertyDescriptor(value, key);
		if (property) yield property.value;
	}
}

/** For objects used as large tables: inspect shows all properties there are. */
function firstProperties(value: object): string {
	const keys = Object.keys(value);
	if (keys.length <= ITEMS) return show(value, 0);
	const part: object = Object.create(Object.getPrototypeOf(value));
	for (const key of keys.slice(0, ITEMS))
		Object.defineProperty(part, key, Object.getOwnPropertyDescriptor(value, key) ?? { value: undefined });
	return show(part, 0).replace(/\s*\}$/, `,\n  ... ${keys.length - ITEMS} more properties\n}`);
}

/** An error as its cell would show it, without the code, and with the fields that libraries put on it. */
function errorText(error: Error): string {
	const lines = [...showError(error, new CellTexts()).traceback];
	const fields = Object.entries(error).filter(
		([name]) => !["cause", "errors", "stack", "message", "name"].includes(name),
	);
	if (fields.length > 0) lines.push(show(Object.fromEntries(fields), 2));
	return stripVTControlCharacters(lines.join("\n"));
}
