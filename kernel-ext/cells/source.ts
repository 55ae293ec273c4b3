// Reads a cell before the checker does: its names, the identifiers it uses, and a copy without `export` keywords.
import ts from "typescript";
import type { CellName } from "./types.ts";

/** A name that a cell declares at its top level. */
export interface Declared {
	readonly name: string;
	readonly kind: CellName["kind"] | "type";
	/** Ambient (`declare`) or a type: no value comes from this cell. */
	readonly ambient: boolean;
	/** Offset of the name in the cell. */
	readonly offset: number;
}

/** What the cell says about itself, read from its syntax alone. */
export interface CellSource {
	/** The cell without `export` keywords; same length, so offsets are those of the user's text. */
	readonly text: string;
	readonly declared: ReadonlyMap<string, Declared>;
	/** Names that may refer to something outside the cell. */
	readonly identifiers: ReadonlySet<string>;
	/** Names that the cell assigns to somewhere (`k = 5`, `k++`, `[k] = …`). */
	readonly assigned: ReadonlySet<string>;
	readonly hasResult: boolean;
	/** Uses syntax that the engine cannot run as it stands: decorators, `accessor` fields. */
	readonly needsLowering: boolean;
	/** Packages whose types it adds to (`declare module "…"`), and "" for `declare global`. */
	readonly augments: readonly string[];
	/** Offset where an anonymous `export default` was turned into an expression. */
	readonly defaults: readonly number[];
	readonly syntaxErrors: readonly ts.DiagnosticWithLocation[];
	/** What positions of `syntaxErrors` are ahead of those of the cell. */
	readonly shift: number;
	/** Rules of notebooks that the cell breaks. */
	readonly refused: readonly { readonly start: number; readonly length: number; readonly message: string }[];
}

// Makes the cell a module, so that `await` is parsed as in one, and keeps string statements from being directives.
const PREFIX = "export {};";

/** Parses text as a module and returns the tree with the errors of the parser. */
export function parseModule(code: string): {
	file: ts.SourceFile;
	errors: readonly ts.DiagnosticWithLocation[];
	shift: number;
} {
	const file = ts.createSourceFile("cell.ts", PREFIX + code, ts.ScriptTarget.ESNext, true, ts.ScriptKind.TS);
	const errors = (file as unknown as { parseDiagnostics: readonly ts.DiagnosticWithLocation[] }).parseDiagnostics;
	return { file, errors, shift: PREFIX.length };
}

/** Returns what a cell declares and uses; never throws on wrong syntax. */
export function readCell(code: string): CellSource {
	const { file, errors, shift } = parseModule(code);
	const declared = new Map<string, Declared>();
	const identifiers = new Set<string>();
	const assigned = new Set<string>();
	const refused: { start: number; length: number; message: string }[] = [];
	const defaults: number[] = [];
	let text = code;
	let needsLowering = false;
	const augments: string[] = [];

	const replace = (start: number, end: number, by: string): void => {
		const from = start - shift;
		const to = end - shift;
		const blank = text.slice(from, to).replace(/[^\r\n]/g, " ");
		text = text.slice(0, from) + by + blank.slice(by.length) + text.slice(to);
	};
	const add = (node: ts.Node, name: string, kind: Declared["kind"], ambient: boolean): void => {
		const before = declared.get(name);
		// A value wins over a type of the same name, the first of several declarations over later ones.
		if (before && (!before.ambient || ambient)) return;
		declared.set(name, { name, kind, ambient, offset: node.getStart(file) - shift });
	};
	const addPattern = (name: ts.BindingName, kind: Declared["kind"], ambient: boolean): void => {
		if (ts.isIdentifier(name)) {
			add(name, name.text, kind, ambient);
			return;
		}
		for (const element of name.elements) if (!ts.isOmittedExpression(element)) addPattern(element.name, kind, ambient);
	};
	const addList = (list: ts.VariableDeclarationList, ambient: boolean): void => {
		// `using` and `await using` share bits with the others.
		const scoped = list.flags & ts.NodeFlags.BlockScoped;
		const kind = scoped === 0 ? "var" : scoped === ts.NodeFlags.Let ? "let" : "const";
		for (const declaration of list.declarations) addPattern(declaration.name, kind, ambient);
	};

	for (const statement of file.statements.slice(1)) {
		const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined;
		const ambient = modifiers?.some((m) => m.kind === ts.SyntaxKind.DeclareKeyword) ?? false;
		if (ts.isVariableStatement(statement)) addList(statement.declarationList, ambient);
		else if (ts.isFunctionDeclaration(statement) && statement.name)
			add(statement.name, statement.name.text, "function", ambient);
		else if (ts.isClassDeclaration(statement) && statement.name)
			add(statement.name, statement.name.text, "class", ambient);
		else if (ts.isEnumDeclaration(statement)) add(statement.name, statement.name.text, "enum", ambient);
		else if (ts.isModuleDeclaration(statement)) {
			const name: ts.ModuleName = statement.name;
			if (ts.isStringLiteral(name)) augments.push(name.text);
			else if (statement.flags & ts.NodeFlags.GlobalAugmentation) augments.push("");
			else add(name, name.text, "namespace", ambient);
		} else if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) {
			add(statement.name, statement.name.text, "type", true);
		} else if (ts.isImportEqualsDeclaration(statement)) {
			add(statement.name, statement.name.text, "import", statement.isTypeOnly);
		} else if (ts.isImportDeclaration(statement) && statement.importClause) {
			const clause = statement.importClause;
			const typeOnly = clause.isTypeOnly;
			if (clause.name) add(clause.name, clause.name.text, "import", typeOnly);
			const named = clause.namedBindings;
			if (named && ts.isNamespaceImport(named)) add(named.name, named.name.text, "import", typeOnly);
			else if (named) for (const e of named.elements) add(e.name, e.name.text, "import", typeOnly || e.isTypeOnly);
		}
		stripExport(statement, modifiers);
	}

	function stripExport(statement: ts.Statement, modifiers: readonly ts.Modifier[] | undefined): void {
		const keyword = modifiers?.find((m) => m.kind === ts.SyntaxKind.ExportKeyword);
		const byDefault = modifiers?.find((m) => m.kind === ts.SyntaxKind.DefaultKeyword);
		if (keyword) {
			const named = (statement as ts.DeclarationStatement).name !== undefined || ts.isVariableStatement(statement);
			replace(keyword.getStart(file), keyword.end, byDefault && !named ? "0," : "");
			if (byDefault) replace(byDefault.getStart(file), byDefault.end, "");
			if (byDefault && !named) defaults.push(keyword.getStart(file) - shift);
		} else if (ts.isExportAssignment(statement)) {
			const start = statement.getStart(file);
			replace(start, statement.expression.getStart(file), "0,");
			defaults.push(start - shift);
		} else if (ts.isExportDeclaration(statement)) {
			const start = statement.getStart(file);
			const clause = statement.exportClause;
			if (!clause) {
				refused.push({
					start: start - shift,
					length: statement.end - start,
					message: 'A cell cannot re-export everything of a module. Write `import * as name from "…"` instead.',
				});
			} else if (statement.moduleSpecifier) {
				replace(start, start + "export".length, "import");
				if (ts.isNamespaceExport(clause)) add(clause.name, clause.name.text, "import", statement.isTypeOnly);
				else for (const e of clause.elements) add(e.name, e.name.text, "import", statement.isTypeOnly || e.isTypeOnly);
			} else if (ts.isNamedExports(clause)) {
				const renamed = statement.isTypeOnly
					? []
					: clause.elements.filter(
							(e) => e.propertyName && !e.isTypeOnly && ts.isIdentifier(e.name) && e.name.text !== "default",
						);
				for (const e of renamed) add(e.name, e.name.text, "const", false);
				const list = renamed.map((e) => `${e.name.text}=${e.propertyName?.text}`).join(",");
				replace(start, statement.end, list && `const ${list};`);
			}
		}
	}

	const visit = (node: ts.Node, functionDepth: number): void => {
		if (ts.isIdentifier(node)) {
			const parent = node.parent;
			const property =
				(ts.isPropertyAccessExpression(parent) && parent.name === node) ||
				(ts.isQualifiedName(parent) && parent.right === node) ||
				(ts.isPropertyAssignment(parent) && parent.name === node);
			if (!property) identifiers.add(node.text);
			if (isAssigned(node)) assigned.add(node.text);
			return;
		}
		if (ts.isDecorator(node) || node.kind === ts.SyntaxKind.AccessorKeyword) needsLowering = true;
		if (ts.isVariableDeclarationList(node) && functionDepth === 0 && !(node.flags & ts.NodeFlags.BlockScoped)) {
			if (!ts.isVariableStatement(node.parent) || !ts.isSourceFile(node.parent.parent)) addList(node, false);
		}
		const inner =
			ts.isFunctionLike(node) ||
			ts.isClassStaticBlockDeclaration(node) ||
			ts.isModuleBlock(node) ||
			ts.isPropertyDeclaration(node);
		ts.forEachChild(node, (child) => visit(child, functionDepth + (inner ? 1 : 0)));
	};
	visit(file, 0);

	for (const name of ["exports", "__import"]) {
		const own = declared.get(name);
		if (own && !own.ambient) {
			const message = `\`${name}\` is the kernel's own name at the top level of a cell. Choose another one.`;
			refused.push({ start: own.offset, length: name.length, message });
		}
	}
	const last = file.statements.length > 1 ? file.statements.at(-1) : undefined;
	const hasResult =
		last !== undefined &&
		(ts.isExpressionStatement(last) || (defaults.length > 0 && defaults.at(-1) === last.getStart(file) - shift));
	return {
		text,
		declared,
		identifiers,
		assigned,
		hasResult,
		needsLowering,
		augments,
		defaults,
		syntaxErrors: errors,
		shift,
		refused,
	};
}

function isAssigned(node: ts.Identifier): boolean {
	let at: ts.Node = node;
	for (;;) {
		const parent: ts.Node = at.parent;
		if (ts.isBinaryExpression(parent)) {
			const operator = parent.operatorToken.kind;
			const assignment = operator >= ts.SyntaxKind.FirstAssignment && operator <= ts.SyntaxKind.LastAssignment;
			return assignment && parent.left === at;
		}
		if (ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent)) {
			return parent.operator === ts.SyntaxKind.PlusPlusToken || parent.operator === ts.SyntaxKind.MinusMinusToken;
		}
		if (ts.isForInStatement(parent) || ts.isForOfStatement(parent)) return parent.initializer === at;
		const through =
			ts.isParenthesizedExpression(parent) ||
			ts.isNonNullExpression(parent) ||
			ts.isAsExpression(parent) ||
			ts.isSatisfiesExpression(parent) ||
			ts.isArrayLiteralExpression(parent) ||
			ts.isObjectLiteralExpression(parent) ||
			ts.isSpreadElement(parent) ||
			ts.isSpreadAssignment(parent) ||
			(ts.isPropertyAssignment(parent) && parent.initializer === at) ||
			(ts.isShorthandPropertyAssignment(parent) && parent.name === at);
		if (!through) return false;
		at = parent;
	}
}
