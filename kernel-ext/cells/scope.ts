// Finds, in the ES text of a cell, every place that refers to a name outside all inner scopes.
import type { Program } from "acorn";

/** A node of the ES tree, as far as the walk reads it. */
export interface EsNode {
	readonly type: string;
	readonly start: number;
	readonly end: number;
	readonly [key: string]: unknown;
}

/** One place that names something of the top level (or a global). */
export interface Reference {
	readonly name: string;
	readonly node: EsNode;
	/** `{k}`: the name is also a property key. */
	readonly shorthand: boolean;
	/** `f(…)` or a tag: the callee, whose `this` must not become the holder of the names. */
	readonly called: boolean;
	/** Stands in a scope with a local `exports`, where `exports.NAME` would mean something else. */
	readonly shadowed: boolean;
}

/** A declaration whose names belong to the cell, with the place it stands in. */
export interface TopDeclaration {
	readonly node: EsNode;
	/** In the head of `for (… ; ; )`, `for (… of …)` or `for (… in …)`. */
	readonly head: "for" | "each" | undefined;
}

/** An assignment or default value that gives an anonymous function its name. */
export interface NamedFunction {
	readonly name: string;
	readonly value: EsNode;
}

/** What a walk over the tree of a cell finds. */
export interface CellScope {
	/** Names of the top level, with the keyword that made them. */
	readonly names: ReadonlyMap<string, string>;
	readonly references: readonly Reference[];
	readonly declarations: readonly TopDeclaration[];
	readonly functions: readonly EsNode[];
	readonly classes: readonly EsNode[];
	readonly namings: readonly NamedFunction[];
	readonly dynamicImports: readonly EsNode[];
	readonly metas: readonly EsNode[];
	readonly awaits: boolean;
}

interface Scope {
	readonly names: Map<string, string>;
	readonly parent: Scope | undefined;
}

function isNode(value: unknown): value is EsNode {
	return typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";
}

function children(node: EsNode): EsNode[] {
	const found: EsNode[] = [];
	for (const key in node) {
		const value = node[key];
		if (Array.isArray(value)) for (const item of value) isNode(item) && found.push(item);
		else if (isNode(value)) found.push(value);
	}
	return found;
}

/** Calls `add` for every name that a pattern binds. */
export function patternNames(pattern: EsNode, add: (name: string, node: EsNode) => void): void {
	switch (pattern.type) {
		case "Identifier":
			add(pattern.name as string, pattern);
			return;
		case "ObjectPattern":
			for (const p of pattern.properties as EsNode[])
				patternNames((p.type === "Property" ? p.value : p.argument) as EsNode, add);
			return;
		case "ArrayPattern":
			for (const e of pattern.elements as (EsNode | null)[]) e && patternNames(e, add);
			return;
		case "AssignmentPattern":
			patternNames(pattern.left as EsNode, add);
			return;
		case "RestElement":
			patternNames(pattern.argument as EsNode, add);
			return;
	}
}

const FUNCTIONS = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);

/** Walks the tree of a cell once and returns its names and every reference to them or to what lies outside. */
export function walkCell(program: Program): CellScope {
	const root: Scope = { names: new Map(), parent: undefined };
	const references: Reference[] = [];
	const declarations: TopDeclaration[] = [];
	const functions: EsNode[] = [];
	const classes: EsNode[] = [];
	const namings: NamedFunction[] = [];
	const dynamicImports: EsNode[] = [];
	const metas: EsNode[] = [];
	let awaits = false;

	const declareLexical = (statements: readonly EsNode[], scope: Scope): void => {
		for (const statement of statements) {
			const id = statement.id as EsNode | null | undefined;
			if (statement.type === "FunctionDeclaration" && id) scope.names.set(id.name as string, "function");
			else if (statement.type === "ClassDeclaration" && id) scope.names.set(id.name as string, "class");
			else if (statement.type === "VariableDeclaration" && statement.kind !== "var") {
				for (const d of statement.declarations as EsNode[])
					patternNames(d.id as EsNode, (name) => scope.names.set(name, statement.kind as string));
			} else if (statement.type === "ImportDeclaration") {
				for (const s of statement.specifiers as EsNode[]) scope.names.set((s.local as EsNode).name as string, "import");
			}
		}
	};
	const declareVars = (node: EsNode, scope: Scope): void => {
		if (FUNCTIONS.has(node.type) || node.type === "StaticBlock" || node.type === "ClassBody") return;
		if (node.type === "VariableDeclaration" && node.kind === "var") {
			for (const d of node.declarations as EsNode[])
				patternNames(d.id as EsNode, (name) => {
					if (!scope.names.has(name)) scope.names.set(name, "var");
				});
		}
		for (const child of children(node)) declareVars(child, scope);
	};
	const isLocal = (name: string, scope: Scope): boolean => {
		for (let at: Scope | undefined = scope; at !== root && at; at = at.parent) if (at.names.has(name)) return true;
		return false;
	};
	const refer = (node: EsNode, scope: Scope, shorthand = false, called = false): void => {
		const name = node.name as string;
		if (!isLocal(name, scope)) references.push({ name, node, shorthand, called, shadowed: isLocal("exports", scope) });
	};
	const nameFunction = (target: EsNode, value: EsNode | null | undefined, scope: Scope): void => {
		if (target.type !== "Identifier" || !value || isLocal(target.name as string, scope)) return;
		const anonymous =
			value.type === "ArrowFunctionExpression" ||
			((value.type === "FunctionExpression" || value.type === "ClassExpression") && !value.id);
		if (anonymous) namings.push({ name: target.name as string, value });
	};

	const visitFunction = (node: EsNode, scope: Scope): void => {
		const names = new Map<string, string>();
		if (node.type === "FunctionExpression" && node.id) names.set((node.id as EsNode).name as string, "self");
		if (node.type !== "ArrowFunctionExpression") names.set("arguments", "arguments");
		const inner: Scope = { names, parent: scope };
		for (const parameter of node.params as EsNode[]) patternNames(parameter, (name) => names.set(name, "parameter"));
		const body = node.body as EsNode;
		if (body.type === "BlockStatement") {
			declareVars(body, inner);
			declareLexical(body.body as EsNode[], inner);
		}
		for (const parameter of node.params as EsNode[]) visit(parameter, inner, 1);
		if (body.type === "BlockStatement") for (const s of body.body as EsNode[]) visit(s, inner, 1);
		else visit(body, inner, 1);
	};

	const visitClass = (node: EsNode, scope: Scope, depth: number): void => {
		const id = node.id as EsNode | null;
		const inner: Scope = { names: new Map(id ? [[id.name as string, "self"]] : []), parent: scope };
		if (node.superClass) visit(node.superClass as EsNode, inner, depth);
		for (const member of (node.body as EsNode).body as EsNode[]) {
			if (member.computed) visit(member.key as EsNode, inner, depth);
			if (member.type === "StaticBlock") {
				const block: Scope = { names: new Map(), parent: inner };
				for (const s of member.body as EsNode[]) declareVars(s, block);
				declareLexical(member.body as EsNode[], block);
				for (const s of member.body as EsNode[]) visit(s, block, 1);
			} else if (member.value) visit(member.value as EsNode, inner, 1);
		}
	};

	const visitFor = (node: EsNode, scope: Scope, depth: number): void => {
		const each = node.type !== "ForStatement";
		const head = (each ? node.left : node.init) as EsNode | null;
		const inner: Scope = { names: new Map(), parent: scope };
		if (node.await === true && depth === 0) awaits = true;
		if (head?.type === "VariableDeclaration") {
			if (head.kind === "var" && depth === 0) declarations.push({ node: head, head: each ? "each" : "for" });
			declareLexical([head], inner);
			if (head.kind === "await using" && depth === 0) awaits = true;
		}
		for (const child of children(node)) visit(child, inner, depth);
	};

	/** `depth` counts functions only: at 0, `var` and `await` belong to the cell. */
	function visit(node: EsNode, scope: Scope, depth: number): void {
		switch (node.type) {
			case "Identifier":
				refer(node, scope);
				return;
			case "FunctionDeclaration":
				if (scope === root) functions.push(node);
				visitFunction(node, scope);
				return;
			case "FunctionExpression":
			case "ArrowFunctionExpression":
				visitFunction(node, scope);
				return;
			case "ClassDeclaration":
				if (scope === root) classes.push(node);
				visitClass(node, scope, depth);
				return;
			case "ClassExpression":
				visitClass(node, scope, depth);
				return;
			case "ForStatement":
			case "ForInStatement":
			case "ForOfStatement":
				visitFor(node, scope, depth);
				return;
			case "BlockStatement":
			case "SwitchStatement": {
				const inner: Scope = { names: new Map(), parent: scope };
				if (node.type === "SwitchStatement") {
					visit(node.discriminant as EsNode, scope, depth);
					for (const c of node.cases as EsNode[]) declareLexical(c.consequent as EsNode[], inner);
					for (const c of node.cases as EsNode[]) visit(c, inner, depth);
				} else {
					declareLexical(node.body as EsNode[], inner);
					for (const s of node.body as EsNode[]) visit(s, inner, depth);
				}
				return;
			}
			case "CatchClause": {
				const inner: Scope = { names: new Map(), parent: scope };
				if (node.param) patternNames(node.param as EsNode, (name) => inner.names.set(name, "parameter"));
				for (const child of children(node)) visit(child, inner, depth);
				return;
			}
			case "VariableDeclaration": {
				const known = declarations.at(-1)?.node === node;
				if (!known && (scope === root || (node.kind === "var" && depth === 0)))
					declarations.push({ node, head: undefined });
				if (node.kind === "await using" && depth === 0) awaits = true;
				for (const d of node.declarations as EsNode[]) visit(d, scope, depth);
				return;
			}
			case "VariableDeclarator":
				nameFunction(node.id as EsNode, node.init as EsNode | null, scope);
				break;
			case "AssignmentExpression":
				if (["=", "??=", "||=", "&&="].includes(node.operator as string))
					nameFunction(node.left as EsNode, node.right as EsNode, scope);
				break;
			case "AssignmentPattern":
				nameFunction(node.left as EsNode, node.right as EsNode, scope);
				break;
			case "CallExpression":
			case "TaggedTemplateExpression": {
				const callee = (node.type === "CallExpression" ? node.callee : node.tag) as EsNode;
				if (callee.type === "Identifier") refer(callee, scope, false, true);
				else visit(callee, scope, depth);
				const rest = node.type === "CallExpression" ? (node.arguments as EsNode[]) : [node.quasi as EsNode];
				for (const child of rest) visit(child, scope, depth);
				return;
			}
			case "MemberExpression":
				visit(node.object as EsNode, scope, depth);
				if (node.computed) visit(node.property as EsNode, scope, depth);
				return;
			case "Property": {
				if (node.computed) visit(node.key as EsNode, scope, depth);
				const value = node.value as EsNode;
				if (!node.shorthand) {
					visit(value, scope, depth);
					return;
				}
				if (value.type === "Identifier") {
					refer(value, scope, true);
					return;
				}
				// `{k = 1} = o`
				nameFunction(value.left as EsNode, value.right as EsNode, scope);
				refer(value.left as EsNode, scope, true);
				visit(value.right as EsNode, scope, depth);
				return;
			}
			case "ImportExpression":
				dynamicImports.push(node);
				break;
			case "MetaProperty":
				if ((node.meta as EsNode).name === "import") metas.push(node);
				return;
			case "AwaitExpression":
				if (depth === 0) awaits = true;
				break;
			case "LabeledStatement":
				visit(node.body as EsNode, scope, depth);
				return;
			case "BreakStatement":
			case "ContinueStatement":
			case "ImportDeclaration":
			case "ExportNamedDeclaration":
				return;
		}
		for (const child of children(node)) visit(child, scope, depth);
	}

	const body = program.body as unknown as EsNode[];
	declareLexical(body, root);
	for (const statement of body) declareVars(statement, root);
	for (const statement of body) visit(statement, root, 0);
	return { names: root.names, references, declarations, functions, classes, namings, dynamicImports, metas, awaits };
}
