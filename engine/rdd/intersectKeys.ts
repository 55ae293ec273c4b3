// intersectKeys: each key that both sides have, once, without a value.
import { keyOf } from "../data/index.ts";
import { coPartitioned } from "./cogroup.ts";

export const intersectKeys = coPartitioned("intersectKeys", (context) => {
	const right = new Set(context.table(1).keys.map(keyOf));
	const seen = new Set<unknown>();
	const keys: unknown[] = [];
	for (const key of context.table(0).keys) {
		const id = keyOf(key);
		if (!right.has(id) || seen.has(id)) continue;
		seen.add(id);
		keys.push(key);
	}
	return { shape: "table", keys, values: keys.map(() => null) };
});
