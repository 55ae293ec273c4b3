// Names that declarations bring in, over ESTree.

/** A node of an ESTree as acorn makes it. */
export interface AstNode {
	readonly type: string;
	readonly start: number;
	readonly end: number;
	readonly [key: string]: unknown;
}

/** Returns the names that a binding pattern declares. */
export function patternNames(pattern: AstNode | null | undefined, into: string[] = []): string[] {
	if (!pattern) return into;
	switch (pattern.type) {
		case "Identifier":
			into.push(pattern.name as string);
			break;
		case "ObjectPattern":
			for (const p of pattern.properties as AstNode[]) {
				patternNames((p.type === "RestElement" ? p.argument : p.value) as AstNode, into);
			}
			break;
		case "ArrayPattern":
			for (const e of pattern.elements as (AstNode | null)[]) patternNames(e, into);
			break;
		case "AssignmentPattern":
			patternNames(pattern.left as AstNode, into);
			break;
		case "RestElement":
			patternNames(pattern.argument as AstNode, into);
			break;
	}
	return into;
}

/** Returns the names that `var` declares in a body, without going into functions and static blocks. */
export function varNames(node: unknown, into: string[] = []): string[] {
	if (Array.isArray(node)) {
		for (const item of node) varNames(item, into);
		return into;
	}
	if (!isNode(node) || isFunction(node) || node.type.startsWith("Class")) return into;
	if (node.type === "VariableDeclaration") {
		if (node.kind === "var") for (const d of node.declarations as AstNode[]) patternNames(d.id as AstNode, into);
		return into;
	}
	// Expressions hold no declarations (functions excepted, which are their own world).
	if (node.type.endsWith("Expression") || node.type === "ExpressionStatement") return into;
	for (const child of children(node)) varNames(child, into);
	return into;
}

/** Returns the names that the statements of one block declare: let, const, using, class, function, import. */
export function lexicalNames(statements: readonly AstNode[], into: string[] = []): string[] {
	for (const raw of statements) {
		let s = raw;
		while (s.type === "LabeledStatement") s = s.body as AstNode;
		if (s.type === "ExportNamedDeclaration" || s.type === "ExportDefaultDeclaration") {
			s = s.declaration as AstNode;
			if (!s) continue;
		}
		if (s.type === "VariableDeclaration" && s.kind !== "var") {
			for (const d of s.declarations as AstNode[]) patternNames(d.id as AstNode, into);
		} else if (s.type === "FunctionDeclaration" || s.type === "ClassDeclaration") {
			if (s.id) into.push((s.id as AstNode).name as string);
		} else if (s.type === "ImportDeclaration") {
			for (const spec of s.specifiers as AstNode[]) into.push((spec.local as AstNode).name as string);
		}
	}
	return into;
}

function isNode(value: unknown): value is AstNode {
	return typeof value === "object" && value !== null && typeof (value as AstNode).type === "string";
}

function isFunction(node: AstNode): boolean {
	return (
		node.type === "FunctionExpression" || node.type === "FunctionDeclaration" || node.type === "ArrowFunctionExpression"
	);
}

/** Yields the nodes directly below a node. */
export function* children(node: AstNode): Generator<AstNode> {
	for (const key of Object.keys(node)) {
		if (key === "type" || key === "start" || key === "end") continue;
		const value = node[key];
		if (Array.isArray(value)) {
			for (const item of value) if (isNode(item)) yield item;
		} else if (isNode(value)) yield value;
	}
}
