// Jupyter counts cursor positions in Unicode code points, JavaScript in UTF-16 units.

/** Returns the UTF-16 offset of a code point offset. */
export function toUtf16(text: string, codepoints: number): number {
	let at = 0;
	for (let count = 0; count < codepoints && at < text.length; count++)
		at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
	return at;
}

/** Returns the code point offset of a UTF-16 offset. */
export function toCodepoints(text: string, utf16: number): number {
	let count = 0;
	for (let at = 0; at < utf16 && at < text.length; count++) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
	return count;
}
