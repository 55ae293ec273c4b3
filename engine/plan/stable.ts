// Plain data as text that depends on the values only.

/** Returns a JSON-like text in which property order does not matter and bigint, Date, undefined and bytes keep their type. */
export function stableText(value: unknown): string {
	if (value === undefined) return "u";
	if (value === null || typeof value === "boolean") return String(value);
	if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
	if (typeof value === "string") return JSON.stringify(value);
	if (typeof value === "bigint") return `${value}n`;
	if (value instanceof Date) return `d${value.getTime()}`;
	if (Array.isArray(value)) return `[${value.map(stableText).join(",")}]`;
	if (ArrayBuffer.isView(value))
		return `b${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64")}`;
	if (value instanceof SharedArrayBuffer) return `s${value.byteLength}`;
	const object = value as { [key: string]: unknown };
	return `{${Object.keys(object)
		.sort()
		.map((key) => `${JSON.stringify(key)}:${stableText(object[key])}`)
		.join(",")}}`;
}
