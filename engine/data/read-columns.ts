// Reads what columns.ts writes.
import { deserialize } from "node:v8";
import { streamError } from "../errors/message.ts";
import { align, FORMAT_VERSION, HEADER_BYTES, Kind } from "./columns.ts";

/** A decoded column: numbers come as typed arrays where the reader asks for them. */
export type Column = unknown[] | Float64Array;

/** Reads the columns of one encoded piece, one after the other. */
export class ColumnReader {
	readonly count: number;
	readonly #schema: Uint32Array;
	readonly #bytes: Buffer;
	#word = 0;
	#at: number;

	constructor(data: SharedArrayBuffer | Uint8Array) {
		const bytes = aligned(data);
		this.count = checkHeader(bytes);
		const words = new Uint32Array(bytes.buffer, bytes.byteOffset + 8, 1)[0];
		if (HEADER_BYTES + words * 4 > bytes.byteLength) throw damaged("the schema is cut off");
		this.#schema = new Uint32Array(bytes.buffer, bytes.byteOffset + HEADER_BYTES, words);
		this.#bytes = Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
		this.#at = align(HEADER_BYTES + words * 4);
	}

	/** Returns whether the next column is one of tuples of this length, and steps into it if so. */
	enterTuple(width: number): boolean {
		if (this.#schema[this.#word] !== Kind.tuple || this.#schema[this.#word + 1] !== width) return false;
		this.#word += 2;
		return true;
	}

	/** Returns the next column as values. */
	values(n: number): unknown[] {
		const column = this.column(n);
		return column instanceof Float64Array ? Array.from(column) : column;
	}

	/** Returns the next column; a column of numbers as Float64Array. */
	column(n: number): Column {
		const kind = this.#next();
		switch (kind) {
			case Kind.empty:
				return [];
			case Kind.undefined:
				return new Array<unknown>(n).fill(undefined);
			case Kind.null:
				return new Array<unknown>(n).fill(null);
			case Kind.float64: {
				const at = this.#chunk(n * 8);
				return new Float64Array(this.#bytes.buffer, at, n).slice();
			}
			case Kind.int32: {
				const at = this.#chunk(n * 4);
				return Float64Array.from(new Int32Array(this.#bytes.buffer, at, n));
			}
			case Kind.boolean: {
				const column = new Uint8Array(this.#bytes.buffer, this.#chunk(n), n);
				const values = new Array<unknown>(n);
				for (let i = 0; i < n; i++) values[i] = column[i] === 1;
				return values;
			}
			case Kind.string:
				return this.#strings(n);
			case Kind.tuple:
				return this.#tuples(n);
			case Kind.object:
				return this.#objects(n);
			case Kind.optional:
				return this.#optional(n);
			case Kind.list:
				return this.#lists(n);
			case Kind.serialized: {
				const size = this.#next();
				const at = this.#chunk(size);
				// A copy: v8 would give out views on the shared memory for the typed arrays in it.
				return deserialize(Uint8Array.from(new Uint8Array(this.#bytes.buffer, at, size))) as unknown[];
			}
			default:
				throw damaged(`column kind ${kind} is not known`);
		}
	}

	#next(): number {
		if (this.#word >= this.#schema.length) throw damaged("the schema ends too early");
		return this.#schema[this.#word++];
	}

	/** Steps over the next chunk and returns where it begins in the underlying buffer. */
	#chunk(size: number): number {
		const at = this.#at;
		if (at + size > this.#bytes.length) throw damaged("data is cut off");
		this.#at = align(at + size);
		return this.#bytes.byteOffset + at;
	}

	#strings(n: number): string[] {
		const width = this.#next();
		const segments = this.#next();
		const at = this.#chunk(n * width);
		const { buffer } = this.#bytes;
		const lengths =
			width === 1
				? new Uint8Array(buffer, at, n)
				: width === 2
					? new Uint16Array(buffer, at, n)
					: new Uint32Array(buffer, at, n);
		const values = new Array<string>(n);
		let i = 0;
		for (let s = 0; s < segments; s++) {
			const end = i + this.#next();
			const unitBytes = this.#next();
			const size = this.#next() * unitBytes;
			const start = this.#chunk(size) - this.#bytes.byteOffset;
			const text = this.#bytes.toString(unitBytes === 1 ? "latin1" : "utf16le", start, start + size);
			let from = 0;
			for (; i < end; i++) {
				const to = from + lengths[i];
				values[i] = text.slice(from, to);
				from = to;
			}
		}
		return values;
	}

	#tuples(n: number): unknown[] {
		const width = this.#next();
		const columns: Column[] = [];
		for (let k = 0; k < width; k++) columns.push(this.column(n));
		return build(`[${columns.map((_, k) => `c${k}[i]`)}]`, columns, n);
	}

	#objects(n: number): unknown[] {
		const width = this.#next();
		this.#next(); // kind of the names: always string
		const names = this.#strings(width);
		const columns: Column[] = [];
		for (let k = 0; k < width; k++) columns.push(this.column(n));
		// `"__proto__": x` would set the prototype, the computed form makes a property.
		const fields = names.map((name, k) => `${name === "__proto__" ? '["__proto__"]' : JSON.stringify(name)}:c${k}[i]`);
		return build(`{${fields}}`, columns, n);
	}

	#optional(n: number): unknown[] {
		const others = this.#next();
		const marks = new Uint8Array(this.#bytes.buffer, this.#chunk(n), n);
		const column = this.column(others);
		const values = new Array<unknown>(n);
		let k = 0;
		for (let i = 0; i < n; i++) values[i] = marks[i] === 0 ? column[k++] : marks[i] === 1 ? null : undefined;
		return values;
	}

	#lists(n: number): unknown[] {
		const total = this.#next();
		const lengths = new Uint32Array(this.#bytes.buffer, this.#chunk(n * 4), n);
		const elements = this.values(total);
		const values = new Array<unknown>(n);
		let from = 0;
		for (let i = 0; i < n; i++) {
			values[i] = elements.slice(from, from + lengths[i]);
			from += lengths[i];
		}
		return values;
	}
}

/** Returns the number of records from the header alone. */
export function recordCount(data: SharedArrayBuffer | Uint8Array): number {
	const bytes = data instanceof Uint8Array ? data : new Uint8Array(data);
	return checkHeader(bytes);
}

function checkHeader(bytes: Uint8Array): number {
	if (bytes.byteLength < HEADER_BYTES) throw damaged(`${bytes.byteLength} bytes are shorter than a header`);
	if (bytes[1] !== 0x4d || bytes[2] !== 0x52 || bytes[3] !== 0x43) throw damaged("it does not begin as records do");
	if (bytes[0] !== FORMAT_VERSION) throw damaged(`format version ${bytes[0]}`, `format version ${FORMAT_VERSION}`);
	return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(4, true);
}

function damaged(got: string, expected = "encoded records"): Error {
	return streamError("STREAM_TASK", {
		step: "decode records",
		expected,
		got,
		way: "The data was not written by this version, or it is damaged.",
	});
}

/** Typed arrays must begin at multiples of 8; a part of a file read into a buffer may not. */
function aligned(data: SharedArrayBuffer | Uint8Array): Uint8Array {
	if (!(data instanceof Uint8Array)) return new Uint8Array(data);
	return data.byteOffset % 8 === 0 ? data : new Uint8Array(data);
}

type Builder = (c: readonly Column[], n: number) => unknown[];
const builders = new Map<string, Builder>();
const MAX_BUILDERS = 1000;

/** Makes the records with a generated literal: one hidden class for all of them, and three times as fast as a loop over names. */
function build(literal: string, columns: readonly Column[], n: number): unknown[] {
	let builder = builders.get(literal);
	if (builder === undefined) {
		const locals = columns.map((_, k) => `c${k}=c[${k}]`);
		builder = new Function(
			"c",
			"n",
			`const ${locals};const r=new Array(n);for(let i=0;i<n;i++)r[i]=${literal};return r;`,
		) as Builder;
		if (builders.size >= MAX_BUILDERS) builders.clear();
		builders.set(literal, builder);
	}
	return builder(columns, n);
}
