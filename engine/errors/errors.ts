// The error classes of the engine: one per reaction of the caller, one table of stable codes.
import { types } from "node:util";

/** Stable codes; see `errorTable` for class and way out. */
export type StreamErrorCode =
	| "STREAM_CAPTURE"
	| "STREAM_STATE"
	| "STREAM_CONFIG"
	| "STREAM_SOURCE"
	| "STREAM_TASK"
	| "STREAM_MEMORY"
	| "STREAM_JOURNAL"
	| "STREAM_SQL"
	| "STREAM_CANCELLED"
	| "STREAM_TIMEOUT";

/** What an error says besides its text, as plain data: nobody has to parse the message. */
export interface ErrorFields {
	/** Operator or call that failed: `map`, `new StreamingContext`. */
	readonly step?: string;
	/** Cell as the user sees it: the execution count, or a name. */
	readonly cell?: number | string;
	/** File, outside notebooks. */
	readonly file?: string;
	/** Line in the cell or file, from 1. */
	readonly line?: number;
	readonly expected?: string;
	readonly got?: string;
	/** What the caller can do about it; a sentence. */
	readonly way?: string;
	readonly [name: string]: unknown;
}

const ordinaryHasInstance = Function.prototype[Symbol.hasInstance];
/** Our own classes; `instanceof` goes by code for these only, subclasses of users keep the ordinary rule. */
const ownClasses = new Map<unknown, StreamErrorCode | "any">();

function hasInstance(this: unknown, value: unknown): boolean {
	const code = ownClasses.get(this);
	if (code === undefined) return ordinaryHasInstance.call(this as () => void, value);
	if (!types.isNativeError(value)) return false;
	const own = (value as { code?: unknown }).code;
	if (typeof own !== "string") return false;
	return code === "any" ? Object.hasOwn(errorTable, own) : own === code;
}

/** Any error the engine raises on purpose. `instanceof` also accepts errors made by another copy of this module. */
export class StreamError extends Error {
	/** Stable code from `errorTable`. */
	readonly code: StreamErrorCode;
	readonly fields: ErrorFields;

	constructor(
		code: StreamErrorCode,
		message: string,
		fields: ErrorFields = {},
		options?: { readonly cause?: unknown },
	) {
		super(message, options);
		this.code = code;
		this.fields = fields;
	}

	static override [Symbol.hasInstance](value: unknown): boolean {
		// biome-ignore lint/complexity/noThisInStatic: the class on the right of instanceof, often a subclass
		return hasInstance.call(this, value);
	}
}

/** A user function needs a value that cannot cross to another thread. */
export class CaptureError extends StreamError {
	static readonly code: StreamErrorCode = "STREAM_CAPTURE";
	constructor(message: string, fields?: ErrorFields, options?: { readonly cause?: unknown }) {
		super("STREAM_CAPTURE", message, fields, options);
	}
}

/** The call does not fit the state the context or stream is in. */
export class StateError extends StreamError {
	static readonly code: StreamErrorCode = "STREAM_STATE";
	constructor(message: string, fields?: ErrorFields, options?: { readonly cause?: unknown }) {
		super("STREAM_STATE", message, fields, options);
	}
}

/** An argument or a configuration value is not acceptable. */
export class ConfigError extends StreamError {
	static readonly code: StreamErrorCode = "STREAM_CONFIG";
	constructor(message: string, fields?: ErrorFields, options?: { readonly cause?: unknown }) {
		super("STREAM_CONFIG", message, fields, options);
	}
}

/** A source cannot be opened, read or understood. */
export class SourceError extends StreamError {
	static readonly code: StreamErrorCode = "STREAM_SOURCE";
	constructor(message: string, fields?: ErrorFields, options?: { readonly cause?: unknown }) {
		super("STREAM_SOURCE", message, fields, options);
	}
}

/** A task failed in a user function or on a record. */
export class TaskError extends StreamError {
	static readonly code: StreamErrorCode = "STREAM_TASK";
	constructor(message: string, fields?: ErrorFields, options?: { readonly cause?: unknown }) {
		super("STREAM_TASK", message, fields, options);
	}
}

/** Something does not fit in memory. */
export class MemoryError extends StreamError {
	static readonly code: StreamErrorCode = "STREAM_MEMORY";
	constructor(message: string, fields?: ErrorFields, options?: { readonly cause?: unknown }) {
		super("STREAM_MEMORY", message, fields, options);
	}
}

/** The journal cannot be written or read. */
export class JournalError extends StreamError {
	static readonly code: StreamErrorCode = "STREAM_JOURNAL";
	constructor(message: string, fields?: ErrorFields, options?: { readonly cause?: unknown }) {
		super("STREAM_JOURNAL", message, fields, options);
	}
}

/** A query cannot be parsed or run. */
export class SqlError extends StreamError {
	static readonly code: StreamErrorCode = "STREAM_SQL";
	constructor(message: string, fields?: ErrorFields, options?: { readonly cause?: unknown }) {
		super("STREAM_SQL", message, fields, options);
	}
}

/** The work was cancelled by the user or by stop(). */
export class CancelledError extends StreamError {
	static readonly code: StreamErrorCode = "STREAM_CANCELLED";
	constructor(message: string, fields?: ErrorFields, options?: { readonly cause?: unknown }) {
		super("STREAM_CANCELLED", message, fields, options);
	}
}

/** Something did not happen in time. */
export class TimeoutError extends StreamError {
	static readonly code: StreamErrorCode = "STREAM_TIMEOUT";
	constructor(message: string, fields?: ErrorFields, options?: { readonly cause?: unknown }) {
		super("STREAM_TIMEOUT", message, fields, options);
	}
}

/** One row of the error table. */
export interface ErrorTableRow {
	readonly class: new (message: string, fields?: ErrorFields, options?: { readonly cause?: unknown }) => StreamError;
	/** What the caller can do. */
	readonly way: string;
}

/** Code → class and way out. The only place that ties them together. */
export const errorTable: { readonly [C in StreamErrorCode]: ErrorTableRow } = {
	STREAM_CAPTURE: {
		class: CaptureError,
		way: "Change the function, or pass the value another way; the path to it is in the text.",
	},
	STREAM_STATE: { class: StateError, way: "Call it earlier or later, or make a new context." },
	STREAM_CONFIG: { class: ConfigError, way: "Give a value of the expected form." },
	STREAM_SOURCE: { class: SourceError, way: "Make the source reachable; receivers try again by themselves." },
	STREAM_TASK: { class: TaskError, way: "Correct the function or the record; the stream goes on with the next batch." },
	STREAM_MEMORY: { class: MemoryError, way: "Use smaller batches or windows, more partitions, or a higher limit." },
	STREAM_JOURNAL: { class: JournalError, way: "Check the directory; the text names segment and offset." },
	STREAM_SQL: { class: SqlError, way: "Correct the query." },
	STREAM_CANCELLED: { class: CancelledError, way: "Nothing to correct; start it again if it is still wanted." },
	STREAM_TIMEOUT: { class: TimeoutError, way: "Wait longer, or look at what the text says it was waiting for." },
};

// The name stands on the prototype, so that V8 writes it into the first line of the stack.
for (const [code, row] of Object.entries(errorTable)) {
	ownClasses.set(row.class, code as StreamErrorCode);
	Object.defineProperty(row.class.prototype, "name", { value: row.class.name, writable: true, configurable: true });
}
ownClasses.set(StreamError, "any");
Object.defineProperty(StreamError.prototype, "name", { value: "StreamError", writable: true, configurable: true });
