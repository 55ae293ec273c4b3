// User functions of the driver, and functions that cannot run where they should: deadlines, wrong results, captures.

import { connect } from "node:net";
import { basename } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { RDD, StreamError } from "../../../engine/index.ts";
import { TestSource } from "../../../engine/testing/index.ts";
import { LineServer, manual } from "../../faults/support.ts";
import { fewCells, runFailing } from "../../support/matrix.ts";

beforeEach(() => {
	vi.spyOn(process.stderr, "write").mockImplementation(() => true);
});
afterEach(() => {
	vi.restoreAllMocks();
});

const input = [[1], [2], [3]];

describe.each(fewCells)("$name", (cell) => {
	test("a transform that loops for ever is ended after its deadline, and the stream goes on", async () => {
		const { outputs, errors } = await runFailing(
			cell,
			input,
			(s) =>
				s.transform((rdd, time) => {
					while (time.milliseconds === 2000) {}
					return rdd;
				}),
			{ "millrace.driverFunctionTimeout": 500 },
		);
		expect(errors).toHaveLength(1);
		expect(errors[0]).toMatchObject({ code: "STREAM_TASK", fields: { step: "transform" } });
		expect(errors[0].message).toContain("the function has not returned and was ended after 0.5 s");
		expect(outputs).toEqual([[1], null, [3]]);
	});

	test("a transform whose promise never settles does not hold the stream up", async () => {
		const { outputs, errors } = await runFailing(
			cell,
			input,
			(s) =>
				s.transform(async (rdd, time) =>
					time.milliseconds === 2000 ? await new Promise<typeof rdd>(() => undefined) : rdd,
				),
			{ "millrace.driverFunctionTimeout": 500 },
		);
		expect(errors.map(({ message }) => message)).toEqual([
			expect.stringContaining("the promise of the function has not settled after 0.5 s"),
		]);
		expect(outputs).toEqual([[1], null, [3]]);
	});

	test.each([
		["undefined", undefined],
		["null", null],
		["an array of 1", [1]],
		["number 5", 5],
	])("a transform that returns %s instead of an RDD says so", async (got, value) => {
		const { errors, outputs } = await runFailing(cell, [[1]], (s) => s.transform(() => value as never));
		expect(errors).toHaveLength(1);
		expect(errors[0]).toMatchObject({
			code: "STREAM_TASK",
			fields: { step: "transform", expected: "an RDD from the function" },
		});
		expect((errors[0] as StreamError).fields.got).toContain(got.replace("number ", ""));
		expect(outputs).toEqual([null]);
	});

	test("an error in a driver function names step, file and line and keeps its cause; only the user's frames are left", async () => {
		const { errors } = await runFailing(cell, [[1]], (s) =>
			s.transform((rdd) => {
				if (rdd !== undefined) throw new RangeError("not today");
				return rdd;
			}),
		);
		const [error] = errors as [StreamError];
		expect(error).toMatchObject({
			code: "STREAM_TASK",
			fields: { step: "transform" },
			cause: { name: "RangeError", message: "not today" },
		});
		expect(basename(error.fields.file as string)).toBe("functions.test.ts");
		expect(error.message).toMatch(/^transform \(.*functions\.test\.ts, line \d+\): RangeError: not today/);
		const frames = ((error.cause as Error).stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
		expect(frames.length).toBeGreaterThan(0);
		for (const frame of frames) expect(frame).toContain("functions.test.ts");
	});

	test("windows after a batch whose transform failed have the other batches, and the error comes once", async () => {
		const { outputs, errors } = await runFailing(cell, [[1], [2], [3], [4]], (s) =>
			s
				.transform((rdd, time) => {
					if (time.milliseconds === 2000) throw new Error("no RDD");
					return rdd;
				})
				.window(3000, 1000),
		);
		expect(errors).toHaveLength(1);
		expect(outputs).toEqual([[1], null, [1, 3], [3, 4]]);
	});

	test.each([
		["undefined", undefined],
		["a string", "text"],
		["null", null],
	])("foreachRDD that throws %s fails its batch with an error that says so", async (_name, thrown) => {
		const { ssc, clock } = manual(cell);
		let batches = 0;
		new TestSource<number>(ssc, input, 1).stream.foreachRDD(() => {
			batches++;
			if (batches === 2) throw thrown;
		});
		await ssc.start();
		await clock.advance(2000);
		const error: unknown = await ssc.awaitBatches(0).catch((reason: unknown) => reason);
		expect(error).toBeInstanceOf(Error);
		expect((error as Error).message).toContain(String(thrown));
		await clock.advance(1000);
		await ssc.stop();
		expect(batches).toBe(3);
	});

	test("closures over the batch time are forgotten with their batches", async () => {
		const { outputs, errors } = await runFailing(
			cell,
			Array.from({ length: 30 }, (_, n) => [n]),
			(s) =>
				s
					.transform((rdd, time) => {
						const n = time.milliseconds;
						return rdd.map((x) => x * 100_000 + n);
					})
					.window(3000, 3000),
		);
		expect(errors).toEqual([]);
		expect(outputs[29]).toEqual([27, 28, 29].map((n) => n * 100_000 + (n + 1) * 1000));
	});

	test("a socket in a function of executors is STREAM_CAPTURE with the path, at the call", async () => {
		const server = await LineServer.listen();
		const model = { session: { socket: connect(server.port, "127.0.0.1") } };
		const { ssc } = manual(cell);
		try {
			const { stream } = new TestSource<number>(ssc);
			let error: unknown;
			try {
				stream.map((n) => n + (model.session.socket.writable ? 1 : 0));
			} catch (thrown) {
				error = thrown;
			}
			expect(error).toMatchObject({
				code: "STREAM_CAPTURE",
				fields: { step: "map", path: ["model", "model.session", "model.session.socket"] },
			});
			expect((error as StreamError).message).toMatch(/map \(.*functions\.test\.ts, line \d+\)/);
			const rdd: RDD<number> = ssc.sparkContext.parallelize([1]);
			for (const refused of [
				() => stream.map((n) => n + (rdd === undefined ? 1 : 0)),
				() => stream.filter(() => stream !== undefined),
				() => stream.map(() => ssc.getState()),
			]) {
				expect(refused).toThrow(expect.objectContaining({ code: "STREAM_CAPTURE" }));
			}
		} finally {
			model.session.socket.destroy();
			await ssc.stop();
			await server.close();
		}
	});
});
