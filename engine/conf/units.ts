// Times and sizes as people write them in configurations: "100ms", "2s", "64m".
import { describeValue, streamError } from "../errors/message.ts";
import { Duration } from "../time/duration.ts";

const timeUnits: { readonly [unit: string]: number } = {
	us: 0.001,
	ms: 1,
	s: 1000,
	m: 60_000,
	min: 60_000,
	h: 3_600_000,
	d: 86_400_000,
};

const sizeUnits: { readonly [unit: string]: number } = {
	b: 1,
	k: 2 ** 10,
	m: 2 ** 20,
	g: 2 ** 30,
	t: 2 ** 40,
	p: 2 ** 50,
};

/** Returns whole ms for a number of ms, a Duration or a text like `100ms`, `2s`, `5min`; throws STREAM_CONFIG naming `key`. */
export function parseTime(value: unknown, key: string): number {
	let ms: number | undefined;
	if (typeof value === "number") ms = value;
	else if (value instanceof Duration) ms = value.milliseconds;
	else if (typeof value === "string") ms = parseWithUnit(value, (unit) => timeUnits[unit === "" ? "ms" : unit]);
	if (ms !== undefined && Number.isSafeInteger(ms) && ms >= 0) return ms + 0;
	throw badValue(
		key,
		"a time in whole milliseconds, not negative",
		value,
		'Write for example 200, "200ms", "2s" or "5min".',
	);
}

/** Returns bytes for a number of bytes or a text like `64m`, `1g`, `512kb` (units of 1024); throws STREAM_CONFIG naming `key`. */
export function parseSize(value: unknown, key: string): number {
	let bytes: number | undefined;
	if (typeof value === "number") bytes = value;
	else if (typeof value === "string")
		bytes = parseWithUnit(value, (unit) => sizeUnits[unit === "" ? "b" : /^[kmgtp]b$/.test(unit) ? unit[0] : unit]);
	if (bytes !== undefined && Number.isSafeInteger(bytes) && bytes >= 0) return bytes + 0;
	throw badValue(key, "a size in whole bytes, not negative", value, 'Write for example 1048576, "64m" or "1g".');
}

function parseWithUnit(text: string, factor: (unit: string) => number | undefined): number | undefined {
	const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text);
	if (match === null) return undefined;
	const unit = factor(match[2].toLowerCase());
	if (unit === undefined) return undefined;
	const value = Number(match[1]) * unit;
	// 1.1 * 1000 must not be refused for its last binary digit.
	return Math.abs(value - Math.round(value)) < 1e-6 ? Math.round(value) : value;
}

/** Returns the error for a value of a key that is not acceptable. */
export function badValue(key: string, expected: string, value: unknown, way: string): Error {
	return streamError("STREAM_CONFIG", { step: `conf "${key}"`, expected, got: describeValue(value), way, key });
}
