// Scope analysis over ESTree: which variables a function leaves free. Long because every construct of the language has its case here.
// One walk over every construct of the language: longer than most files, but of no use in parts.
import { type AstNode, children, lexicalNames, patternNames, varNames } from "./declarations.ts";

/** How one free variable is used. */
export interface FreeVariable {
	readonly name: string;
	/** True while every use stands under `typeof`: the variable need not exist. */
	onlyTypeof: boolean;
	/** Offset of the first assignment to the name itself, -1 when there is none. */
	assigned: number;
	/** Members read as `name.member`; complete only when `bare` is -1. */
	readonly members: Set<string>;
	/** Members written or deleted: `name.member = …`, with the offset of the first. */
	readonly assignedMembers: Map<string, number>;
	/** Offset of the first use of the value as a whole (anything but `name.member`), -1 when there is none. */
	bare: number;
	/** Used while the root class itself is evaluated: `extends`, computed keys, static fields and blocks. */
	eager: boolean;
	readonly eagerMembers: Set<string>;
	/** Offsets of every identifier that stands for this variable. */
	readonly uses: number[];
}

/** What a piece of code takes from its surroundings. Offsets are those of the parsed text; -1 means "not used". */
export interface FreeVariables {
	readonly variables: ReadonlyMap<string, FreeVariable>;
	readonly thisAt: number;
	readonly superAt: number;
	readonly argumentsAt: number;
	readonly newTargetAt: number;
	readonly importMetaAt: number;
	/** First direct `eval(…)`. */
	readonly evalAt: number;
	/** First assignment to the own name of the root function or class. */
	readonly ownNameAssignedAt: number;
	/** Offsets of the keyword of every `import(…)`. */
	readonly dynamicImports: readonly number[];
}

interface Scope {
	readonly names: Set<string>;
	readonly parent: Scope | undefined;
}

interface Place {
	readonly scope: Scope;
	/** Whether `this`, `super`, `arguments` and `new.target` belong to something inside the text. */
	readonly ownThis: boolean;
	readonly ownSuper: boolean;
	readonly ownArguments: boolean;
	readonly eager: boolean;
}

/** Returns the free variables of `root`: a function, a class, an expression or a whole program. */
export function freeVariables(root: AstNode): FreeVariables {
	const walker = new Walker(root);
	walker.run();
	return walker.result;
}

function scope(parent: Scope | undefined, names: Iterable<string> = []): Scope {
	return { names: new Set(names), parent };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

class Walker {
	readonly result: Writable<FreeVariables>;
	private readonly variables = new Map<string, FreeVariable>();
	private readonly dynamicImports: number[] = [];
	private readonly root: AstNode;
	/** Scope that holds nothing but the own name of the root function or class. */
	private ownName: Scope | undefined;

	constructor(root: AstNode) {
		this.root = root;
		this.result = {
			variables: this.variables,
			thisAt: -1,
			superAt: -1,
			argumentsAt: -1,
			newTargetAt: -1,
			importMetaAt: -1,
			evalAt: -1,
			ownNameAssignedAt: -1,
			dynamicImports: this.dynamicImports,
		};
	}

	run(): void {
		this.visit(this.root, {
			scope: scope(undefined),
			ownThis: false,
			ownSuper: false,
			ownArguments: false,
			eager: false,
		});
	}

	private note(field: "thisAt" | "superAt" | "argumentsAt" | "newTargetAt" | "importMetaAt" | "evalAt", at: number) {
		if (this.result[field] === -1) this.result[field] = at;
	}

	/** Answers with the scope that declares `name`, undefined when it is free. */
	private lookup(name: string, from: Scope): Scope | undefined {
		for (let s: Scope | undefined = from; s; s = s.parent) if (s.names.has(name)) return s;
		return undefined;
	}

	private free(id: AstNode, place: Place): FreeVariable | undefined {
		const name = id.name as string;
		if (this.lookup(name, place.scope)) return undefined;
		if (name === "arguments") {
			if (!place.ownArguments) this.note("argumentsAt", id.start);
			return undefined;
		}
		let v = this.variables.get(name);
		if (!v) {
			v = {
				name,
				onlyTypeof: true,
				assigned: -1,
				members: new Set(),
				assignedMembers: new Map(),
				bare: -1,
				eager: false,
				eagerMembers: new Set(),
				uses: [],
			};
			this.variables.set(name, v);
		}
		v.uses.push(id.start);
		if (place.eager) v.eager = true;
		return v;
	}

	private reference(id: AstNode, place: Place, underTypeof = false): void {
		const v = this.free(id, place);
		if (!v) return;
		if (!underTypeof) v.onlyTypeof = false;
		if (v.bare === -1) v.bare = id.start;
	}

	private member(node: AstNode, place: Place, written: boolean): boolean {
		const object = node.object as AstNode;
		const property = node.property as AstNode;
		if (object.type !== "Identifier") return false;
		let key: string | undefined;
		if (!node.computed && property.type === "Identifier") key = property.name as string;
		else if (node.computed && property.type === "Literal" && typeof property.value === "string") key = property.value;
		if (key === undefined) return false;
		const v = this.free(object, place);
		if (!v) return true;
		v.onlyTypeof = false;
		if (written) {
			if (!v.assignedMembers.has(key)) v.assignedMembers.set(key, node.start);
		} else {
			v.members.add(key);
			if (place.eager) v.eagerMembers.add(key);
		}
		return true;
	}

	private memberParts(node: AstNode, place: Place, written: boolean): void {
		if (!this.member(node, place, written)) this.visit(node.object as AstNode, place);
		if (node.computed) this.visit(node.property as AstNode, place);
	}

	/** A target of an assignment: a name, a member, or a pattern of them. */
	private target(node: AstNode | null, place: Place): void {
		if (!node) return;
		switch (node.type) {
			case "Identifier": {
				const holder = this.lookup(node.name as string, place.scope);
				if (holder && holder === this.ownName && this.result.ownNameAssignedAt === -1) {
					this.result.ownNameAssignedAt = node.start;
				}
				const v = this.free(node, place);
				if (!v) return;
				v.onlyTypeof = false;
				if (v.assigned === -1) v.assigned = node.start;
				return;
			}
			case "MemberExpression":
				this.memberParts(node, place, true);
				return;
			case "ObjectPattern":
				for (const p of node.properties as AstNode[]) {
					if (p.type === "RestElement") this.target(p.argument as AstNode, place);
					else {
						if (p.computed) this.visit(p.key as AstNode, place);
						this.target(p.value as AstNode, place);
					}
				}
				return;
			case "ArrayPattern":
				for (const e of node.elements as (AstNode | null)[]) this.target(e, place);
				return;
			case "AssignmentPattern":
				this.target(node.left as AstNode, place);
				this.visit(node.right as AstNode, place);
				return;
			case "RestElement":
				this.target(node.argument as AstNode, place);
				return;
			default:
				this.visit(node, place);
		}
	}

	/** The expressions inside a declaring pattern: default values and computed keys. */
	private pattern(node: AstNode | null, place: Place): void {
		if (!node) return;
		switch (node.type) {
			case "ObjectPattern":
				for (const p of node.properties as AstNode[]) {
					if (p.type === "RestElement") this.pattern(p.argument as AstNode, place);
					else {
						if (p.computed) this.visit(p.key as AstNode, place);
						this.pattern(p.value as AstNode, place);
					}
				}
				return;
			case "ArrayPattern":
				for (const e of node.elements as (AstNode | null)[]) this.pattern(e, place);
				return;
			case "AssignmentPattern":
				this.pattern(node.left as AstNode, place);
				this.visit(node.right as AstNode, place);
				return;
			case "RestElement":
				this.pattern(node.argument as AstNode, place);
				return;
		}
	}

	private generic(node: AstNode, place: Place): void {
		for (const child of children(node)) this.visit(child, place);
	}

	private all(nodes: unknown, place: Place): void {
		for (const n of nodes as (AstNode | null)[]) if (n) this.visit(n, place);
	}

	private visit(node: AstNode, place: Place): void {
		switch (node.type) {
			case "Identifier":
				this.reference(node, place);
				return;
			case "ThisExpression":
				if (!place.ownThis) this.note("thisAt", node.start);
				return;
			case "Super":
				if (!place.ownSuper) this.note("superAt", node.start);
				return;
			case "MetaProperty":
				if ((node.meta as AstNode).name === "import") this.note("importMetaAt", node.start);
				else if (!place.ownThis) this.note("newTargetAt", node.start);
				return;
			case "ImportExpression":
				this.dynamicImports.push(node.start);
				this.generic(node, place);
				return;
			case "MemberExpression":
				this.memberParts(node, place, false);
				return;
			case "CallExpression": {
				const callee = node.callee as AstNode;
				if (callee.type === "Identifier" && callee.name === "eval" && !this.lookup("eval", place.scope)) {
					this.note("evalAt", node.start);
				}
				this.generic(node, place);
				return;
			}
			case "UnaryExpression": {
				const argument = node.argument as AstNode;
				if (node.operator === "typeof" && argument.type === "Identifier") this.reference(argument, place, true);
				else if (node.operator === "delete") this.target(argument, place);
				else this.visit(argument, place);
				return;
			}
			case "AssignmentExpression":
				this.target(node.left as AstNode, place);
				// `a.b += 1` also reads; for the caller a written member is enough.
				this.visit(node.right as AstNode, place);
				return;
			case "UpdateExpression":
				this.target(node.argument as AstNode, place);
				return;
			case "Property":
				if (node.computed) this.visit(node.key as AstNode, place);
				this.visit(
					node.value as AstNode,
					// A method of an object literal may use super; so may accessors.
					node.method || node.kind !== "init" ? { ...place, ownSuper: true } : place,
				);
				return;
			case "FunctionDeclaration":
			case "FunctionExpression":
			case "ArrowFunctionExpression":
				this.function(node, place);
				return;
			case "ClassDeclaration":
			case "ClassExpression":
				this.class(node, place);
				return;
			case "Program":
				this.block(node.body as AstNode[], place, varNames(node.body));
				return;
			case "BlockStatement":
				this.block(node.body as AstNode[], place);
				return;
			case "StaticBlock":
				this.block(
					node.body as AstNode[],
					{ ...place, ownThis: true, ownSuper: true, ownArguments: true },
					varNames(node.body),
				);
				return;
			case "SwitchStatement": {
				this.visit(node.discriminant as AstNode, place);
				const cases = node.cases as AstNode[];
				const inner = scope(place.scope, lexicalNames(cases.flatMap((c) => c.consequent as AstNode[])));
				this.all(cases, { ...place, scope: inner });
				return;
			}
			case "ForStatement":
			case "ForInStatement":
			case "ForOfStatement":
				this.loop(node, place);
				return;
			case "CatchClause": {
				const inner = { ...place, scope: scope(place.scope, patternNames(node.param as AstNode)) };
				this.pattern(node.param as AstNode, inner);
				this.visit(node.body as AstNode, inner);
				return;
			}
			case "VariableDeclaration":
				for (const d of node.declarations as AstNode[]) {
					this.pattern(d.id as AstNode, place);
					if (d.init) this.visit(d.init as AstNode, place);
				}
				return;
			case "LabeledStatement":
				this.visit(node.body as AstNode, place);
				return;
			case "BreakStatement":
			case "ContinueStatement":
			case "ImportDeclaration":
			case "ExportAllDeclaration":
			case "PrivateIdentifier":
			case "TemplateElement":
			case "Literal":
				return;
			case "ExportNamedDeclaration":
				if (node.declaration) this.visit(node.declaration as AstNode, place);
				else if (!node.source) {
					for (const s of node.specifiers as AstNode[]) this.visit(s.local as AstNode, place);
				}
				return;
			default:
				this.generic(node, place);
		}
	}

	private block(statements: AstNode[], place: Place, more: readonly string[] = []): void {
		const inner = scope(place.scope, more);
		for (const name of lexicalNames(statements)) inner.names.add(name);
		this.all(statements, { ...place, scope: inner });
	}

	private loop(node: AstNode, place: Place): void {
		const head = (node.type === "ForStatement" ? node.init : node.left) as AstNode | null;
		let inner = place;
		if (head?.type === "VariableDeclaration") {
			if (head.kind !== "var") inner = { ...place, scope: scope(place.scope, lexicalNames([head])) };
			this.visit(head, inner);
		} else if (head) {
			if (node.type === "ForStatement") this.visit(head, place);
			else this.target(head, place);
		}
		for (const key of ["test", "update", "right", "body"]) {
			const part = node[key] as AstNode | null | undefined;
			if (part) this.visit(part, inner);
		}
	}

	private function(node: AstNode, place: Place): void {
		const arrow = node.type === "ArrowFunctionExpression";
		let outer = place.scope;
		// A function declaration is known to its block already; as root it names itself like an expression.
		if (node.id && (node.type === "FunctionExpression" || node === this.root)) {
			outer = scope(outer, [(node.id as AstNode).name as string]);
			if (node === this.root) this.ownName = outer;
		}
		const params = scope(outer);
		for (const p of node.params as AstNode[]) for (const n of patternNames(p)) params.names.add(n);
		const inner: Place = arrow
			? { ...place, scope: params }
			: {
					scope: params,
					ownThis: true,
					// The parser has refused `super` in functions that are no methods.
					ownSuper: place.ownSuper,
					ownArguments: true,
					eager: place.eager,
				};
		for (const p of node.params as AstNode[]) this.pattern(p, inner);
		const body = node.body as AstNode;
		if (body.type === "BlockStatement") this.block(body.body as AstNode[], inner, varNames(body.body));
		else this.visit(body, inner);
	}

	private class(node: AstNode, place: Place): void {
		let outer = place.scope;
		if (node.id) {
			outer = scope(outer, [(node.id as AstNode).name as string]);
			if (node === this.root) this.ownName = outer;
		}
		const eager = place.eager || node === this.root;
		const evaluated: Place = { ...place, scope: outer, eager };
		const member: Place = {
			scope: outer,
			ownThis: true,
			ownSuper: true,
			ownArguments: true,
			eager: place.eager,
		};
		if (node.superClass) this.visit(node.superClass as AstNode, evaluated);
		for (const m of (node.body as AstNode).body as AstNode[]) {
			if (m.computed) this.visit(m.key as AstNode, evaluated);
			if (m.type === "StaticBlock") this.visit(m, { ...member, eager });
			else if (m.value) {
				const early = m.type === "PropertyDefinition" && m.static;
				this.visit(m.value as AstNode, { ...member, eager: early ? eager : place.eager });
			}
		}
	}
}
