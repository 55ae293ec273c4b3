// Every example of the reference runs; a comment after an expression is its value.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import * as door from "../../engine/index.ts";
import * as testing from "../../engine/testing/index.ts";
import { declared, type Example, examples, exampleTags, preamble, used } from "../support/examples.ts";

const folder = mkdtempSync(fileURLToPath(new URL(".examples-", import.meta.url)));
const all = examples();
let server: Server;
let port = 0;

beforeAll(async () => {
	server = createServer((socket) => {
		socket.on("error", () => undefined);
		socket.end("to be or not to be\n");
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	port = (server.address() as AddressInfo).port;
	vi.stubEnv("MILLRACE_RUNTIME", "in-process");
});
afterAll(() => {
	server.close();
	vi.unstubAllEnvs();
	rmSync(folder, { recursive: true, force: true });
});

/** A statement of an example that is an expression, with the comment that tells its value. */
const expression = /^(?!const |let |import )(.+?);(?:[ \t]*\/\/[ \t]*(.*))?$/;

/** Returns the module of an example: what it takes as given, its statements with their values handed out. */
function moduleOf({ code }: Example): string {
	const before = preamble(code);
	const whole = `${before}\n${code}`;
	const own = declared(code);
	const makesContext = own.includes("ssc") || own.includes("sc");
	const needsContext = used(whole, ["ssc"]).length > 0;
	const doors = { ...door, ...testing };
	// On the system clock a second lasts 20 ms, and the server is the test's.
	const names = used(`${whole}\n${needsContext ? "StreamingContext ManualClock" : ""}`, Object.keys(doors)).filter(
		(name) => name !== "seconds",
	);
	const from = (list: string[], path: string) => `import { ${list.join(", ")} } from ${JSON.stringify(path)};`;
	const statements = code.split("\n").map((line) => {
		const match = expression.exec(line.replace('"localhost", 9999', `"127.0.0.1", ${port}`));
		if (match === null) return line.replace('"localhost", 9999', `"127.0.0.1", ${port}`);
		return `seen(${match[1]}, ${JSON.stringify(match[2] ?? null)});`;
	});
	return [
		from(
			names.filter((name) => name in door),
			"../../../engine/index.ts",
		),
		from(
			names.filter((name) => !(name in door)),
			"../../../engine/testing/index.ts",
		),
		'import { milliseconds as ms } from "../../../engine/index.ts";',
		"export async function run(seen) {",
		`const seconds = (n) => ms(n * ${/new StreamingContext\("/.test(code) ? 20 : 1000});`,
		needsContext
			? "const manual = new ManualClock();\nconst ssc = new StreamingContext({ batch: 1000, clock: manual });"
			: "",
		before,
		...statements,
		...own.map((name) => `seen(${name}, null);`),
		`return { ssc: ${needsContext || own.includes("ssc") ? "ssc" : "undefined"}, clock: ${needsContext ? "manual" : "undefined"}, makesContext: ${makesContext} };`,
		"}",
	].join("\n");
}

test("no example is overlooked", () => {
	expect(all.length).toBe(exampleTags());
	expect(all.length).toBeGreaterThan(10);
});

describe("the example at", () => {
	test.each(all.map((each, index) => [each.place, each, index] as const))("%s runs", async (_place, each, index) => {
		const file = join(folder, `example-${index}.ts`);
		writeFileSync(file, moduleOf(each));
		const out = vi.spyOn(process.stdout, "write").mockImplementation(() => true);
		const err = vi.spyOn(process.stderr, "write").mockImplementation(() => true);
		const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
		const values: { readonly value: unknown; readonly comment: string | null }[] = [];
		const batches: unknown[] = [];
		let context: door.StreamingContext | undefined;
		try {
			const { run } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as {
				run(
					seen: (value: unknown, comment: string | null) => void,
				): Promise<{ ssc?: door.StreamingContext; clock?: door.ManualClock }>;
			};
			const { ssc, clock } = await run((value, comment) => values.push({ value, comment }));
			context = ssc;
			if (ssc?.getState() === "INITIALIZED") {
				// Streams that the example only makes are computed, too.
				for (const { value } of values) {
					if (value instanceof door.DStream) value.foreachRDD(async (rdd) => void batches.push(await rdd.collect()));
				}
				const streams =
					values.some(({ value }) => value instanceof door.DStream) || /\.(print|foreachRDD)\(/.test(each.code);
				if (clock !== undefined && streams) {
					await ssc.start();
					await clock.advance(30_000);
					await ssc.awaitBatches(0);
					if (values.some(({ value }) => value instanceof door.DStream)) expect(batches.length).toBeGreaterThan(0);
				}
				await ssc.stop();
			}
		} finally {
			if (context?.getState() === "ACTIVE") await context.stop().catch(() => undefined);
			out.mockRestore();
			err.mockRestore();
			log.mockRestore();
		}
		for (const { value, comment } of values) {
			if (comment === null) continue;
			const expected = new Function(`return (${comment});`)() as unknown;
			expect(value).toEqual(expected);
		}
		for (const batch of batches) expect(batch).toBeInstanceOf(Array);
	});
});
