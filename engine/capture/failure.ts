// The error of a capture: step and place, the path of captures, the reason, the way out.
import { CaptureError } from "../errors/index.ts";
import { positionText } from "../errors/message.ts";
import type { CaptureContext } from "./types.ts";

/** A linked path of captures, so that going deeper costs one object and no string. */
export interface CapturePath {
	readonly parent: CapturePath | undefined;
	/** A variable name, or how to get here from the parent: `.key`, `[3]`. */
	readonly label: string;
	/** Whether the label continues the parent's text (a member) or stands alone (a variable of a function). */
	readonly member: boolean;
}

/** Returns the path as texts, outermost first: `["model", "model.session"]`. */
export function pathTexts(path: CapturePath | undefined): string[] {
	const steps: CapturePath[] = [];
	for (let p = path; p; p = p.parent) steps.push(p);
	const texts: string[] = [];
	for (const step of steps.reverse()) {
		texts.push(step.member && texts.length > 0 ? texts[texts.length - 1] + step.label : step.label);
	}
	return texts;
}

/** Returns the path below a member of an object: `.name`, `["any text"]`. */
export function memberPath(parent: CapturePath | undefined, key: string | number | symbol): CapturePath {
	let label: string;
	if (typeof key === "string" && /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key)) label = `.${key}`;
	else label = typeof key === "symbol" ? `[${String(key)}]` : `[${JSON.stringify(key)}]`;
	return { parent, label, member: true };
}

const PLACES = { executor: "an executor thread", driver: "the driver thread", receiver: "a receiver thread" };

/**
 * Throws the error of a capture. `reason` continues "It …": the last value of the path, or else the function itself.
 */
export function refuse(
	ctx: CaptureContext,
	name: string,
	path: CapturePath | undefined,
	reason: string,
	way: string,
	cause?: unknown,
): never {
	const { origin, step, place } = ctx;
	const cell = origin.execution ?? origin.cell;
	const at = positionText({ cell, file: origin.file, line: origin.line });
	const texts = pathTexts(path);
	const who = name ? `the function ${name}` : "the function";
	const lines = [`${step}${at ? ` (${at})` : ""}: ${who} cannot run in ${PLACES[place]}:`];
	if (texts.length === 0) lines[0] += ` it ${reason}.`;
	else {
		lines[0] += " it captures";
		for (const [i, text] of texts.entries()) lines.push(`${"  ".repeat(i + 1)}${i > 0 ? "→ " : ""}${text}`);
		lines.push(`It ${reason}.`);
	}
	lines.push(way);
	const error = new CaptureError(
		lines.join("\n"),
		{
			step,
			...(cell !== undefined && { cell }),
			...(origin.file !== undefined && { file: origin.file }),
			line: origin.line,
			path: texts,
			reason,
			way,
		},
		cause === undefined ? undefined : { cause },
	);
	throw error;
}
