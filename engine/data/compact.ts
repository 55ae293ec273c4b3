// A flat copy of a string, for keys that outlive the text they were cut from.

/** V8 cuts a string of 13 or more characters as a view on its parent; shorter ones are copied anyway. */
const SHORTEST_VIEW = 13;
let scratch = Buffer.alloc(1024);

/** Returns an equal string that keeps no longer string alive. */
export function compact(s: string): string {
	const n = s.length;
	if (n < SHORTEST_VIEW) return s;
	if (scratch.length < n * 2) {
		// A single huge key must not leave a huge buffer behind.
		if (n > 1 << 20) return copy(s, Buffer.allocUnsafeSlow(n * 2));
		scratch = Buffer.allocUnsafeSlow(n * 4);
	}
	return copy(s, scratch);
}

function copy(s: string, buffer: Buffer): string {
	const n = s.length;
	if (isLatin1(s)) {
		buffer.write(s, 0, n, "latin1");
		return buffer.toString("latin1", 0, n);
	}
	buffer.write(s, 0, n * 2, "utf16le");
	return buffer.toString("utf16le", 0, n * 2);
}

const beyondLatin1 = /[^\0-\xff]/;

/** Returns whether every UTF-16 unit of the string fits in one byte. */
export function isLatin1(s: string): boolean {
	return !beyondLatin1.test(s);
}
