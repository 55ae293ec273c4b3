// Conf: defaults, what values of known keys are accepted, and that unknown keys are kept.
import { describe, expect, it } from "vitest";
import { Conf } from "../../../engine/conf/conf.ts";
import { confKeys } from "../../../engine/conf/keys.ts";
import { parseSize, parseTime } from "../../../engine/conf/units.ts";
import { seconds } from "../../../engine/time/duration.ts";

const bad = expect.objectContaining({ code: "STREAM_CONFIG" });

describe("Conf", () => {
	it("has the defaults of Spark where Spark has the key", () => {
		const conf = new Conf();
		expect(Object.fromEntries(Object.keys(confKeys).map((k) => [k, conf.get(k)]))).toEqual({
			"spark.default.parallelism": undefined,
			"spark.streaming.blockInterval": 200,
			"spark.streaming.concurrentJobs": 1,
			"spark.streaming.stopGracefullyOnShutdown": false,
			"spark.streaming.gracefulStopTimeout": undefined,
			"spark.task.maxFailures": 4,
			"spark.streaming.receiver.maxRate": undefined,
			"millrace.maxPendingBatches": 20,
			"millrace.driverFunctionTimeout": 10_000,
			"millrace.maxInputBytes": 268_435_456,
			compat: undefined,
			"millrace.seed": undefined,
		});
	});

	it("reads values as people write them", () => {
		const conf = new Conf({
			"spark.default.parallelism": "8",
			"spark.streaming.blockInterval": "0.5s",
			"spark.streaming.gracefulStopTimeout": seconds(3),
			"spark.streaming.stopGracefullyOnShutdown": "TRUE",
			"spark.streaming.receiver.maxRate": "1000",
			"millrace.maxInputBytes": "64m",
			"millrace.seed": 0xffff_ffff,
			compat: "spark",
		});
		expect(conf.get("spark.default.parallelism")).toBe(8);
		expect(conf.get("spark.streaming.blockInterval")).toBe(500);
		expect(conf.get("spark.streaming.gracefulStopTimeout")).toBe(3000);
		expect(conf.get("spark.streaming.stopGracefullyOnShutdown")).toBe(true);
		expect(conf.get("spark.streaming.receiver.maxRate")).toBe(1000);
		expect(conf.get("millrace.maxInputBytes")).toBe(67_108_864);
		expect(conf.get("millrace.seed")).toBe(4_294_967_295);
		expect(conf.get("compat")).toBe("spark");
	});

	it("takes a rate of 0 or less as no limit", () => {
		expect(new Conf({ "spark.streaming.receiver.maxRate": 0 }).get("spark.streaming.receiver.maxRate")).toBeUndefined();
		expect(
			new Conf({ "spark.streaming.receiver.maxRate": -1 }).get("spark.streaming.receiver.maxRate"),
		).toBeUndefined();
	});

	it("refuses bad values when they are set, naming key, expectation, value and way out", () => {
		const cases: [string, unknown[]][] = [
			["spark.default.parallelism", [0, -1, 1.5, "x", "", null, Number.NaN, true]],
			["spark.streaming.blockInterval", [0, "0ms", "abc", -5, "1 fortnight", null, "1.5ms"]],
			["spark.streaming.concurrentJobs", [0, "many"]],
			["spark.streaming.stopGracefullyOnShutdown", ["yes", 1, null]],
			["spark.streaming.fileStream.minRememberDuration", ["soon", -1]],
			["spark.streaming.gracefulStopTimeout", ["soon", -1]],
			["spark.streaming.minRememberDuration", ["soon", -1]],
			["spark.task.maxFailures", [0]],
			["spark.streaming.receiver.maxRate", ["fast", Number.NaN]],
			["millrace.maxPendingBatches", [0]],
			["millrace.maxInputBytes", [0, "64x", -1, "lots"]],
			["compat", ["flink", true]],
			["millrace.driverFunctionTimeout", ["0ms", "-1s", "soon", {}]],
			["millrace.seed", [-1, 2 ** 32, 0.5]],
		];
		expect(cases.map(([key]) => key).sort()).toEqual(Object.keys(confKeys).sort());
		for (const [key, values] of cases) {
			for (const value of values) {
				expect(() => new Conf({ [key]: value }), `${key} = ${String(value)}`).toThrow(bad);
				expect(() => new Conf({ [key]: value })).toThrow(`conf "${key}": expected `);
			}
		}
		expect(() => new Conf({ "spark.streaming.blockInterval": "abc" })).toThrow(
			'conf "spark.streaming.blockInterval": expected a time in whole milliseconds, not negative, got string "abc". Write for example 200, "200ms", "2s" or "5min".',
		);
		for (const settings of [null, "x", [], 5]) expect(() => new Conf(settings as never)).toThrow(bad);
	});

	it("keeps the old value when a new one is refused", () => {
		const conf = new Conf({ "spark.task.maxFailures": 2 });
		expect(() => conf.set("spark.task.maxFailures", 0)).toThrow(bad);
		expect(conf.get("spark.task.maxFailures")).toBe(2);
	});

	it("keeps unknown keys as they are, and copies whole", () => {
		const conf = new Conf({ "spark.ui.port": "4040", "my.key": [1] });
		expect(conf.get("spark.ui.port")).toBe("4040");
		expect(conf.get("nothing.here")).toBeUndefined();
		expect(conf.get("nothing.here", 7)).toBe(7);
		expect(conf.get("toString")).toBeUndefined();
		const copy = new Conf(conf)
			.set("my.key", 2)
			.setIfMissing("my.key", 3)
			.setIfMissing("new", 1)
			.remove("spark.ui.port");
		expect(conf.toJSON()).toEqual({ "spark.ui.port": "4040", "my.key": [1] });
		expect(copy.toJSON()).toEqual({ "my.key": 2, new: 1 });
		expect(new Conf(structuredClone(conf.toJSON())).toJSON()).toEqual(conf.toJSON());
		expect([conf.contains("my.key"), conf.contains("compat")]).toEqual([true, false]);
	});

	it("goes back to the default when a key is set to undefined", () => {
		const conf = new Conf({ "spark.task.maxFailures": 2 }).set("spark.task.maxFailures", undefined);
		expect(conf.get("spark.task.maxFailures")).toBe(4);
		expect(new Conf({ compat: undefined }).contains("compat")).toBe(false);
	});
});

describe("units", () => {
	it("of time are those of Spark", () => {
		const texts = ["100", "100ms", "2s", "2 S", "1.1s", "5m", "5min", "1h", "2d", "3000us", " 7ms "];
		expect(texts.map((s) => parseTime(s, "k"))).toEqual([
			100, 100, 2000, 2000, 1100, 300_000, 300_000, 3_600_000, 172_800_000, 3, 7,
		]);
	});

	it("of size are powers of 1024", () => {
		const texts = ["100", "100b", "1k", "2kb", "64m", "64MB", "1g", "1t", "0.5k"];
		expect(texts.map((s) => parseSize(s, "k"))).toEqual([
			100, 100, 1024, 2048, 67_108_864, 67_108_864, 1_073_741_824, 1_099_511_627_776, 512,
		]);
	});

	it("refuse what they do not know", () => {
		for (const s of ["", "ms", "5 weeks", "-1s", "1e3", "0.5", "1s 2ms", "constructor", "1constructor"])
			expect(() => parseTime(s, "k")).toThrow(bad);
		for (const s of ["", "m", "5x", "-1m", "0.3", "1bb", "1constructor"]) expect(() => parseSize(s, "k")).toThrow(bad);
	});
});
