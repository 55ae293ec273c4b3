// revive(): makes a captured function again in another thread. Evaluates text: only for captures of our own process.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { CaptureError } from "../errors/index.ts";
import { reachable } from "./graph.ts";
import { loadReference, resolveModule } from "./modules.ts";
import { registerSource } from "./positions.ts";
import type { CapturedFunction, CaptureNode, NodeIndex, ReviveContext } from "./types.ts";

type FunctionNode = Extract<CaptureNode, { kind: "function" }>;
type AnyFunction = (...args: never[]) => unknown;
type Fill = (slots: readonly unknown[], live: readonly unknown[]) => void;
type Factory = (slots: readonly unknown[], live: readonly unknown[]) => [made: AnyFunction, fill: Fill];

/**
 * Returns the captured function, made anew in this thread: same text, strict mode, its own copies of what it captured.
 * Stack frames name it `<url>#<step>`; `mapRevivedStack` turns them into positions of the user's source.
 */
export function revive(captured: CapturedFunction, ctx: ReviveContext): AnyFunction {
	if (captured?.format !== 1) {
		throw new CaptureError(
			`${ctx.step}: the captured function has format ${String(captured?.format)}, this version reads format 1. ` +
				"Capture it again with this version.",
			{ step: ctx.step, reason: "unknown format", path: [] },
		);
	}
	const reviver = new Reviver(captured, ctx);
	reviver.complete([captured.root]);
	return reviver.built[captured.root] as AnyFunction;
}

/** Returns the references to modules that a captured function needs, for `preloadModules`. */
export function capturedModules(captured: CapturedFunction): Extract<CaptureNode, { kind: "module" }>[] {
	return captured.nodes.filter((n) => n.kind === "module");
}

class Reviver {
	readonly built: unknown[] = [];
	private readonly isBuilt: boolean[] = [];
	private readonly isFilled: boolean[] = [];
	private readonly fills: (Fill | undefined)[] = [];
	private readonly captured: CapturedFunction;
	private readonly ctx: ReviveContext;

	constructor(captured: CapturedFunction, ctx: ReviveContext) {
		this.captured = captured;
		this.ctx = ctx;
	}

	/**
	 * Builds and fills everything that can be reached. A class that needs values while it is evaluated (`extends`,
	 * statics) comes after these are complete; `capture` has made sure that this order exists.
	 */
	complete(from: readonly NodeIndex[]): void {
		const { nodes } = this.captured;
		const all = reachable(nodes, from);
		for (const i of all) {
			const node = nodes[i];
			if (node.kind !== "function" || this.isBuilt[i]) continue;
			const eager = [...node.slots, ...node.live].filter((s) => s.eager).map((s) => s.value);
			if (eager.length === 0) continue;
			this.complete(eager);
			this.build(i);
		}
		for (const i of all) this.build(i);
		for (const i of all) this.fill(i);
	}

	private build(i: NodeIndex): unknown {
		if (!this.isBuilt[i]) {
			this.built[i] = this.shell(this.captured.nodes[i], i);
			this.isBuilt[i] = true;
		}
		return this.built[i];
	}

	private shell(node: CaptureNode, i: NodeIndex): unknown {
		switch (node.kind) {
			case "clone":
				return this.captured.values[node.value];
			case "global":
				return node.path.reduce<unknown>((at, key) => (at as { [key: string]: unknown })[key], globalThis);
			case "module":
				return loadReference(node);
			case "symbol":
				return node.wellKnown ? (Symbol as unknown as { [key: string]: symbol })[node.key] : Symbol.for(node.key);
			case "array":
				return new Array(node.length);
			case "map":
				return new Map();
			case "set":
				return new Set();
			case "object": {
				if (node.proto === "plain") return {};
				if (node.proto === "null") return Object.create(null);
				return Object.create((this.build(node.proto) as { prototype: object }).prototype);
			}
			case "live":
				return { value: undefined };
			case "require":
				return createRequire(node.from);
			case "import":
				return importer(node.from);
			case "handle":
				if (!this.ctx.handle) {
					throw new CaptureError(
						`${this.ctx.step}: a handle on ${node.type} ${node.id} came to a thread that knows no handles.`,
						{
							step: this.ctx.step,
							reason: "no handles here",
							path: [node.type],
						},
					);
				}
				return this.ctx.handle(node.type, node.id, node.data);
			case "function":
				return this.function(node, i);
		}
	}

	private function(node: FunctionNode, i: NodeIndex): AnyFunction {
		const label = registerSource(node.source, this.ctx.step);
		let factory: Factory;
		try {
			factory = new Function(factoryText(node, label))() as Factory;
		} catch (cause) {
			throw new CaptureError(
				`${this.ctx.step}: the text of ${node.name || "a function"} cannot be compiled in the worker. ` +
					"Write it in the syntax of this version of Node.",
				{ step: this.ctx.step, reason: "text does not compile", path: [node.name ?? ""] },
				{ cause },
			);
		}
		const early = (slots: FunctionNode["slots"]) => slots.map((s) => (s.eager ? this.built[s.value] : undefined));
		const [made, fill] = factory(early(node.slots), early(node.live));
		this.fills[i] = fill;
		// An anonymous function had its name from the variable it was assigned to.
		const own = Object.getOwnPropertyDescriptor(made, "name");
		if (node.name !== undefined && own?.value !== node.name && own?.configurable !== false) {
			Object.defineProperty(made, "name", { value: node.name, configurable: true });
		}
		return made;
	}

	private fill(i: NodeIndex): void {
		if (this.isFilled[i]) return;
		this.isFilled[i] = true;
		const node = this.captured.nodes[i];
		const value = this.built[i];
		const get = (index: NodeIndex) => this.built[index];
		switch (node.kind) {
			case "array":
				for (const [at, item] of node.items.entries()) if (item !== null) (value as unknown[])[at] = get(item);
				if (node.frozen) Object.freeze(value);
				break;
			case "map":
				for (const [k, v] of node.entries) (value as Map<unknown, unknown>).set(get(k), get(v));
				break;
			case "set":
				for (const item of node.items) (value as Set<unknown>).add(get(item));
				break;
			case "object":
				for (const p of node.props) {
					define(
						value as object,
						typeof p.key === "number" ? (get(p.key) as symbol) : p.key,
						get(p.value),
						p.enumerable,
					);
				}
				if (node.frozen) Object.freeze(value);
				break;
			case "live":
				(value as { value: unknown }).value = get(node.value);
				break;
			case "function": {
				this.fills[i]?.(
					node.slots.map((s) => get(s.value)),
					node.live.map((s) => get(s.value)),
				);
				for (const p of node.props) define(value as object, p.key, get(p.value), p.enumerable !== false);
				for (const p of node.prototype ?? []) {
					define((value as { prototype: object }).prototype, p.key, get(p.value), p.enumerable !== false);
				}
				if (node.frozen) Object.freeze(value);
			}
		}
	}
}

function define(holder: object, key: PropertyKey, value: unknown, enumerable: boolean): void {
	Object.defineProperty(holder, key, { value, enumerable, writable: true, configurable: true });
}

/**
 * A factory in strict mode: slots are `let` variables of its own, filled after the function is made, so that
 * functions can refer to one another. The text starts a line of its own (`HEADER_LINES` in positions.ts): its columns
 * are those of the user's text.
 */
function factoryText(node: FunctionNode, label: string): string {
	const taken = new Set(node.slots.map((s) => s.name));
	const fresh = (wanted: string): string => {
		let name = wanted;
		while (taken.has(name) || node.text.includes(name)) name += "_";
		taken.add(name);
		return name;
	};
	const [slots, live, member] = [fresh("$s"), fresh("$l"), fresh("$m")];
	const declared = node.slots.map((s, i) => `${s.name} = ${slots}[${i}]`);
	const hasLive = node.live.length > 0;
	// A plain literal: V8 keeps it fast, unlike an object without prototype.
	if (hasLive) declared.push(`exports = {${node.live.map((s, i) => `${property(s.name)}: ${live}[${i}]`).join(", ")}}`);
	const let_ = declared.length > 0 ? `let ${declared.join(", ")};` : "";
	const [before, after] = node.form === "method" ? ["({", "})"] : ["(", ")"];
	const assigned = node.slots.map((s, i) => `${s.name} = ${slots}[${i}];`);
	if (hasLive) assigned.push(...node.live.map((s, i) => `exports[${JSON.stringify(s.name)}] = ${live}[${i}];`));
	const pick =
		node.form === "method"
			? `${member} = Object.values(Object.getOwnPropertyDescriptors(${member}))[0], ${member} = ${member}.value ?? ${member}.get ?? ${member}.set, `
			: "";
	return [
		`"use strict"; return (${slots}, ${live}) => { let ${member}; ${let_} ${member} = ${before}`,
		node.text,
		`${after}; return [(${pick}${member}), (${slots}, ${live}) => { ${assigned.join(" ")} }]; };`,
		`//# sourceURL=${label}`,
	].join("\n");
}

/** A key of a literal; `__proto__` would not become a property without brackets. */
function property(name: string): string {
	return name === "__proto__" || !/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)
		? `[${JSON.stringify(name)}]`
		: name;
}

/** What `import(…)` of a captured function calls: resolves as the file of the function would. */
function importer(from: string): (specifier: unknown) => Promise<unknown> {
	return async (specifier) => {
		const text = String(specifier);
		if (text.startsWith("node:") || text.startsWith("data:") || text.startsWith("file:")) return import(text);
		const file = resolveModule(text, from);
		return import(file.startsWith("/") || /^[A-Za-z]:\\/.test(file) ? pathToFileURL(file).href : file);
	};
}
