// Clocks: what fires when, and in which order.
import { describe, expect, it } from "vitest";
import { type Clock, ManualClock, SystemClock } from "../../../engine/time/clock.ts";
import { seconds } from "../../../engine/time/duration.ts";

describe("ManualClock", () => {
	it("stands until it is moved, and fires what is due in order of time, then of setting", () => {
		const clock = new ManualClock(1000);
		const seen: string[] = [];
		const note = (name: string) => () => seen.push(`${name} at ${clock.now()}`);
		clock.setTimer(1030, note("c"));
		clock.setTimer(1010, note("a"));
		clock.setTimer(1010, note("b"));
		clock.setTimer(1031, note("later"));
		expect(clock.nextTimer).toBe(1010);
		clock.advance(30);
		expect(seen).toEqual(["a at 1010", "b at 1010", "c at 1030"]);
		expect(clock.now()).toBe(1030);
		clock.advance(seconds(1));
		expect(seen.at(-1)).toBe("later at 1031");
		expect([clock.now(), clock.nextTimer]).toEqual([2030, undefined]);
	});

	it("fires timers that a timer sets, in the same move if they are due in it", () => {
		const clock = new ManualClock();
		const ticks: number[] = [];
		const tick = (): void => {
			ticks.push(clock.now());
			clock.setTimer(clock.now() + 100, tick);
		};
		clock.setTimer(100, tick);
		clock.advance(350);
		expect(ticks).toEqual([100, 200, 300]);
		expect(clock.nextTimer).toBe(400);
	});

	it("never calls inside setTimer: what is due already fires with the next move, without going back", () => {
		const clock = new ManualClock(500);
		const seen: number[] = [];
		clock.setTimer(100, () => seen.push(clock.now()));
		expect(seen).toEqual([]);
		clock.advance(0);
		expect(seen).toEqual([500]);
	});

	it("does not fire what was cancelled, also by another timer of the same time", () => {
		const clock = new ManualClock();
		const seen: string[] = [];
		clock.setTimer(5, () => cancel());
		const cancel = clock.setTimer(5, () => seen.push("cancelled"));
		clock.setTimer(6, () => seen.push("kept"));
		clock.advance(10);
		cancel();
		expect(seen).toEqual(["kept"]);
	});

	it("can be set, forward with timers and backward without", () => {
		const clock = new ManualClock(100);
		const seen: number[] = [];
		clock.setTimer(150, () => seen.push(clock.now()));
		clock.setTime(120);
		clock.setTime(10);
		expect([clock.now(), seen.length]).toEqual([10, 0]);
		clock.setTime(200);
		expect([clock.now(), ...seen]).toEqual([200, 150]);
	});

	it("fires all and arrives before it throws what timers threw", () => {
		const clock = new ManualClock();
		const seen: string[] = [];
		const fail = (text: string) => () => {
			throw new Error(text);
		};
		clock.setTimer(1, fail("one"));
		clock.setTimer(2, () => seen.push("two"));
		expect(() => clock.advance(5)).toThrow("one");
		expect([clock.now(), ...seen]).toEqual([5, "two"]);
		clock.setTimer(6, fail("a"));
		clock.setTimer(7, fail("b"));
		expect(() => clock.advance(5)).toThrow(
			expect.objectContaining({
				errors: [expect.objectContaining({ message: "a" }), expect.objectContaining({ message: "b" })],
			}),
		);
	});

	it("refuses to be moved back by advance, by nonsense, or inside a timer", () => {
		const clock = new ManualClock();
		expect(() => clock.advance(-1)).toThrow(/Use setTime to go back/);
		expect(() => clock.advance("1" as unknown as number)).toThrow(expect.objectContaining({ code: "STREAM_CONFIG" }));
		expect(() => clock.setTimer(Number.NaN, () => {})).toThrow(expect.objectContaining({ code: "STREAM_CONFIG" }));
		clock.setTimer(1, () => clock.advance(1));
		expect(() => clock.advance(2)).toThrow(expect.objectContaining({ code: "STREAM_STATE" }));
		clock.advance(1);
		expect(clock.now()).toBe(3);
	});
});

describe("SystemClock", () => {
	it("tells the wall time and never fires before the time asked for, nor inside the call", async () => {
		const clock: Clock = new SystemClock();
		const before = Date.now();
		expect(clock.now()).toBeGreaterThanOrEqual(before);
		for (const wait of [-5, 0, 1, 7]) {
			const at = clock.now() + wait;
			let inside = true;
			const fired = new Promise<number>((resolve) => clock.setTimer(at, () => resolve(inside ? -1 : clock.now())));
			inside = false;
			expect(await fired).toBeGreaterThanOrEqual(at);
		}
	});

	it("does not fire what was cancelled", async () => {
		const clock = new SystemClock();
		let fired = false;
		const cancel = clock.setTimer(clock.now() + 2, () => {
			fired = true;
		});
		cancel();
		await new Promise<void>((resolve) => clock.setTimer(clock.now() + 10, resolve));
		expect(fired).toBe(false);
	});

	it("takes times beyond the longest wait of a timer without firing at once", async () => {
		const clock = new SystemClock();
		let fired = false;
		const cancel = clock.setTimer(clock.now() + 2 ** 40, () => {
			fired = true;
		});
		await new Promise<void>((resolve) => clock.setTimer(clock.now() + 5, resolve));
		cancel();
		expect(fired).toBe(false);
	});
});
