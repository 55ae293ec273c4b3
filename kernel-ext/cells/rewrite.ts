// Turns the ES text of a cell into a function body in which every top-level name is `exports.NAME`.
import { pathToFileURL } from "node:url";
import { getLineInfo, parse } from "acorn";
import MagicString from "magic-string";
import type { Mappings } from "./mappings.ts";
import { type CellScope, type EsNode, patternNames, type Reference, walkCell } from "./scope.ts";
import type { ImportBinding } from "./types.ts";

/** What the rewrite must know beside the text. */
export interface RewriteOptions {
	readonly url: string;
	readonly folder: string;
	/** Names with a value that earlier cells left. */
	readonly earlier: ReadonlySet<string>;
	/** True for names that the user declared with a value; what else is declared was generated and stays local. */
	readonly own: (name: string) => boolean;
	/** True for specifiers of other cells. */
	readonly isCell: (specifier: string) => boolean;
	readonly hasResult: boolean;
}

/** A function body over `exports`, and what must be ready before it runs. */
export interface Rewritten {
	readonly body: string;
	readonly async: boolean;
	readonly hasResult: boolean;
	readonly tdz: readonly string[];
	readonly imports: readonly ImportBinding[];
	readonly modules: readonly string[];
	/** Body position → position in the ES text. */
	readonly mappings: Mappings;
}

/** Returns the body for the ES text of a cell; throws a SyntaxError with `loc` where it cannot be run. */
export function rewriteCell(text: string, options: RewriteOptions): Rewritten {
	const program = parse(text, { ecmaVersion: "latest", sourceType: "module", allowAwaitOutsideFunction: true });
	const scope = walkCell(program);
	const statements = program.body as unknown as EsNode[];
	const edit = new MagicString(text);

	const fromCells = new Set<string>();
	const imports: ImportBinding[] = [];
	const modules: string[] = [];
	for (const statement of statements) {
		if (statement.type === "ExportNamedDeclaration") edit.remove(statement.start, statement.end);
		if (statement.type !== "ImportDeclaration") continue;
		edit.remove(statement.start, statement.end);
		const specifier = String((statement.source as EsNode).value);
		for (const s of statement.specifiers as EsNode[]) {
			const local = (s.local as EsNode).name as string;
			if (options.isCell(specifier)) fromCells.add(local);
			else imports.push({ local, specifier, imported: importedName(s) });
		}
		if (!options.isCell(specifier) && !modules.includes(specifier)) modules.push(specifier);
	}
	// A name that an earlier cell only declared (`declare const`) has no value in `exports`: it is a global.
	const isLive = (name: string): boolean =>
		scope.names.has(name) && !fromCells.has(name) ? options.own(name) : options.earlier.has(name);

	const bare = rewriteDeclarations(edit, text, scope, isLive);
	for (const reference of scope.references) {
		if (!isLive(reference.name) || bare(reference)) continue;
		if (reference.shadowed) throw shadowError(text, reference);
		rewriteReference(edit, text, reference);
	}
	for (const { name, value } of scope.namings) {
		// An assignment to a member gives an anonymous function no name, a property of a literal does.
		if (!isLive(name) || name === "__proto__") continue;
		edit.appendRight(value.start, `({ ${name}: `);
		edit.prependLeft(value.end, ` }).${name}`);
	}
	for (const node of scope.dynamicImports) edit.update(node.start, node.start + "import".length, "__import");
	for (const node of scope.metas) edit.update(node.start, node.end, importMeta(options));

	const last = statements.findLast((s) => s.type !== "ExportNamedDeclaration" && s.type !== "ImportDeclaration");
	const hasResult = options.hasResult && last?.type === "ExpressionStatement";
	if (hasResult) {
		edit.prependRight(last.start, "return (");
		edit.appendLeft(text[last.end - 1] === ";" ? last.end - 1 : last.end, ")");
	}

	const own = [...scope.names].filter(([name]) => isLive(name) && !fromCells.has(name));
	const prologue = ['"use strict";'];
	for (const [name, kind] of own) if (kind === "var") prologue.push(`exports.${name} = void 0;`);
	for (const node of scope.functions) {
		const name = (node.id as EsNode).name as string;
		if (isLive(name)) prologue.push(`exports.${name} = ${name};`);
	}
	edit.prepend(`${prologue.join(" ")} `);
	return {
		body: edit.toString(),
		async: scope.awaits,
		hasResult,
		tdz: own.filter(([, kind]) => kind !== "var" && kind !== "function" && kind !== "import").map(([name]) => name),
		imports,
		modules,
		mappings: edit.generateDecodedMap({ hires: "boundary" }).mappings,
	};
}

function importedName(specifier: EsNode): string {
	if (specifier.type === "ImportDefaultSpecifier") return "default";
	if (specifier.type === "ImportNamespaceSpecifier") return "*";
	const imported = specifier.imported as EsNode;
	return String(imported.type === "Literal" ? imported.value : imported.name);
}

function importMeta({ folder, url }: RewriteOptions): string {
	const base = pathToFileURL(`${folder}/`);
	const meta = { url: new URL(url, base).href, dirname: folder, filename: `${folder}/${url}` };
	return `(${JSON.stringify(meta)})`;
}

/** An error in the form of the parser's. */
function shadowError(text: string, { name, node }: Reference): SyntaxError {
	const reason = `a local name \`exports\` hides the notebook's names from \`${name}\`; give the local name another name`;
	return Object.assign(new SyntaxError(reason), { loc: getLineInfo(text, node.start) });
}

function rewriteReference(edit: MagicString, text: string, { node, name, shorthand, called }: Reference): void {
	if (shorthand) edit.update(node.start, node.end, `${name}: exports.${name}`);
	else if (!called) edit.update(node.start, node.end, `exports.${name}`);
	// V8 places a call of `(…)` at its arguments: with the parenthesis in the edit, they map to the name.
	else if (text[node.end] === "(") edit.update(node.start, node.end + 1, `(0, exports.${name})(`);
	else edit.update(node.start, node.end, `(0, exports.${name})`);
}

/** Makes assignments of declarations; returns which references must stay as they are. */
function rewriteDeclarations(
	edit: MagicString,
	text: string,
	scope: CellScope,
	isLive: (name: string) => boolean,
): (reference: Reference) => boolean {
	const kept: EsNode[] = [];
	for (const { node, head } of scope.declarations) {
		const declarators = node.declarations as EsNode[];
		const names: string[] = [];
		for (const d of declarators) patternNames(d.id as EsNode, (name) => names.push(name));
		if (!names.some(isLive)) continue;
		const first = declarators[0] as EsNode;
		if (String(node.kind).endsWith("using")) {
			kept.push(node);
			edit.appendLeft(node.end, ` ${names.map((name) => `exports.${name} = ${name};`).join(" ")}`);
			continue;
		}
		edit.remove(node.start, first.start);
		for (const d of declarators) {
			const id = d.id as EsNode;
			const init = d.init as EsNode | null;
			if (head === "each") continue;
			if (id.type === "Identifier") {
				if (init) continue;
				// `let x;` resets x, `var x;` does not: the prologue made it.
				if (node.kind === "var") {
					edit.appendLeft(d.start, "void ");
				} else edit.appendLeft(d.end, " = void 0");
			} else {
				edit.appendLeft(id.start, "(");
				edit.appendLeft(d.end, ")");
			}
		}
		if (!head && text[node.end - 1] !== ";") edit.appendLeft(node.end, ";");
	}
	for (const node of scope.classes) {
		const name = (node.id as EsNode).name as string;
		if (!isLive(name)) continue;
		edit.appendLeft(node.start, `exports.${name} = `);
		edit.appendLeft(node.end, ";");
	}
	return ({ node, name }) =>
		kept.some(
			(d) =>
				d.start <= node.start &&
				node.end <= d.end &&
				(d.declarations as EsNode[]).some((one) => (one.id as EsNode).name === name),
		);
}
