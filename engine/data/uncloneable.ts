// Finds the part of a record that cannot be written as data, so that the error can name it.
import { types } from "node:util";
import { serialize } from "node:v8";
import { describeValue, streamError } from "../errors/message.ts";

/** Returns the error for values that v8.serialize refused: it names the path to the part, e.g. `record 3, .user.callback`. */
export function uncloneableError(values: readonly unknown[], label: string, cause: unknown): Error {
	for (let i = 0; i < values.length; i++) {
		const found = find(values[i], "", new Set());
		if (found !== undefined) {
			return streamError("STREAM_TASK", {
				expected: "records that are data",
				got: `${describeValue(found.value)} in ${label} ${i}${found.path === "" ? "" : `, at ${found.path}`}`,
				way: types.isPromise(found.value)
					? "A function returned a promise where a value is due: use mapAsync(f, { concurrency }) for what has to await."
					: "Leave it out of the record, for example with map.",
				path: found.path,
				record: i,
				cause,
			});
		}
	}
	return streamError("STREAM_TASK", {
		message: `the ${label}s cannot be written: ${String(cause)}`,
		way: "Use smaller batches or plainer records.",
		cause,
	});
}

interface Found {
	readonly path: string;
	readonly value: unknown;
}

function find(value: unknown, path: string, seen: Set<unknown>): Found | undefined {
	if (typeof value === "function" || typeof value === "symbol") return { path, value };
	if (typeof value !== "object" || value === null || seen.has(value)) return undefined;
	seen.add(value);
	try {
		serialize(value);
		return undefined;
	} catch {
		for (const [part, inner] of parts(value)) {
			const found = find(inner, path + part, seen);
			if (found !== undefined) return found;
		}
		// Nothing inside is to blame: a Proxy, a Promise, a WeakMap, a socket.
		return { path, value };
	}
}

function* parts(value: object): Generator<[string, unknown]> {
	if (value instanceof Map) {
		for (const [k, v] of value) {
			yield ["<key>", k];
			yield [`.get(${describeValue(k)})`, v];
		}
	}
	if (value instanceof Set) for (const v of value) yield ["<element>", v];
	for (const name of Object.keys(value)) {
		const part = /^\d+$/.test(name)
			? `[${name}]`
			: /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(name)
				? `.${name}`
				: `[${JSON.stringify(name)}]`;
		let inner: unknown;
		try {
			inner = (value as { [name: string]: unknown })[name];
		} catch {
			continue;
		}
		yield [part, inner];
	}
}
