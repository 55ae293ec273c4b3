// Errors as data: they cross threads, the journal and the wire whole, and come back as the class of their code.
import { types } from "node:util";
import { type ErrorFields, errorTable, type StreamErrorCode } from "./errors.ts";
import { describeValue } from "./message.ts";

/** An error as data: survives structured clone. */
export interface EncodedError {
	readonly name: string;
	readonly message: string;
	readonly stack: string;
	readonly code?: string;
	/** `fields` of a StreamError. */
	readonly fields?: { readonly [name: string]: unknown };
	readonly cause?: EncodedError | { readonly value: unknown };
	readonly errors?: readonly EncodedError[];
	/** Built-in class below a subclass, when it is not Error: `TypeError`, `DOMException`. */
	readonly base?: string;
	/** Other own enumerable properties of the error: `errno`, `syscall`, what users added. */
	readonly props?: { readonly [name: string]: EncodedError | { readonly value: unknown } };
	/** The thrown value, where what was thrown is no Error. */
	readonly thrown?: { readonly value: unknown };
}

/** Name of the error that stands for a thrown value which is no Error. */
export const NON_ERROR = "NonError";
/** Marks such an error, so that the value survives more than one crossing. */
const thrownMark = Symbol.for("millrace.thrown");
/** Chains and trees of errors are cut here: what is deeper helps nobody, and must not overflow the stack. */
const MAX_DEPTH = 50;
const MAX_ERRORS = 500;

const builtIns: { readonly [name: string]: new (message: string) => Error } = {
	EvalError,
	RangeError,
	ReferenceError,
	SyntaxError,
	TypeError,
	URIError,
};

/** Returns the error as data. Never throws; values that cannot be cloned come as a short text. */
export function encodeError(e: unknown): EncodedError {
	return encode(e, { path: new Set(), count: 0 });
}

interface Walk {
	readonly path: Set<unknown>;
	count: number;
}

function encode(e: unknown, walk: Walk): EncodedError {
	walk.count++;
	if (!isError(e)) return encodeThrown(e);
	const marked = read(e, thrownMark);
	if (marked !== undefined) return encodeThrown((marked as { value: unknown }).value, text(read(e, "stack")));
	walk.path.add(e);
	const name = errorName(e);
	const message = text(read(e, "message"));
	const code = read(e, "code");
	const own = typeof code === "string" && Object.hasOwn(errorTable, code);
	const base = baseName(e);
	const result: { -readonly [K in keyof EncodedError]: EncodedError[K] } = {
		name,
		message,
		stack: text(read(e, "stack")) || `${name}: ${message}`,
	};
	if (typeof code === "string") result.code = code;
	if (base !== "Error") result.base = base;
	if (own) result.fields = cloneableRecord(read(e, "fields"));
	if (hasOwn(e, "cause")) result.cause = encodeValue(read(e, "cause"), walk);
	const errors = read(e, "errors");
	const isAggregate = base === "AggregateError" && Array.isArray(errors);
	if (isAggregate) result.errors = encodeList(errors, walk);
	const skip = new Set(["name", "message", "stack", "cause"]);
	if (typeof code === "string") skip.add("code");
	if (own) skip.add("fields");
	if (isAggregate) skip.add("errors");
	const props = encodeProps(e, skip, walk);
	if (props !== undefined) result.props = props;
	walk.path.delete(e);
	return result;
}

function encodeList(errors: readonly unknown[], walk: Walk): EncodedError[] {
	const list: EncodedError[] = [];
	for (const inner of errors) {
		if (walk.count >= MAX_ERRORS) {
			list.push(encodeThrown(`[${errors.length - list.length} more errors]`));
			break;
		}
		const cut = cutText(inner, walk);
		list.push(cut === undefined ? encode(inner, walk) : encodeThrown(cut));
	}
	return list;
}

function encodeValue(value: unknown, walk: Walk): EncodedError | { readonly value: unknown } {
	if (!isError(value)) return { value: cloneable(value) };
	const cut = cutText(value, walk);
	return cut === undefined ? encode(value, walk) : { value: cut };
}

/** Says why an error is not followed any further, or undefined. */
function cutText(e: unknown, walk: Walk): string | undefined {
	if (!isError(e)) return undefined;
	const label = `${errorName(e)}: ${text(read(e, "message")).slice(0, 200)}`;
	if (walk.path.has(e)) return `[circular: ${label}]`;
	if (walk.path.size >= MAX_DEPTH || walk.count >= MAX_ERRORS) return `[cut off: ${label}]`;
	return undefined;
}

function encodeProps(e: object, skip: ReadonlySet<string>, walk: Walk): EncodedError["props"] {
	let names: string[];
	try {
		names = Object.keys(e).filter((name) => !skip.has(name));
	} catch {
		return undefined;
	}
	if (names.length === 0) return undefined;
	const props: { [name: string]: EncodedError | { readonly value: unknown } } = {};
	for (const name of names) define(props, name, encodeValue(read(e, name), walk));
	return props;
}

function encodeThrown(value: unknown, stack = ""): EncodedError {
	const message = `a value that is no Error was thrown: ${describeValue(value)}`;
	return { name: NON_ERROR, message, stack: stack || `${NON_ERROR}: ${message}`, thrown: { value: cloneable(value) } };
}

/**
 * Returns the error again: StreamErrors and built-in errors as their class, subclasses of users as the nearest of these
 * with their own name. A thrown value that was no Error comes as an Error with the value as its `cause`.
 */
export function decodeError(x: EncodedError): Error {
	const error = create(x);
	if (error.name !== x.name) define(error, "name", x.name, false);
	define(error, "stack", x.stack, false);
	if (x.thrown !== undefined) {
		define(error, thrownMark, { value: x.thrown.value }, false);
		define(error, "cause", x.thrown.value, false);
	}
	if (x.code !== undefined && (error as { code?: unknown }).code !== x.code) define(error, "code", x.code);
	if (x.cause !== undefined) define(error, "cause", decodeValue(x.cause), false);
	for (const [name, value] of Object.entries(x.props ?? {})) define(error, name, decodeValue(value));
	return error;
}

/** Like `decodeError`, except that a thrown value which was no Error is returned itself. */
export function decodeThrown(x: EncodedError): unknown {
	return x.thrown !== undefined ? x.thrown.value : decodeError(x);
}

function create(x: EncodedError): Error {
	if (x.code !== undefined && Object.hasOwn(errorTable, x.code)) {
		return new errorTable[x.code as StreamErrorCode].class(x.message, (x.fields ?? {}) as ErrorFields);
	}
	if (x.base === "AggregateError") return new AggregateError((x.errors ?? []).map(decodeThrown), x.message);
	if (x.base === "DOMException") return new DOMException(x.message, x.name);
	const BuiltIn = x.base !== undefined && Object.hasOwn(builtIns, x.base) ? builtIns[x.base] : Error;
	return new BuiltIn(x.message);
}

function decodeValue(x: EncodedError | { readonly value: unknown }): unknown {
	return "value" in x ? x.value : decodeThrown(x);
}

function isError(e: unknown): e is Error {
	return types.isNativeError(e) || e instanceof DOMException;
}

/** The name the user gave: `name` where it was set, else the name of a class of theirs that did not set it. */
function errorName(e: Error): string {
	const name = text(read(e, "name")) || "Error";
	if (hasOwn(e, "name") || !(name === "Error" || Object.hasOwn(builtIns, name) || name === "AggregateError"))
		return name;
	const made = read(e, "constructor");
	return typeof made === "function" && made.name !== "" ? made.name : name;
}

function baseName(e: Error): string {
	if (e instanceof DOMException) return "DOMException";
	for (let proto = protoOf(e); proto !== null; proto = protoOf(proto)) {
		const made = read(proto, "constructor");
		const name = typeof made === "function" ? made.name : "";
		// By name, so that errors of another realm (vm contexts) count too.
		if (name === "Error" || name === "AggregateError" || Object.hasOwn(builtIns, name)) return name;
	}
	return "Error";
}

function protoOf(value: object): object | null {
	try {
		return Object.getPrototypeOf(value);
	} catch {
		return null;
	}
}

function read(target: object, name: PropertyKey): unknown {
	try {
		return (target as { [name: PropertyKey]: unknown })[name];
	} catch {
		return undefined;
	}
}

function hasOwn(target: object, name: PropertyKey): boolean {
	try {
		return Object.hasOwn(target, name);
	} catch {
		return false;
	}
}

function text(value: unknown): string {
	if (typeof value === "string") return value;
	return value === undefined ? "" : describeValue(value);
}

function define(target: object, name: PropertyKey, value: unknown, enumerable = true): void {
	Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable });
}

/** Returns the value if it can cross threads, else a copy in which the parts that cannot are short texts. */
function cloneable(value: unknown, depth = 0): unknown {
	if (value === null || (typeof value !== "object" && typeof value !== "function" && typeof value !== "symbol"))
		return value;
	try {
		return structuredClone(value);
	} catch {
		if (typeof value !== "object" || depth >= 3) return `[${describeValue(value)}]`;
		if (Array.isArray(value)) return value.map((item) => cloneable(item, depth + 1));
		const proto = protoOf(value);
		return proto === null || proto === Object.prototype ? cloneableRecord(value, depth) : `[${describeValue(value)}]`;
	}
}

function cloneableRecord(value: unknown, depth = 0): { [name: string]: unknown } {
	const result: { [name: string]: unknown } = {};
	if (typeof value !== "object" || value === null) return result;
	let names: string[] = [];
	try {
		names = Object.keys(value);
	} catch {
		// A proxy that refuses: nothing to tell.
	}
	for (const name of names) define(result, name, cloneable(read(value, name), depth + 1));
	return result;
}
