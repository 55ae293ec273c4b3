// What every thread has from the start: globals of the language and of Node, recognised in any realm.
import { isNative } from "./text.ts";

/** Globals of the language and of Node that mean the same in every thread. */
const NAMES =
	`Object Function Array Number parseFloat parseInt Infinity NaN undefined Boolean String Symbol Date Promise
RegExp Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError globalThis JSON Math Intl
ArrayBuffer Atomics Uint8Array Int8Array Uint16Array Int16Array Uint32Array Int32Array BigUint64Array BigInt64Array
Uint8ClampedArray Float16Array Float32Array Float64Array DataView Map BigInt Set Iterator WeakMap WeakSet Proxy Reflect
FinalizationRegistry WeakRef decodeURI decodeURIComponent encodeURI encodeURIComponent escape unescape eval isFinite isNaN
SharedArrayBuffer WebAssembly SuppressedError DisposableStack AsyncDisposableStack console process global Buffer
clearImmediate setImmediate clearInterval clearTimeout setInterval setTimeout queueMicrotask structuredClone atob btoa URL
URLSearchParams URLPattern DOMException AbortController AbortSignal Event EventTarget CustomEvent MessageEvent CloseEvent
TextEncoder TextDecoder TransformStream TransformStreamDefaultController WritableStream WritableStreamDefaultController
WritableStreamDefaultWriter ReadableStream ReadableStreamDefaultReader ReadableStreamBYOBReader
ReadableStreamBYOBRequest ReadableByteStreamController ReadableStreamDefaultController ByteLengthQueuingStrategy
CountQueuingStrategy TextEncoderStream TextDecoderStream CompressionStream DecompressionStream BroadcastChannel
MessageChannel MessagePort Blob File Performance PerformanceEntry PerformanceMark PerformanceMeasure PerformanceObserver
PerformanceObserverEntryList PerformanceResourceTiming performance fetch FormData Headers Request Response WebSocket
EventSource crypto Crypto CryptoKey SubtleCrypto Navigator navigator Storage`.split(/\s+/);

const names = new Set(NAMES);
/** Values at start-up, so that a global the user replaced later is not mistaken for the built-in one. */
const atStart = new Map<string, unknown>();
for (const name of NAMES) {
	const own = Object.getOwnPropertyDescriptor(globalThis, name);
	if (own && "value" in own) atStart.set(name, own.value);
}

/** Tells whether the name means the same in every thread. */
export function isBuiltinName(name: string): boolean {
	return names.has(name);
}

/** Tells whether the user has put another value on a built-in global of this realm. */
export function isReplacedGlobal(name: string, holder: object): boolean {
	if (holder !== globalThis || !atStart.has(name)) return false;
	const own = Object.getOwnPropertyDescriptor(holder, name);
	return own !== undefined && (!("value" in own) || own.value !== atStart.get(name));
}

const realms = new WeakMap<object, Map<unknown, readonly string[]>>();

/** Values of a realm → the path of names that leads to them from its global object. */
function builtinsOf(realm: object): Map<unknown, readonly string[]> {
	let map = realms.get(realm);
	if (map) return map;
	map = new Map();
	const add = (value: unknown, path: readonly string[]): boolean => {
		if ((typeof value !== "object" || value === null) && typeof value !== "function") return false;
		if ((map as Map<unknown, unknown>).has(value)) return false;
		(map as Map<unknown, readonly string[]>).set(value, path);
		return true;
	};
	const members = (value: object, path: readonly string[], depth: number) => {
		for (const key of Object.getOwnPropertyNames(value)) {
			if (key === "constructor" || key === "caller" || key === "callee" || key === "arguments") continue;
			const d = Object.getOwnPropertyDescriptor(value, key);
			if (!d || !("value" in d) || !add(d.value, [...path, key])) continue;
			if (depth > 0) members(d.value as object, [...path, key], depth - 1);
		}
	};
	add(realm, ["globalThis"]);
	for (const name of NAMES) {
		const d = Object.getOwnPropertyDescriptor(realm, name);
		// Accessors are Node's lazy globals: reading one would load a module for nothing.
		if (!d || !("value" in d) || isReplacedGlobal(name, realm) || !add(d.value, [name])) continue;
		if (name !== "process" && name !== "globalThis" && name !== "global") members(d.value as object, [name], 2);
	}
	realms.set(realm, map);
	return map;
}

/** Returns the path of names of a built-in of any realm: `["Array", "isArray"]`. */
export function builtinPath(value: object): readonly string[] | undefined {
	const here = builtinsOf(globalThis).get(value);
	if (here || typeof value !== "function" || !isNative(value)) return here;
	const realm = realmOf(value);
	return realm && realm !== globalThis ? builtinsOf(realm).get(value) : undefined;
}

/** The global object of the realm a native function was made in. */
function realmOf(fn: object): object | undefined {
	try {
		let proto: object | null = Object.getPrototypeOf(fn);
		while (proto && Object.getOwnPropertyDescriptor(proto, "constructor")?.value?.name !== "Function") {
			proto = Object.getPrototypeOf(proto);
		}
		const make = proto && Object.getOwnPropertyDescriptor(proto, "constructor")?.value;
		if (!make || !isNative(make)) return undefined;
		return make("return globalThis")() as object;
	} catch {
		// A realm may forbid making code from strings.
		return undefined;
	}
}

const knownPrototypes = new WeakMap<object, string>();

/** Returns the class name when `proto` is the prototype of a built-in class of some realm: `Object`, `Map`, `Error`. */
export function builtinPrototype(proto: object): string | undefined {
	const known = knownPrototypes.get(proto);
	if (known !== undefined) return known || undefined;
	const maker = Object.getOwnPropertyDescriptor(proto, "constructor")?.value as unknown;
	let name = "";
	if (typeof maker === "function" && isNative(maker)) {
		const own = Object.getOwnPropertyDescriptor(maker, "prototype");
		if (own && own.value === proto && own.writable === false) name = maker.name;
	}
	knownPrototypes.set(proto, name);
	return name || undefined;
}

/** Tells whether the prototype is that of an ordinary object, in whatever realm. */
export function isPlainPrototype(proto: object): boolean {
	return proto === Object.prototype || builtinPrototype(proto) === "Object";
}
