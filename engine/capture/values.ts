// The graph of values a function needs: one node per value, plain data in one piece, what cannot cross refused.
import { types } from "node:util";
import { builtinPath, builtinPrototype, isPlainPrototype } from "./builtins.ts";
import { type CapturePath, memberPath, refuse } from "./failure.ts";
import { Inspector, InspectorUnavailable } from "./inspect.ts";
import { isFrozen, isLive } from "./live.ts";
import {
	builtinReference,
	esmReference,
	fileReference,
	isEngineScript,
	isNodeScript,
	type ModuleReference,
} from "./modules.ts";
import { isFrozenValue, PlainScan } from "./plain.ts";
import { functionText, isNative } from "./text.ts";
import type { CaptureContext, CaptureNode, NodeIndex } from "./types.ts";

/** Makes the node of a function; in a file of its own, and given here to keep the imports one way. */
export type FunctionMaker = (graph: ValueGraph, fn: object, index: NodeIndex, path: CapturePath | undefined) => void;

const CONNECTIONS = "Open it inside the function, or pass plain data.";

/** One capture under way: nodes and values found so far. */
export class ValueGraph {
	readonly ctx: CaptureContext;
	/** Name of the captured function, for errors. */
	readonly name: string;
	readonly nodes: CaptureNode[] = [];
	readonly values: unknown[] = [];
	readonly live = new Set<string>();
	readonly inspector = new Inspector();
	/** Path at which a value was found first, by its place in `values`. */
	readonly valuePaths: (CapturePath | undefined)[] = [];
	private readonly known = new Map<unknown, NodeIndex>();
	private readonly keyed = new Map<string, NodeIndex>();
	private readonly plain = new PlainScan();
	private readonly makeFunction: FunctionMaker;

	constructor(ctx: CaptureContext, name: string, makeFunction: FunctionMaker) {
		this.ctx = ctx;
		this.name = name;
		this.makeFunction = makeFunction;
	}

	refuse(path: CapturePath | undefined, reason: string, way: string, cause?: unknown): never {
		refuse(this.ctx, this.name, path, reason, way, cause);
	}

	/** Runs something that needs the inspector, with our error where there is none. */
	inspected<T>(path: CapturePath | undefined, run: () => T): T {
		try {
			return run();
		} catch (cause) {
			if (!(cause instanceof InspectorUnavailable)) throw cause;
			this.refuse(
				path,
				`cannot be looked into, because ${cause.message}`,
				"Start Node without --permission (or allow the inspector), or use functions that capture no variables.",
				cause,
			);
		}
	}

	/** Returns the index of a node that is the same for the same key. */
	shared(node: CaptureNode): NodeIndex {
		const key = JSON.stringify(node);
		let index = this.keyed.get(key);
		if (index === undefined) {
			index = this.nodes.push(node) - 1;
			this.keyed.set(key, index);
		}
		return index;
	}

	moduleNode(reference: ModuleReference): NodeIndex {
		const { specifier, imported, from } = reference;
		return this.shared({ kind: "module", specifier, imported, ...(from !== undefined && { from }) });
	}

	/** Returns the node of a value, made on first sight. */
	add(value: unknown, path: CapturePath | undefined): NodeIndex {
		// A Map takes 0 for -0.
		const known = Object.is(value, -0) ? this.keyed.get("-0") : this.known.get(value);
		if (known !== undefined) return known;
		if (typeof value === "symbol") return this.remember(value, this.symbol(value, path));
		if ((typeof value !== "object" || value === null) && typeof value !== "function") {
			const index = this.clone(value, path);
			if (Object.is(value, -0)) this.keyed.set("-0", index);
			return index;
		}
		if (types.isProxy(value)) {
			this.refuse(path, "is a Proxy, whose behaviour cannot be copied", "Pass the data behind it.");
		}
		return typeof value === "function" ? this.function(value, path) : this.object(value, path);
	}

	private remember(value: unknown, index: NodeIndex): NodeIndex {
		this.known.set(value, index);
		return index;
	}

	/** Takes an index before its node is made, so that cycles end. */
	reserve(value: unknown): NodeIndex {
		return this.remember(value, this.nodes.push(undefined as unknown as CaptureNode) - 1);
	}

	private clone(value: unknown, path: CapturePath | undefined, sent = value): NodeIndex {
		this.valuePaths.push(path);
		const node: CaptureNode = { kind: "clone", value: this.values.push(sent) - 1 };
		const index = this.nodes.push(node) - 1;
		return Object.is(value, -0) ? index : this.remember(value, index);
	}

	private symbol(value: symbol, path: CapturePath | undefined): NodeIndex {
		const key = Symbol.keyFor(value);
		if (key !== undefined) return this.shared({ kind: "symbol", key, wellKnown: false });
		for (const name of Object.getOwnPropertyNames(Symbol)) {
			if ((Symbol as unknown as { [name: string]: unknown })[name] === value) {
				return this.shared({ kind: "symbol", key: name, wellKnown: true });
			}
		}
		return this.refuse(path, `is ${String(value)}, a symbol of this thread only`, "Use Symbol.for(…) or a string.");
	}

	/** How another thread can get at a value by name. */
	private byName(value: object): NodeIndex | undefined {
		const global = builtinPath(value);
		if (global) return this.shared({ kind: "global", path: global });
		const reference = builtinReference(value) ?? fileReference(value);
		return reference && this.moduleNode(reference);
	}

	private function(fn: object, path: CapturePath | undefined): NodeIndex {
		const named = this.byName(fn);
		if (named !== undefined) return this.remember(fn, named);
		const name = (fn as { name?: unknown }).name;
		if (isNative(fn)) {
			const bound = typeof name === "string" && name.startsWith("bound ");
			this.refuse(
				path,
				bound
					? "is a bound function, whose `this` and arguments are hidden"
					: "is a built-in function without a name to find it by",
				"Write a function around it: (x) => f(x).",
			);
		}
		const require_ = requireFile(fn);
		if (require_ !== undefined) return this.remember(fn, this.shared({ kind: "require", from: require_ }));
		const url = this.scriptOf(fn, path);
		if (isNodeScript(url)) {
			this.refuse(path, "is an internal function of Node", "Import it by its public name inside the function.");
		}
		const reference = esmReference(fn, url, () =>
			this.inspected(path, () => {
				const location = this.inspector.locate(fn);
				return location && this.inspector.source(location.scriptId);
			}),
		);
		if (reference) return this.remember(fn, this.moduleNode(reference));
		const index = this.reserve(fn);
		this.makeFunction(this, fn, index, path);
		return index;
	}

	private scriptOf(fn: object, path: CapturePath | undefined): string {
		return this.inspected(path, () => {
			const location = this.inspector.locate(fn);
			return location ? this.inspector.script(location.scriptId).url : "";
		});
	}

	private object(value: object, path: CapturePath | undefined): NodeIndex {
		const { ctx } = this;
		const handle = ctx.handle?.(value);
		if (handle) {
			if (!handle.places.includes(ctx.place)) {
				this.refuse(
					path,
					`is ${handle.type === "RDD" ? "an" : article(handle.type)} ${handle.type}; ${handle.type} handles exist only in the ${handle.places.join(" and the ") || "notebook"}${handle.type.toUpperCase() === "RDD" ? " (SPARK-5063)" : ""}`,
					"Collect it first and capture the result, or use join, transform or broadcast.",
				);
			}
			const { type, id, data } = handle;
			return this.remember(value, this.nodes.push({ kind: "handle", type, id, data }) - 1);
		}
		if (isLive(value)) {
			this.live.add(`#${value.id}`);
			const index = this.reserve(value);
			this.nodes[index] = { kind: "live", id: value.id, value: this.add(value.value, memberPath(path, "value")) };
			return index;
		}
		if (this.plain.covers(value)) return this.clone(value, path);
		const named = this.byName(value);
		if (named !== undefined) return this.remember(value, named);
		if (Array.isArray(value)) return this.array(value, path);
		if (types.isMap(value)) return this.map(value, path);
		if (types.isSet(value)) return this.set(value, path);
		if (Buffer.isBuffer(value) && Object.getPrototypeOf(value) === Buffer.prototype) {
			// A view into Node's pool: a clone would take the whole pool along, other people's bytes included.
			return this.clone(value, path, new Uint8Array(value));
		}
		this.refuseKind(value, path);
		return this.record(value, path);
	}

	private array(value: readonly unknown[], path: CapturePath | undefined): NodeIndex {
		if (builtinPrototype(Object.getPrototypeOf(value)) !== "Array") {
			this.refuse(path, "is an instance of a subclass of Array", "Pass an ordinary array: Array.from(x).");
		}
		const index = this.reserve(value);
		const items: (NodeIndex | null)[] = new Array(value.length).fill(null);
		for (const key of Reflect.ownKeys(value)) {
			if (key === "length") continue;
			const at = typeof key === "string" ? Number(key) : Number.NaN;
			const below = memberPath(path, Number.isNaN(at) ? key : at);
			if (!Number.isInteger(at) || String(at) !== key || at >= value.length) {
				this.refuse(below, "is a named property of an array", "Use an object, or keep it in a variable of its own.");
			}
			items[at] = this.add(this.dataProperty(value, key, below), below);
		}
		this.nodes[index] = { kind: "array", items, length: value.length, frozen: isFrozenValue(value) };
		return index;
	}

	/** The value of a property, which must not be an accessor. */
	dataProperty(holder: object, key: PropertyKey, path: CapturePath): unknown {
		const d = Object.getOwnPropertyDescriptor(holder, key) as PropertyDescriptor;
		if ("value" in d) return d.value;
		return this.refuse(
			path,
			"is an accessor (get/set), which is not run by a capture",
			"Read it into a variable before, and use that.",
		);
	}

	private map(value: Map<unknown, unknown>, path: CapturePath | undefined): NodeIndex {
		this.refuseOwn(value, "Map", path);
		const index = this.reserve(value);
		const entries: (readonly [NodeIndex, NodeIndex])[] = [];
		for (const [k, v] of Map.prototype.entries.call(value)) {
			const shown = typeof k === "string" || typeof k === "number" ? JSON.stringify(k) : "…";
			entries.push([
				this.add(k, { parent: path, label: " (key of the map)", member: true }),
				this.add(v, { parent: path, label: `.get(${shown})`, member: true }),
			]);
		}
		this.nodes[index] = { kind: "map", entries };
		return index;
	}

	private set(value: Set<unknown>, path: CapturePath | undefined): NodeIndex {
		this.refuseOwn(value, "Set", path);
		const index = this.reserve(value);
		const items: NodeIndex[] = [];
		for (const v of Set.prototype.values.call(value)) {
			items.push(this.add(v, { parent: path, label: " (element of the set)", member: true }));
		}
		this.nodes[index] = { kind: "set", items };
		return index;
	}

	private refuseOwn(value: object, kind: string, path: CapturePath | undefined): void {
		if (builtinPrototype(Object.getPrototypeOf(value)) !== kind) {
			this.refuse(path, `is an instance of a subclass of ${kind}`, `Pass an ordinary ${kind}: new ${kind}(x).`);
		}
		if (Reflect.ownKeys(value).length > 0) {
			this.refuse(path, `is a ${kind} with properties of its own`, "Keep them in a variable of their own.");
		}
	}

	/** Refuses what has a hidden inside that nobody can copy. */
	private refuseKind(value: object, path: CapturePath | undefined): void {
		const no = (what: string, way = CONNECTIONS): never => this.refuse(path, `is ${what}`, way);
		if (types.isPromise(value)) no("a promise, which belongs to this thread", "Await it first and capture the result.");
		if (types.isWeakMap(value)) no("a WeakMap, whose entries cannot be listed", "Use a Map.");
		if (types.isWeakSet(value)) no("a WeakSet, whose elements cannot be listed", "Use a Set.");
		if (types.isGeneratorObject(value))
			no("a running generator", "Make it inside the function, or spread it into an array.");
		if (types.isMapIterator(value) || types.isSetIterator(value)) no("an iterator", "Spread it into an array.");
		if (types.isArgumentsObject(value)) no("an arguments object", "Spread it into an array.");
		if (types.isSymbolObject(value)) no("a boxed symbol", "Use Symbol.for(…) or a string.");
		if (types.isExternal(value)) no("a native pointer");
		const proto = Object.getPrototypeOf(value) as object | null;
		if (types.isNativeError(value)) {
			no("an error whose cause cannot cross to another thread", "Capture its message, or an error without the cause.");
		}
		if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value) || types.isDate(value) || types.isRegExp(value)) {
			no(`an instance of a subclass of ${baseName(proto)}`, "Pass an ordinary one.");
		}
	}

	/** An object of a user's class, or a plain one that holds more than plain data. */
	private record(value: object, path: CapturePath | undefined): NodeIndex {
		const index = this.reserve(value);
		const proto = Object.getPrototypeOf(value) as object | null;
		let node: NodeIndex | "plain" | "null";
		if (proto === null || types.isModuleNamespaceObject(value)) node = "null";
		else if (isPlainPrototype(proto)) node = "plain";
		else node = this.classOf(value, proto, path);
		const props: { key: NodeIndex | string; value: NodeIndex; enumerable: boolean }[] = [];
		for (const key of Reflect.ownKeys(value)) {
			if (types.isModuleNamespaceObject(value) && typeof key === "symbol") continue;
			const below = memberPath(path, key);
			const found = this.dataProperty(value, key, below);
			const { enumerable = false } = Object.getOwnPropertyDescriptor(value, key) as PropertyDescriptor;
			props.push({
				key: typeof key === "string" ? key : this.add(key, below),
				value: this.add(found, below),
				enumerable,
			});
		}
		this.nodes[index] = { kind: "object", proto: node, props, frozen: isFrozenValue(value) };
		return index;
	}

	/** The node of the class of an instance, after every class on the way up has been looked at. */
	private classOf(value: object, proto: object, path: CapturePath | undefined): NodeIndex {
		for (let p: object | null = proto; p !== null && !isPlainPrototype(p); p = Object.getPrototypeOf(p)) {
			const maker = Object.getOwnPropertyDescriptor(p, "constructor")?.value as unknown;
			if (typeof maker !== "function" || Object.getOwnPropertyDescriptor(maker, "prototype")?.value !== p) {
				const tag = p === proto && Object.getPrototypeOf(value) ? "has a prototype that belongs to no class" : "is odd";
				this.refuse(path, tag, "Use a class, or pass plain data.");
			}
			const name = maker.name || "a class";
			const what = p === proto ? `is ${article(name)} ${name}` : `is an instance of a subclass of ${name}`;
			const foreign = isNative(maker) || builtinPath(maker) !== undefined || builtinReference(maker) !== undefined;
			const url = foreign ? "node:" : this.scriptOf(maker, path);
			if (isNodeScript(url)) this.refuse(path, `${what}, which belongs to the thread that made it`, CONNECTIONS);
			if (isEngineScript(url)) {
				this.refuse(path, `${what}, an object of the engine that exists only where it was made`, CONNECTIONS);
			}
			const text = functionText(maker);
			if ("privateInstance" in text && text.privateInstance) {
				this.refuse(
					path,
					`${what}, whose private fields (#…) cannot be read from outside`,
					"Make the instance inside the function, or pass plain data.",
				);
			}
		}
		return this.add((proto as { constructor: unknown }).constructor, {
			parent: path,
			label: " (its class)",
			member: true,
		});
	}

	/** Tells whether later changes of what the value reads are to be taken over. */
	isLiveFunction(fn: object): boolean {
		return !isFrozen(fn);
	}
}

function baseName(proto: object | null): string {
	for (let p = proto; p; p = Object.getPrototypeOf(p)) {
		const name = builtinPrototype(p);
		if (name && name !== "Object") return name;
	}
	return "a built-in class";
}

function article(name: string): string {
	return /^(?:[AEIOaeio]|U(?!se|ni|[A-Z]))/.test(name) ? "an" : "a";
}

/** The file a CommonJS `require` belongs to, undefined when the function is something else. */
function requireFile(fn: object): string | undefined {
	if ((fn as { name?: unknown }).name !== "require") return undefined;
	const resolve = Object.getOwnPropertyDescriptor(fn, "resolve")?.value as NodeJS.RequireResolve | undefined;
	if (typeof resolve?.paths !== "function" || !Object.hasOwn(fn, "cache")) return undefined;
	const folder = resolve.paths("./x")?.[0];
	return folder === undefined ? undefined : `${folder}/index.js`;
}
