// Help cells: `name?`, `name??` and `?name` show what is known of a name in the front end's pager.
import type { CellCompiler } from "../cells/types.ts";
import { inspectReply } from "./inspect.ts";

const NAME = String.raw`[\p{ID_Start}$_][\p{ID_Continue}$]*(?:\.[\p{ID_Start}$_#][\p{ID_Continue}$]*)*`;
const HELP = new RegExp(String.raw`^\s*(?:(\?{1,2})\s*(${NAME})|(${NAME})\s*(\?{1,2}))\s*$`, "u");

/** Returns the name that a help cell asks for; undefined for every other cell. No such text is TypeScript. */
export function helpName(code: string): { readonly name: string; readonly detail: 0 | 1 } | undefined {
	const match = HELP.exec(code);
	if (!match) return undefined;
	return { name: match[2] ?? match[3], detail: (match[1] ?? match[4]).length === 2 ? 1 : 0 };
}

/** Returns the payload of an execute_reply that shows a name in the pager. */
export async function helpPayload(
	compiler: CellCompiler,
	{ name, detail }: { readonly name: string; readonly detail: 0 | 1 },
	folder: string,
): Promise<object> {
	const request = { code: name, cursor_pos: [...name].length, detail_level: detail };
	const reply = (await inspectReply(compiler, request, folder)) as { found: boolean; data: object };
	const data = reply.found ? reply.data : { "text/plain": `${name} is not known in this notebook.` };
	return { source: "page", data, start: 0 };
}
