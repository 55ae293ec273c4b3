// The text of a function: its form, its free variables, and what revival and stack positions need to know of it.
import { parse, type Token } from "acorn";
import type { AstNode } from "./declarations.ts";
import { type FreeVariables, freeVariables } from "./scope.ts";

/** The text of one function, analysed. Offsets count from the first character of the text. */
export interface FunctionText {
	readonly form: "expression" | "method" | "class";
	readonly text: string;
	readonly free: FreeVariables;
	/** Where V8 says the function is: its parameter list, or the start of an arrow or of a class without constructor. */
	readonly locationOffset: number;
	/** Start offsets of the tokens, ascending. */
	readonly tokens: readonly number[];
	/** The expression after `extends`. */
	readonly superClass?: { start: number; end: number; name?: string; exportsMember?: string; isNull: boolean };
	/** A class whose instances hold private fields or methods: these cannot be read from outside. */
	readonly privateInstance: boolean;
	/** Computed key of a method or accessor. */
	readonly computedKey?: { start: number; end: number };
}

/** Why a text cannot be sent. */
export interface TextProblem {
	readonly problem: string;
	readonly way: string;
}

const NATIVE = /\{\s*\[native code\]\s*\}\s*$/;
const STRICT = '"use strict";';
/** Functions of a running stream are captured again and again; the text of a function never changes. */
const cache = new WeakMap<object, FunctionText | TextProblem>();

/** Tells whether the function has no text: built in, or bound. */
export function isNative(fn: object): boolean {
	return NATIVE.test(Function.prototype.toString.call(fn));
}

/** Returns the analysed text of a function, or why it cannot be sent. */
export function functionText(fn: object): FunctionText | TextProblem {
	let known = cache.get(fn);
	if (!known) {
		known = analyse(Function.prototype.toString.call(fn));
		cache.set(fn, known);
	}
	return known;
}

function tryParse(before: string, text: string, after: string, tokens: Token[]): AstNode | undefined {
	tokens.length = 0;
	try {
		return parse(before + text + after, {
			ecmaVersion: "latest",
			sourceType: "script",
			// Lets `import.meta` through, so that it gets its own message.
			allowImportExportEverywhere: true,
			allowSuperOutsideMethod: true,
			onToken: tokens,
		}) as unknown as AstNode;
	} catch {
		return undefined;
	}
}

function firstExpression(program: AstNode | undefined): AstNode | undefined {
	return (program?.body as AstNode[] | undefined)?.at(-1)?.expression as AstNode | undefined;
}

function analyse(text: string): FunctionText | TextProblem {
	if (NATIVE.test(text)) {
		return { problem: "is built in or bound and has no text", way: "Write a function around it: (x) => f(x)." };
	}
	const tokens: Token[] = [];
	let shift = STRICT.length + 1;
	let node = firstExpression(tryParse(`${STRICT}(`, text, "\n)", tokens));
	let form: FunctionText["form"] = "expression";
	let key: AstNode | undefined;
	if (node?.type === "ClassExpression") form = "class";
	else if (node?.type !== "FunctionExpression" && node?.type !== "ArrowFunctionExpression") {
		shift = STRICT.length + 2;
		const object = firstExpression(tryParse(`${STRICT}({`, text, "\n})", tokens));
		const property = (object?.properties as AstNode[] | undefined)?.[0];
		if (property?.type !== "Property") return unparsable(text);
		form = "method";
		if (property.computed) key = property.key as AstNode;
		node = property.value as AstNode;
	}
	const starts = tokens.filter((t) => t.start >= shift && t.start < shift + text.length).map((t) => t.start - shift);
	const parenthesis = (from: number) =>
		(tokens.find((t) => t.type.label === "(" && t.start >= from)?.start ?? shift) - shift;
	let locationOffset = 0;
	let privateInstance = false;
	let superClass: FunctionText["superClass"];
	if (form === "class") {
		const members = (node.body as AstNode).body as AstNode[];
		const constructor_ = members.find((m) => m.kind === "constructor");
		if (constructor_) locationOffset = parenthesis((constructor_.key as AstNode).end);
		privateInstance = members.some((m) => (m.key as AstNode | undefined)?.type === "PrivateIdentifier" && !m.static);
		const base = node.superClass as AstNode | null;
		if (base) superClass = describeBase(base, shift);
	} else if (node.type !== "ArrowFunctionExpression") {
		locationOffset = parenthesis(node.id ? (node.id as AstNode).end : node.start);
	}
	return {
		form,
		text,
		free: shifted(freeVariables(node), shift),
		locationOffset,
		tokens: starts,
		privateInstance,
		...(superClass && { superClass }),
		...(key && { computedKey: { start: key.start - shift, end: key.end - shift } }),
	};
}

function describeBase(base: AstNode, shift: number): NonNullable<FunctionText["superClass"]> {
	const object = base.object as AstNode | undefined;
	const property = base.property as AstNode | undefined;
	const member = base.type === "MemberExpression" && !base.computed && object?.type === "Identifier";
	return {
		start: base.start - shift,
		end: base.end - shift,
		isNull: base.type === "Literal" && base.value === null,
		...(base.type === "Identifier" && { name: base.name as string }),
		...(member && object?.name === "exports" && { exportsMember: property?.name as string }),
	};
}

/** Offsets of the analysis count from the wrapped text; callers count from the text. */
function shifted(free: FreeVariables, by: number): FreeVariables {
	const move = (at: number) => (at < 0 ? at : at - by);
	for (const v of free.variables.values()) {
		v.assigned = move(v.assigned);
		v.bare = move(v.bare);
		for (let i = 0; i < v.uses.length; i++) v.uses[i] -= by;
		for (const [key, at] of v.assignedMembers) v.assignedMembers.set(key, move(at));
	}
	return {
		...free,
		thisAt: move(free.thisAt),
		superAt: move(free.superAt),
		argumentsAt: move(free.argumentsAt),
		newTargetAt: move(free.newTargetAt),
		importMetaAt: move(free.importMetaAt),
		evalAt: move(free.evalAt),
		ownNameAssignedAt: move(free.ownNameAssignedAt),
		dynamicImports: free.dynamicImports.map(move),
	};
}

function unparsable(text: string): TextProblem {
	const tokens: Token[] = [];
	if (tryParse("(", text, "\n)", tokens) || tryParse("({", text, "\n})", tokens)) {
		return {
			problem: "uses syntax that strict mode forbids (with, octal numbers, repeated parameters …)",
			way: "Write it as strict code; workers run everything in strict mode.",
		};
	}
	if (tryParse("(function () {(", text, "\n)})", tokens)) {
		return { problem: "uses `new.target` of the code around it", way: "Assign it to a name first." };
	}
	if (/^(?:async\s*)?\*?\s*#|^(?:get|set)\s+#/.test(text)) {
		return {
			problem: "is a private method and cannot be used outside its class",
			way: "Make it a function or a public method.",
		};
	}
	return {
		problem: "has a text that cannot be parsed as a function",
		way: "Write it as a function or an arrow function.",
	};
}

/** Replaces parts of a text without moving anything behind them, as far as the lengths allow. */
export function replaceParts(text: string, parts: readonly { start: number; end: number; by: string }[]): string {
	let result = text;
	for (const { start, end, by } of [...parts].sort((a, b) => b.start - a.start)) {
		const old = text.slice(start, end);
		// Line breaks stay, so that lines keep their numbers.
		const lineBreaks = "\n".repeat(old.split("\n").length - 1);
		const padding = " ".repeat(Math.max(0, old.length - by.length - lineBreaks.length));
		result = result.slice(0, start) + by + padding + lineBreaks + result.slice(end);
	}
	return result;
}
