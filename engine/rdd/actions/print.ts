// The action behind print(): the first elements as text, one more than is shown so that "..." is known.
import { inspect } from "node:util";
import type { ActionOperator } from "../../plan/operators.ts";

/** Returns an element as `print` shows it: strings bare, everything else as Node's console does, on one line. */
export function printed(element: unknown): string {
	return typeof element === "string"
		? element
		: inspect(element, { breakLength: Number.POSITIVE_INFINITY, depth: 4, maxArrayLength: 100 });
}

export const print: ActionOperator = {
	action: "print",
	begin({ params }) {
		const items: unknown[] = [];
		return {
			sink: { shape: "limited", items, limit: (params.num as number) + 1 },
			finish: () => items.map(printed),
		};
	},
};
