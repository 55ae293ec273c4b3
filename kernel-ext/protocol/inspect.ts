// Answers inspect_request with the type of the name at the cursor, as completion knows it.
import type { CellCompiler } from "../cells/types.ts";
import { toUtf16 } from "./codepoints.ts";

const NOT_FOUND = { status: "ok", found: false, data: {}, metadata: {} };
const NAME = /[\p{ID_Continue}$]+/gu;

/** Returns the content of inspect_reply. */
export async function inspectReply(
	compiler: CellCompiler,
	content: { readonly code?: unknown; readonly cursor_pos?: unknown },
	folder: string,
): Promise<object> {
	const code = String(content.code ?? "");
	const cursor = typeof content.cursor_pos === "number" ? toUtf16(code, content.cursor_pos) : code.length;
	const found = nameAt(code, cursor);
	if (!found) return NOT_FOUND;
	const { matches } = await compiler.complete(code.slice(0, found.end), found.end, folder);
	const match = matches.find(({ text }) => text === found.name);
	if (!match) return NOT_FOUND;
	const text = `(${match.kind}) ${match.text}${match.signature ? `: ${match.signature}` : ""}`;
	const data = { "text/plain": text, "text/markdown": `\`\`\`typescript\n${text}\n\`\`\`` };
	return { status: "ok", found: true, data, metadata: {} };
}

/** Returns the name that the cursor is in or behind. */
function nameAt(code: string, cursor: number): { name: string; end: number } | undefined {
	for (const { 0: name, index } of code.matchAll(NAME)) {
		const end = index + name.length;
		if (index <= cursor && cursor <= end) return /^\d/.test(name) ? undefined : { name, end };
	}
	return undefined;
}
