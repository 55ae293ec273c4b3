// Binary values inside widget state: taken out into buffers with paths, and put back.

/** Where a buffer belongs: keys and indices from the root. */
export type BufferPath = readonly (string | number)[];

function isBinary(value: unknown): value is ArrayBuffer | SharedArrayBuffer | ArrayBufferView {
	return ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof SharedArrayBuffer;
}

function bytesOf(value: ArrayBuffer | SharedArrayBuffer | ArrayBufferView): Uint8Array {
	if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
	return new Uint8Array(value);
}

/**
 * Returns `state` without its binary values, the values and their paths. As Jupyter's widgets do it: a key that
 * holds a binary value is left out, an item of a list becomes null.
 */
export function removeBuffers(state: { readonly [name: string]: unknown }): {
	state: { [name: string]: unknown };
	buffers: Uint8Array[];
	paths: BufferPath[];
} {
	const buffers: Uint8Array[] = [];
	const paths: BufferPath[] = [];
	const strip = (value: unknown, path: BufferPath): unknown => {
		if (Array.isArray(value)) {
			return value.map((item, index) => {
				if (!isBinary(item)) return strip(item, [...path, index]);
				buffers.push(bytesOf(item));
				paths.push([...path, index]);
				return null;
			});
		}
		if (value === null || typeof value !== "object" || "toJSON" in value) return value;
		const copy: { [name: string]: unknown } = {};
		for (const [key, item] of Object.entries(value)) {
			if (isBinary(item)) {
				buffers.push(bytesOf(item));
				paths.push([...path, key]);
			} else copy[key] = strip(item, [...path, key]);
		}
		return copy;
	};
	return { state: strip(state, []) as { [name: string]: unknown }, buffers, paths };
}

/** Puts buffers back into `state` (changed in place) at their paths; paths that lead nowhere are ignored. */
export function putBuffers(state: { [name: string]: unknown }, paths: unknown, buffers: readonly Uint8Array[]): void {
	if (!Array.isArray(paths)) return;
	for (const [index, path] of paths.entries()) {
		const buffer = buffers[index];
		if (buffer === undefined || !Array.isArray(path) || path.length === 0) continue;
		let place: unknown = state;
		for (const step of path.slice(0, -1)) {
			if (place === null || typeof place !== "object" || !Object.hasOwn(place, step)) place = undefined;
			else place = (place as Record<string | number, unknown>)[step];
		}
		const last = path[path.length - 1];
		if (place === null || typeof place !== "object" || last === "__proto__") continue;
		(place as Record<string | number, unknown>)[last] = buffer;
	}
}
