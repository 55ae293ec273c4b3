// Duration, Time and Interval: the cases of Spark's DurationSuite and TimeSuite, and its rules for bad input.
import { describe, expect, it } from "vitest";
import { Duration, milliseconds, minutes, seconds } from "../../../engine/time/duration.ts";
import { Interval, Time } from "../../../engine/time/time.ts";

const d = (ms: number): Duration => new Duration(ms);
const t = (ms: number): Time => new Time(ms);
const config = expect.objectContaining({ code: "STREAM_CONFIG" });

describe("comparison of durations and of times", () => {
	const pairs: [number, number][] = [
		[999, 1000],
		[0, 1],
		[1000, 999],
		[1000, 1000],
	];
	it("agrees with that of their milliseconds", () => {
		for (const [a, b] of pairs) {
			for (const make of [d, t]) {
				const [x, y] = [make(a), make(b)] as [Time & Duration, Time & Duration];
				expect([x.less(y), x.lessEq(y), x.greater(y), x.greaterEq(y), x.equals(y)]).toEqual([
					a < b,
					a <= b,
					a > b,
					a >= b,
					a === b,
				]);
				expect([x < y, x > y]).toEqual([a < b, a > b]);
				expect(x.min(y).milliseconds).toBe(Math.min(a, b));
				expect(x.max(y).milliseconds).toBe(Math.max(a, b));
			}
		}
	});
});

describe("Duration", () => {
	it("adds, subtracts, multiplies, and divides to a ratio", () => {
		expect(d(1000).plus(d(100)).milliseconds).toBe(1100);
		expect(d(1000).minus(d(100)).milliseconds).toBe(900);
		expect(d(100).minus(d(1000)).milliseconds).toBe(-900);
		expect(d(100).times(3).milliseconds).toBe(300);
		expect([5, 1, 1000, 2000].map((n) => d(1000).div(d(n)))).toEqual([200, 1000, 1, 0.5]);
		expect(d(1000).plus(1).milliseconds).toBe(1001);
	});

	it("knows multiples and zero", () => {
		expect([5, 1000, 1, 6].map((n) => d(1000).isMultipleOf(d(n)))).toEqual([true, true, true, false]);
		expect([d(0).isZero(), d(1).isZero()]).toEqual([true, false]);
		expect(() => d(1).isMultipleOf(d(0))).toThrow(/expected a duration that is not zero/);
	});

	it("prints as Spark does", () => {
		expect(`${d(1500)}`).toBe("1500 ms");
		expect(d(1500).toFormattedString()).toBe("1500");
		expect([0, 20, 1000, 1250, 90_000, 4_500_000].map((ms) => d(ms).prettyPrint())).toEqual([
			"0 ms",
			"20 ms",
			"1.0 s",
			"1.3 s",
			"1.5 m",
			"1.25 h",
		]);
	});

	it("is made by milliseconds, seconds and minutes, also of fractions that are whole milliseconds", () => {
		expect(
			[milliseconds(100), seconds(30), minutes(2), seconds(0.5), seconds(1.001), seconds(0.29)].map(
				(x) => x.milliseconds,
			),
		).toEqual([100, 30_000, 120_000, 500, 1001, 290]);
		expect(() => seconds(0.0005)).toThrow(/seconds: expected a number that makes whole milliseconds, got 0.0005/);
		expect(() => seconds("2" as unknown as number)).toThrow(config);
		expect(() => minutes(Number.NaN)).toThrow(config);
	});

	it("is taken from a Duration or a number of ms, and anything else is refused in words", () => {
		expect(Duration.of(250).milliseconds).toBe(250);
		expect(Duration.of(seconds(1)).milliseconds).toBe(1000);
		expect(Object.is(Duration.of(-0).milliseconds, 0)).toBe(true);
		for (const bad of [
			Number.NaN,
			"abc",
			"100",
			-1,
			1.5,
			null,
			undefined,
			{},
			Number.POSITIVE_INFINITY,
			2 ** 60,
			d(-5),
		]) {
			expect(() => Duration.of(bad as number)).toThrow(config);
		}
		expect(() => Duration.of("abc" as unknown as number, "new StreamingContext")).toThrow(
			'new StreamingContext: expected a whole number of milliseconds, got string "abc". Write for example 500, milliseconds(500) or seconds(1).',
		);
		expect(() => Duration.of(-1)).toThrow(/not negative, got -1 ms/);
	});
});

describe("Time", () => {
	it("adds durations, and subtracts durations and times", () => {
		expect(t(1000).plus(d(100)).milliseconds).toBe(1100);
		expect(t(1000).minus(d(100))).toBeInstanceOf(Time);
		const difference = t(1000).minus(t(100));
		expect(difference).toBeInstanceOf(Duration);
		expect(difference.milliseconds).toBe(900);
		expect(String(t(7))).toBe("7 ms");
	});

	it("is moved down to a multiple, toward zero as whole division does", () => {
		const cases: [number, number, number][] = [
			[1350, 200, 1200],
			[1200, 200, 1200],
			[199, 200, 0],
			[-1, 200, 0],
			[-350, 200, -200],
		];
		for (const [ms, step, expected] of cases) expect(t(ms).floor(d(step)).milliseconds).toBe(expected);
	});

	it("is moved toward a zero time, a time before it up to it", () => {
		const cases: [number, number, number, number][] = [
			[1350, 200, 50, 1250],
			[1350, 200, 150, 1350],
			[1350, 200, 200, 1200],
			[100, 200, 250, 250],
			[-1, 200, 250, 50],
		];
		for (const [ms, step, zero, expected] of cases) expect(t(ms).floor(d(step), t(zero)).milliseconds).toBe(expected);
		expect(Object.is(t(-1).floor(d(200)).milliseconds, 0)).toBe(true);
		expect(() => t(1).floor(d(0))).toThrow(config);
	});

	it("knows multiples", () => {
		expect([5, 1000, 1, 6].map((n) => t(1000).isMultipleOf(d(n)))).toEqual([true, true, true, false]);
	});

	it("makes ranges without and with their end", () => {
		const ms = (list: Time[]): number[] => list.map((x) => x.milliseconds);
		expect(ms(t(1000).until(t(1100), d(100)))).toEqual([1000]);
		expect(ms(t(1000).until(t(1000), d(100)))).toEqual([]);
		expect(ms(t(1000).until(t(1100), d(30)))).toEqual([1000, 1030, 1060, 1090]);
		expect(ms(t(1000).to(t(1000), d(100)))).toEqual([1000]);
		expect(ms(t(1000).to(t(1100), d(100)))).toEqual([1000, 1100]);
		expect(ms(t(1000).to(t(1100), d(30)))).toEqual([1000, 1030, 1060, 1090]);
		expect(ms(t(1100).to(t(1000), d(30)))).toEqual([]);
		expect(() => t(0).until(t(1), d(0))).toThrow(config);
	});

	it("refuses what is no whole number of milliseconds", () => {
		expect(() => t(1.5)).toThrow(config);
		expect(() => t("now" as unknown as number)).toThrow(config);
	});
});

describe("Interval", () => {
	it("has a duration and can be shifted", () => {
		const i = new Interval(1000, 3000);
		expect(i.duration.milliseconds).toBe(2000);
		expect(String(i.plus(d(500)))).toBe("[1500 ms, 3500 ms]");
		expect(String(i.minus(500))).toBe("[500 ms, 2500 ms]");
		expect(i.equals(new Interval(t(1000), t(3000)))).toBe(true);
	});

	it("compares by end times, and only with intervals of its length", () => {
		const [a, b] = [new Interval(0, 10), new Interval(5, 15)];
		expect([a.less(b), a.lessEq(a), b.greater(a), a.greaterEq(b)]).toEqual([true, true, true, false]);
		expect(() => a.less(new Interval(0, 20))).toThrow(
			/Comparing two intervals with different durations \[\[0 ms, 10 ms\], \[0 ms, 20 ms\]\]/,
		);
	});

	it("around the present is aligned to the epoch", () => {
		const i = Interval.currentInterval(d(1000), { now: () => 12_345 });
		expect(String(i)).toBe("[12000 ms, 13000 ms]");
	});
});
