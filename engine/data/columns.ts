// Writes records as columns with an inferred schema: the one format of shuffle, state, journal and blocks.
//
//   byte 0 format version · bytes 1–3 "MRC" · u32 records · u32 words of schema · u32 reserved (0)
//   schema: u32 words, one column after the other, depth first (see `Kind`)
//   data:   the columns' chunks in the order of the schema, each beginning at a multiple of 8
//
// A column that fits no kind is written by v8.serialize, so every value comes back as structured clone would give it.
import { serialize } from "node:v8";
import { isLatin1 } from "./compact.ts";
import { countShared } from "./shared-memory.ts";

export const FORMAT_VERSION = 1;
export const HEADER_BYTES = 16;

/** What a column holds; the words that follow the kind in the schema stand behind it. */
export const Kind = {
	/** Nothing: no records. */
	empty: 0,
	undefined: 1,
	null: 2,
	/** chunk of f64 */
	float64: 3,
	/** chunk of i32; no -0 */
	int32: 4,
	/** chunk of u8 */
	boolean: 5,
	/** bytes per length (1, 2, 4) · segments · per segment: strings, 1 for latin1 or 2 for UTF-16, units; chunk of lengths, chunk per segment */
	string: 6,
	/** arrays of one length: that length · a column per place */
	tuple: 7,
	/** objects with one sequence of names: number of names · (names as a string column) · a column per name */
	object: 8,
	/** some null or undefined: number of others · column of the others; chunk of u8: 0 other, 1 null, 2 undefined */
	optional: 9,
	/** arrays of any length without holes: number of elements · column of elements; chunk of u32 lengths */
	list: 10,
	/** bytes; chunk of v8.serialize of the array of values */
	serialized: 11,
} as const;

/** Columns nested deeper are serialized; this also ends cyclic records. */
const MAX_DEPTH = 6;
const MAX_FIELDS = 200;
/** Far below V8's longest string. */
const SEGMENT_UNITS = 1 << 26;

/** One piece of data, and what it is copied into. */
type Chunk = ArrayBufferView | { readonly text: string; readonly latin1: boolean };

/** Collects schema and chunks; `finish` writes them into shared memory at once. */
export class ColumnWriter {
	readonly #schema: number[] = [];
	readonly #chunks: Chunk[] = [];

	/** Writes the values as a column of the kind that fits. */
	column(values: readonly unknown[] | Float64Array, depth = 0): void {
		if (values instanceof Float64Array) {
			this.#numbers(values);
			return;
		}
		const n = values.length;
		if (n === 0) {
			this.#schema.push(Kind.empty);
			return;
		}
		const done = depth <= MAX_DEPTH && this.#tryKind(values, depth);
		if (!done) this.#serialized(values);
	}

	/** Writes a column of pairs from the column of keys and the column of values. */
	pairs(keys: readonly unknown[], values: readonly unknown[] | Float64Array): void {
		this.#schema.push(Kind.tuple, 2);
		this.column(keys, 1);
		this.column(values, 1);
	}

	/** Returns the whole in one piece of shared memory. */
	finish(count: number): SharedArrayBuffer {
		const schema = Uint32Array.from(this.#schema);
		let size = align(HEADER_BYTES + schema.byteLength);
		for (const chunk of this.#chunks) size = align(size + chunkBytes(chunk));
		const data = new SharedArrayBuffer(size);
		countShared(size);
		const bytes = Buffer.from(data);
		new Uint32Array(data, 0, 4).set([FORMAT_VERSION | (0x4352_4d << 8), count, schema.length, 0]);
		new Uint32Array(data, HEADER_BYTES, schema.length).set(schema);
		let at = align(HEADER_BYTES + schema.byteLength);
		for (const chunk of this.#chunks) {
			if ("text" in chunk) {
				bytes.write(chunk.text, at, chunkBytes(chunk), chunk.latin1 ? "latin1" : "utf16le");
			} else bytes.set(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength), at);
			at = align(at + chunkBytes(chunk));
		}
		return data;
	}

	#tryKind(values: readonly unknown[], depth: number): boolean {
		const first = values[0];
		if (first === null || first === undefined) return this.#optional(values, depth);
		switch (typeof first) {
			case "number":
				return this.#tryNumbers(values) || this.#optional(values, depth);
			case "string":
				return this.#tryStrings(values) || this.#optional(values, depth);
			case "boolean":
				return this.#tryBooleans(values) || this.#optional(values, depth);
			case "object":
				if (Array.isArray(first)) return this.#tryArrays(values, depth) || this.#optional(values, depth);
				return this.#tryObjects(values, first, depth) || this.#optional(values, depth);
			default:
				return false;
		}
	}

	#tryNumbers(values: readonly unknown[]): boolean {
		const n = values.length;
		const column = new Float64Array(n);
		for (let i = 0; i < n; i++) {
			const v = values[i];
			if (typeof v !== "number") return false;
			column[i] = v;
		}
		this.#numbers(column);
		return true;
	}

	#numbers(column: Float64Array): void {
		const n = column.length;
		const small = new Int32Array(n);
		for (let i = 0; i < n; i++) {
			const v = column[i];
			const whole = v | 0;
			if (whole !== v || (whole === 0 && 1 / v < 0)) {
				this.#schema.push(Kind.float64);
				this.#chunks.push(column);
				return;
			}
			small[i] = whole;
		}
		this.#schema.push(Kind.int32);
		this.#chunks.push(small);
	}

	#tryBooleans(values: readonly unknown[]): boolean {
		const n = values.length;
		const column = new Uint8Array(n);
		for (let i = 0; i < n; i++) {
			const v = values[i];
			if (typeof v !== "boolean") return false;
			column[i] = v ? 1 : 0;
		}
		this.#schema.push(Kind.boolean);
		this.#chunks.push(column);
		return true;
	}

	#tryStrings(values: readonly unknown[]): boolean {
		const n = values.length;
		const lengths = new Uint32Array(n);
		let longest = 0;
		let total = 0;
		for (let i = 0; i < n; i++) {
			const v = values[i];
			if (typeof v !== "string") return false;
			const length = v.length;
			lengths[i] = length;
			total += length;
			if (length > longest) longest = length;
		}
		const width = longest < 0x100 ? 1 : longest < 0x10000 ? 2 : 4;
		const segments = total <= SEGMENT_UNITS ? [values as readonly string[]] : cutSegments(values as readonly string[]);
		this.#schema.push(Kind.string, width, segments.length);
		this.#chunks.push(width === 1 ? Uint8Array.from(lengths) : width === 2 ? Uint16Array.from(lengths) : lengths);
		for (const segment of segments) {
			const text = segment.join("");
			const latin1 = isLatin1(text);
			this.#schema.push(segment.length, latin1 ? 1 : 2, text.length);
			this.#chunks.push({ text, latin1 });
		}
		return true;
	}

	#tryArrays(values: readonly unknown[], depth: number): boolean {
		const n = values.length;
		const width = (values[0] as unknown[]).length;
		let same = width > 0 && width <= MAX_FIELDS;
		let total = 0;
		for (let i = 0; i < n; i++) {
			const v = values[i];
			if (!Array.isArray(v) || !isDense(v)) return false;
			if (v.length !== width) same = false;
			total += v.length;
		}
		if (same) {
			this.#schema.push(Kind.tuple, width);
			for (let place = 0; place < width; place++) {
				const column = new Array<unknown>(n);
				for (let i = 0; i < n; i++) column[i] = (values[i] as unknown[])[place];
				this.column(column, depth + 1);
			}
			return true;
		}
		if (total > 0xffff_ffff) return false;
		const lengths = new Uint32Array(n);
		const elements: unknown[] = [];
		for (let i = 0; i < n; i++) {
			const v = values[i] as unknown[];
			lengths[i] = v.length;
			for (let k = 0; k < v.length; k++) elements.push(v[k]);
		}
		this.#schema.push(Kind.list, total);
		this.#chunks.push(lengths);
		this.column(elements, depth + 1);
		return true;
	}

	#tryObjects(values: readonly unknown[], first: object, depth: number): boolean {
		if (!isOrdinary(first)) return false;
		const names = Object.keys(first);
		const width = names.length;
		if (width === 0 || width > MAX_FIELDS) return false;
		const n = values.length;
		for (let i = 0; i < n; i++) {
			const v = values[i];
			if (typeof v !== "object" || v === null || !isOrdinary(v)) return false;
			let k = 0;
			for (const name in v) if (name !== names[k++]) return false;
			if (k !== width) return false;
		}
		this.#schema.push(Kind.object, width);
		this.#tryStrings(names);
		for (const name of names) {
			const column = new Array<unknown>(n);
			for (let i = 0; i < n; i++) column[i] = (values[i] as { [name: string]: unknown })[name];
			this.column(column, depth + 1);
		}
		return true;
	}

	/** Columns with null or undefined among others, or of one of them only. */
	#optional(values: readonly unknown[], depth: number): boolean {
		const n = values.length;
		const marks = new Uint8Array(n);
		const others: unknown[] = [];
		let nulls = 0;
		for (let i = 0; i < n; i++) {
			const v = values[i];
			if (v === null) {
				marks[i] = 1;
				nulls++;
			} else if (v === undefined) {
				// A hole is not undefined; only v8.serialize knows both.
				if (!(i in values)) return false;
				marks[i] = 2;
			} else others.push(v);
		}
		if (others.length === n) return false;
		if (nulls === n) this.#schema.push(Kind.null);
		else if (others.length === 0 && nulls === 0) this.#schema.push(Kind.undefined);
		else {
			this.#schema.push(Kind.optional, others.length);
			this.#chunks.push(marks);
			this.column(others, depth);
		}
		return true;
	}

	#serialized(values: readonly unknown[]): void {
		const bytes = serialize(values);
		this.#schema.push(Kind.serialized, bytes.length);
		this.#chunks.push(bytes);
	}
}

/** Returns the next multiple of 8. */
export function align(at: number): number {
	return at + ((8 - (at % 8)) % 8);
}

function chunkBytes(chunk: Chunk): number {
	if (!("text" in chunk)) return chunk.byteLength;
	return chunk.latin1 ? chunk.text.length : chunk.text.length * 2;
}

function cutSegments(values: readonly string[]): string[][] {
	const segments: string[][] = [];
	let segment: string[] = [];
	let units = 0;
	for (const s of values) {
		if (units > 0 && units + s.length > SEGMENT_UNITS) {
			segments.push(segment);
			segment = [];
			units = 0;
		}
		segment.push(s);
		units += s.length;
	}
	segments.push(segment);
	return segments;
}

/** Returns whether the array has neither holes nor properties of its own beside the elements (matches of a RegExp do). */
function isDense(a: readonly unknown[]): boolean {
	const n = a.length;
	const names = Object.keys(a);
	// Indices come first and ascending: n names that end with n - 1 are exactly 0 … n - 1. Three times as fast as for-in.
	return names.length === n && (n === 0 || names[n - 1] === String(n - 1));
}

/** Returns whether the object is a plain one of this realm, so that reading its properties tells all about it. */
function isOrdinary(x: object): boolean {
	const proto = Object.getPrototypeOf(x);
	return proto === Object.prototype || proto === null;
}
