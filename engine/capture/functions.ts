// One captured function: its free variables looked up, its text prepared, its statics taken along.
import { types } from "node:util";
import { builtinPrototype, isBuiltinName, isPlainPrototype, isReplacedGlobal } from "./builtins.ts";
import { type CapturePath, memberPath } from "./failure.ts";
import { toPath } from "./modules.ts";
import { functionSource } from "./positions.ts";
import type { FreeVariable } from "./scope.ts";
import { type FunctionText, functionText, replaceParts } from "./text.ts";
import type { CaptureNode, CaptureSlot, NodeIndex } from "./types.ts";
import type { ValueGraph } from "./values.ts";

type FunctionNode = Extract<CaptureNode, { kind: "function" }>;

/** What a dynamic `import` in a function becomes: as long as the keyword, so that nothing moves. */
const IMPORT_SLOT = "__imp_";
const BASE_SLOT = "$b";
const NOT_FOUND = Symbol("not found");
/** Test runners and compilers rewrite imports to members of such objects. */
const NAMESPACE_NAME = /^__(?:vite_ssr_import|vi_import)_\d+__$/;
const DECORATOR_HELPERS = new Set(["__decorate", "__esDecorate", "__runInitializers", "__param", "__metadata"]);
const ACCUMULATE = "A worker would change only its own copy: use an accumulator, or reduce, count or updateStateByKey.";

/** Fills the reserved node of a function; refuses what cannot run elsewhere. */
export function makeFunctionNode(graph: ValueGraph, fn: object, index: NodeIndex, path: CapturePath | undefined): void {
	const text = functionText(fn);
	if ("problem" in text) graph.refuse(path, text.problem, text.way);
	refuseText(graph, text, path);
	const variables = new Variables(graph, fn, path);
	const slots: CaptureSlot[] = [];
	const live: CaptureSlot[] = [];
	const parts: { start: number; end: number; by: string }[] = [];
	const base = superSlot(graph, fn, text, path, parts);
	if (base) slots.push(base);
	for (const at of text.free.dynamicImports) parts.push({ start: at, end: at + IMPORT_SLOT.length, by: IMPORT_SLOT });
	if (text.computedKey) {
		parts.push({ ...text.computedKey, by: JSON.stringify(String((fn as { name?: unknown }).name ?? "")) });
	}
	for (const v of text.free.variables.values()) {
		// A computed key is sent as the name it had; the base of a class as the value it had.
		if (text.superClass?.name === v.name && base) continue;
		if (onlyIn(v, text.computedKey) || (base?.name === BASE_SLOT && onlyIn(v, text.superClass))) continue;
		variables.take(v, slots, live);
	}
	if (text.free.dynamicImports.length > 0) {
		slots.push({ name: IMPORT_SLOT, value: graph.shared({ kind: "import", from: variables.file() }) });
	}
	const sent = parts.length > 0 ? replaceParts(text.text, parts) : text.text;
	const node: FunctionNode = {
		kind: "function",
		form: text.form,
		text: sent,
		slots,
		live,
		props: [],
		source: graph.inspected(path, () => functionSource(fn, text, sent, graph.inspector, graph.ctx)),
	};
	const name = Object.getOwnPropertyDescriptor(fn, "name")?.value as unknown;
	if (typeof name === "string") node.name = name;
	if (Object.isFrozen(fn)) node.frozen = true;
	graph.nodes[index] = node;
	refusePrototype(graph, fn, text, path);
	node.props = statics(graph, fn, text, path);
	const prototype = prototypeMembers(graph, fn, text, path);
	if (prototype.length > 0) node.prototype = prototype;
}

function onlyIn(v: FreeVariable, range: { start: number; end: number } | undefined): boolean {
	return range !== undefined && v.uses.every((at) => at >= range.start && at < range.end);
}

function refuseText(graph: ValueGraph, text: FunctionText, path: CapturePath | undefined): void {
	const { free } = text;
	const no = (reason: string, way: string) => graph.refuse(path, reason, way);
	if (free.thisAt >= 0) no("uses `this` of the code around it", "Assign what you need to a name: const me = this.x;");
	if (free.superAt >= 0) no("uses `super` outside its class", "Use a function, or capture the whole class.");
	if (free.argumentsAt >= 0) no("uses `arguments` of the code around it", "Use parameters: (...args) => ….");
	if (free.importMetaAt >= 0) no("uses `import.meta`", "Assign what you need to a name: const url = import.meta.url;");
	if (free.evalAt >= 0) no("uses `eval`, so that nobody can tell what it needs", "Write the code out.");
	if (free.ownNameAssignedAt >= 0) no("assigns to its own name", ACCUMULATE);
}

/** The base of a class is the value it has, not what its expression would give when evaluated again. */
function superSlot(
	graph: ValueGraph,
	fn: object,
	text: FunctionText,
	path: CapturePath | undefined,
	parts: { start: number; end: number; by: string }[],
): CaptureSlot | undefined {
	const { superClass } = text;
	if (!superClass || superClass.isNull) return undefined;
	const base = Object.getPrototypeOf(fn) as unknown;
	const { exportsMember: member, name } = superClass;
	if (member !== undefined && liveValue(graph, member) === base) return undefined;
	if (name !== undefined && isBuiltinName(name) && builtinPrototype((base as { prototype: object }).prototype)) {
		return undefined;
	}
	const slot = name ?? BASE_SLOT;
	if (name === undefined) parts.push({ start: superClass.start, end: superClass.end, by: BASE_SLOT });
	const label = text.text.slice(superClass.start, superClass.end);
	const value = graph.add(base, { parent: path, label, member: false });
	return { name: slot, value, eager: true };
}

function liveValue(graph: ValueGraph, name: string): unknown {
	const { bindings } = graph.ctx;
	if (!bindings?.has(name)) return NOT_FOUND;
	try {
		return bindings.get(name);
	} catch {
		return NOT_FOUND;
	}
}

/** Looks up the free variables of one function. */
class Variables {
	private readonly graph: ValueGraph;
	private readonly fn: object;
	private readonly path: CapturePath | undefined;
	private scopes: readonly object[] | undefined;

	constructor(graph: ValueGraph, fn: object, path: CapturePath | undefined) {
		this.graph = graph;
		this.fn = fn;
		this.path = path;
	}

	/** The file that `import(…)` inside the function resolves from. */
	file(): string {
		const { graph } = this;
		if (graph.ctx.bindings?.folder !== undefined) return `${graph.ctx.bindings.folder}/notebook.js`;
		return graph.inspected(this.path, () => {
			const location = graph.inspector.locate(this.fn);
			return (location && toPath(graph.inspector.script(location.scriptId).url)) || `${process.cwd()}/index.js`;
		});
	}

	take(v: FreeVariable, slots: CaptureSlot[], live: CaptureSlot[]): void {
		const { graph } = this;
		const path: CapturePath = { parent: this.path, label: v.name, member: false };
		if (DECORATOR_HELPERS.has(v.name)) {
			graph.refuse(this.path, "is a decorated class or lives in one", "Use a class without decorators.");
		}
		if (v.assigned >= 0) graph.refuse(this.path, `assigns to the captured variable \`${v.name}\``, ACCUMULATE);
		if (v.name === "__vite_ssr_import_meta__") {
			graph.refuse(this.path, "uses `import.meta`", "Assign what you need to a name: const url = import.meta.url;");
		}
		const eager = v.eager && { eager: true as const };
		if (v.name === "__import" || v.name === "__vite_ssr_dynamic_import__") {
			slots.push({ name: v.name, value: graph.shared({ kind: "import", from: this.file() }), ...eager });
			return;
		}
		const value = this.lookup(v, path);
		if (value === NOT_FOUND) return;
		if (v.name === "exports" && typeof value === "object" && value !== null) {
			if (this.notebookNames(v, value, live)) return;
		}
		const isNamespace = types.isModuleNamespaceObject(value) || NAMESPACE_NAME.test(v.name);
		if (isNamespace && v.bare < 0 && typeof value === "object" && value !== null) {
			slots.push({ name: v.name, value: this.namespace(v, value, path), ...eager });
			return;
		}
		slots.push({ name: v.name, value: graph.add(value, path), ...eager });
	}

	/** `exports.k` in cells: each name is a slot of its own, and none of the others comes along. */
	private notebookNames(v: FreeVariable, value: object, live: CaptureSlot[]): boolean {
		const { graph } = this;
		const { bindings } = graph.ctx;
		const notebook = bindings?.exports === value;
		for (const [key] of v.assignedMembers) {
			if (notebook) graph.refuse(this.path, `assigns to the captured variable \`${key}\``, ACCUMULATE);
		}
		if (v.bare >= 0) {
			if (!notebook) return false;
			graph.refuse(
				this.path,
				"uses `exports` as a whole",
				"Use the names you need; `exports` holds every name of the notebook.",
			);
		}
		for (const name of v.members) {
			const path: CapturePath = { parent: this.path, label: name, member: false };
			const eager = v.eagerMembers.has(name) && { eager: true as const };
			const reference = notebook ? bindings?.imported(name) : undefined;
			if (reference) {
				live.push({ name, value: graph.moduleNode(reference), ...eager });
				continue;
			}
			let found: unknown;
			if (notebook && bindings) {
				if (!bindings.has(name)) {
					graph.refuse(path, "is not defined in the notebook", "Run the cell that defines it first.");
				}
				try {
					found = bindings.get(name);
				} catch (cause) {
					graph.refuse(path, "is not initialised yet", "Use the function after the line that defines the name.", cause);
				}
				if (graph.isLiveFunction(this.fn)) graph.live.add(name);
			} else if (Object.hasOwn(value, name)) found = graph.dataProperty(value, name, path);
			else continue;
			live.push({ name, value: graph.add(found, path), ...eager });
		}
		return true;
	}

	/** A module namespace: only the members that the text reads. */
	private namespace(v: FreeVariable, value: object, path: CapturePath): NodeIndex {
		const { graph } = this;
		const props = [...v.members].map((key) => {
			const below = memberPath(path, key);
			let found: unknown;
			try {
				found = (value as { [key: string]: unknown })[key];
			} catch (cause) {
				graph.refuse(below, "is not initialised yet", "Use the function after the module has been loaded.", cause);
			}
			return { key, value: graph.add(found, below), enumerable: true };
		});
		return graph.nodes.push({ kind: "object", proto: "plain", props, frozen: false }) - 1;
	}

	/** The value of a variable in the innermost scope that has it. NOT_FOUND: it means the same elsewhere, or nothing. */
	private lookup(v: FreeVariable, path: CapturePath): unknown {
		const { graph } = this;
		this.scopes ??= graph.inspected(this.path, () => graph.inspector.inspect(this.fn).scopes);
		for (const scope of this.scopes) {
			const isGlobal = Object.hasOwn(scope, "globalThis");
			if (isGlobal ? !(v.name in scope) : !Object.hasOwn(scope, v.name)) continue;
			if (isGlobal) {
				if (isBuiltinName(v.name) && !isReplacedGlobal(v.name, scope)) return NOT_FOUND;
				if (!Object.hasOwn(scope, v.name)) continue;
				return graph.dataProperty(scope, v.name, path);
			}
			try {
				return (scope as { [name: string]: unknown })[v.name];
			} catch (cause) {
				graph.refuse(path, "is not initialised yet", "Use the function after the line that defines the name.", cause);
			}
		}
		if (isBuiltinName(v.name) || v.onlyTypeof) return NOT_FOUND;
		// `class D extends exports.Base {}`: no closure uses `exports`, so V8 has not kept it.
		if (v.name === "exports" && graph.ctx.bindings) return graph.ctx.bindings.exports;
		return graph.refuse(
			path,
			"is not defined where the function was made",
			"Define it before, or pass it as a parameter.",
		);
	}
}

/** A function whose prototype was exchanged is more than its text. */
function refusePrototype(graph: ValueGraph, fn: object, text: FunctionText, path: CapturePath | undefined): void {
	if (text.superClass) return;
	const proto = Object.getPrototypeOf(fn) as object | null;
	const kind = proto && builtinPrototype(proto);
	if (kind && /^(?:Async)?(?:Generator)?Function$/.test(kind)) return;
	graph.refuse(path, "is a function with a prototype of its own", "Use a class with `extends`.");
}

const UNCHANGED = new Set<PropertyKey>(["length", "name", "prototype", "arguments", "caller"]);

function statics(
	graph: ValueGraph,
	fn: object,
	text: FunctionText,
	path: CapturePath | undefined,
): FunctionNode["props"] {
	const props: { key: string; value: NodeIndex; enumerable?: false }[] = [];
	for (const key of Reflect.ownKeys(fn)) {
		if (UNCHANGED.has(key)) continue;
		const d = Object.getOwnPropertyDescriptor(fn, key) as PropertyDescriptor;
		if (isInText(d, text)) continue;
		const below = memberPath(path, key);
		if (typeof key === "symbol") {
			graph.refuse(below, "is a property of a function under a symbol", "Use a name, or a variable of its own.");
		}
		const value = graph.add(graph.dataProperty(fn, key, below), below);
		props.push({ key, value, ...(!d.enumerable && { enumerable: false as const }) });
	}
	return props;
}

/** Methods and accessors that the text of the class brings along. */
function isInText(d: PropertyDescriptor, text: FunctionText): boolean {
	if (text.form !== "class") return false;
	const functions = "value" in d ? [d.value] : [d.get, d.set].filter((f) => f !== undefined);
	return functions.every(
		(f) => typeof f === "function" && !d.enumerable && text.text.includes(Function.prototype.toString.call(f)),
	);
}

/** What stands on `prototype`: nothing new for classes, everything for functions used as constructors. */
function prototypeMembers(
	graph: ValueGraph,
	fn: object,
	text: FunctionText,
	path: CapturePath | undefined,
): { key: string; value: NodeIndex; enumerable?: false }[] {
	const prototype = Object.getOwnPropertyDescriptor(fn, "prototype")?.value as unknown;
	if (typeof prototype !== "object" || prototype === null) return [];
	const below = memberPath(path, "prototype");
	const kind = Object.getPrototypeOf(fn) && builtinPrototype(Object.getPrototypeOf(fn));
	const isConstructor = kind === "Function" && text.form === "expression";
	const parent = Object.getPrototypeOf(prototype) as object | null;
	if (isConstructor && (parent === null || !isPlainPrototype(parent))) {
		graph.refuse(below, "inherits from something else", "Use a class with `extends`.");
	}
	const members: { key: string; value: NodeIndex; enumerable?: false }[] = [];
	for (const key of Reflect.ownKeys(prototype)) {
		const d = Object.getOwnPropertyDescriptor(prototype, key) as PropertyDescriptor;
		if ((key === "constructor" && d.value === fn) || isInText(d, text)) continue;
		const at = memberPath(below, key);
		if (typeof key === "symbol" || text.form === "class") {
			graph.refuse(at, "was put on the prototype after the class was made", "Write it inside the class.");
		}
		const value = graph.add(graph.dataProperty(prototype, key, at), at);
		members.push({ key, value, ...(!d.enumerable && { enumerable: false as const }) });
	}
	return members;
}
