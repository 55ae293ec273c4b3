// Source maps as data: decode, compose and encode version 3.

/** Segments of one line: [column, source line, source column], 0-based, ascending by column. */
export type Segment = [number] | [number, number, number, number] | [number, number, number, number, number];
/** Lines of segments; the second number of a segment (the source) is always 0 here. */
export type Mappings = Segment[][];

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUES = new Map([...DIGITS].map((digit, value) => [digit, value]));

/** Returns the segments of the `mappings` string of a source map with one source. */
export function decodeMappings(text: string): Mappings {
	let sourceLine = 0;
	let sourceColumn = 0;
	let source = 0;
	return text.split(";").map((line) => {
		const segments: Segment[] = [];
		let column = 0;
		if (line === "") return segments;
		for (const part of line.split(",")) {
			const [c = 0, s, l = 0, sc = 0] = decodeVlq(part);
			column += c;
			if (s === undefined) {
				segments.push([column]);
				continue;
			}
			source += s;
			sourceLine += l;
			sourceColumn += sc;
			segments.push([column, source, sourceLine, sourceColumn]);
		}
		return segments;
	});
}

function decodeVlq(part: string): number[] {
	const numbers: number[] = [];
	let value = 0;
	let shift = 0;
	for (const digit of part) {
		const bits = VALUES.get(digit) ?? 0;
		value |= (bits & 31) << shift;
		shift += 5;
		if (bits & 32) continue;
		numbers.push(value & 1 ? -(value >>> 1) : value >>> 1);
		value = 0;
		shift = 0;
	}
	return numbers;
}

function encodeVlq(value: number): string {
	let rest = value < 0 ? (-value << 1) | 1 : value << 1;
	let text = "";
	do {
		const bits = rest & 31;
		rest >>>= 5;
		text += DIGITS[rest ? bits | 32 : bits];
	} while (rest);
	return text;
}

/** Returns the `mappings` string for segments that all point into one source. */
export function encodeMappings(lines: Mappings): string {
	let sourceLine = 0;
	let sourceColumn = 0;
	return lines
		.map((segments) => {
			let column = 0;
			return segments
				.map((segment) => {
					let text = encodeVlq(segment[0] - column);
					column = segment[0];
					if (segment.length === 1) return text;
					text += encodeVlq(0) + encodeVlq(segment[2] - sourceLine) + encodeVlq(segment[3] - sourceColumn);
					sourceLine = segment[2];
					sourceColumn = segment[3];
					return text;
				})
				.join(",");
		})
		.join(";");
}

/** Finds the source position of a 0-based position: that of the last segment at or before it. */
export function trace(lines: Mappings, line: number, column: number): { line: number; column: number } | undefined {
	const segments = lines[line];
	if (!segments) return undefined;
	let low = 0;
	let high = segments.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((segments[middle]?.[0] ?? 0) <= column) low = middle + 1;
		else high = middle;
	}
	for (let at = low - 1; at >= 0; at--) {
		const segment = segments[at] as Segment;
		if (segment.length > 1) return { line: segment[2] as number, column: segment[3] as number };
	}
	return undefined;
}

/** Returns the map that goes through `outer` and then through `inner`; `shift` lines are taken off at the end. */
export function composeMappings(outer: Mappings, inner: Mappings, shift = 0): Mappings {
	return outer.map((segments) => {
		const result: Segment[] = [];
		for (const segment of segments) {
			if (segment.length === 1) continue;
			const found = trace(inner, segment[2], segment[3]);
			if (!found || found.line < shift) continue;
			const before = result.at(-1);
			const line = found.line - shift;
			if (before && before[2] === line && before[3] === found.column) continue;
			result.push([segment[0], 0, line, found.column]);
		}
		return result;
	});
}
