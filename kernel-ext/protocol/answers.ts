// Answers to requests that need nothing of the notebook thread: about the kernel, its history, and code as text.
import type { CellCompiler } from "../cells/types.ts";
import { toCodepoints, toUtf16 } from "./codepoints.ts";
import type { History } from "./history.ts";
import { kernelInfo } from "./info.ts";
import { inspectReply } from "./inspect.ts";
import type { Message } from "./wire.ts";

/** What answers stand on. */
export interface AnswerParts {
	readonly compiler: () => Promise<CellCompiler>;
	readonly folder: string;
	readonly history: History;
	/** What connect_reply names. */
	readonly ports: { readonly [name: string]: number };
}

/** Returns the content of the reply; undefined for a message that wants none. */
export async function answerOf(message: Message, parts: AnswerParts): Promise<object | undefined> {
	const { content } = message;
	const type = message.header.msg_type;
	switch (type) {
		case "kernel_info_request":
			return kernelInfo();
		case "complete_request":
			return complete(await parts.compiler(), content, parts.folder);
		case "is_complete_request":
			return (await parts.compiler()).isComplete(String(content.code ?? ""));
		case "inspect_request":
			return inspectReply(await parts.compiler(), content, parts.folder);
		case "history_request":
			return { status: "ok", history: parts.history.answer(content) };
		case "connect_request":
			return { status: "ok", ...parts.ports };
		default:
			return type.endsWith("_request") ? notOffered(type) : undefined;
	}
}

async function complete(
	compiler: CellCompiler,
	content: { readonly code?: unknown; readonly cursor_pos?: unknown },
	folder: string,
): Promise<object> {
	const code = String(content.code ?? "");
	const cursor = typeof content.cursor_pos === "number" ? toUtf16(code, content.cursor_pos) : code.length;
	const { matches, start, end } = await compiler.complete(code, cursor, folder);
	const cursor_start = toCodepoints(code, start);
	const cursor_end = toCodepoints(code, end);
	const typed = matches.map(({ text, kind, signature }) => ({
		start: cursor_start,
		end: cursor_end,
		text,
		type: kind,
		signature: signature ?? "",
	}));
	const metadata = { _jupyter_types_experimental: typed };
	return { status: "ok", matches: matches.map((match) => match.text), cursor_start, cursor_end, metadata };
}

/** For requests that this kernel does not know, such as debug_request or create_subshell_request. */
function notOffered(type: string): object {
	const evalue = `This kernel does not answer ${type}: kernel_info lists in supported_features what it offers.`;
	return { status: "error", ename: "NotImplementedError", evalue, traceback: [evalue], success: false };
}
