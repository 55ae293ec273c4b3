// window: the union of the parent's batches in (t - length, t], oldest first.
import { streamError } from "../errors/index.ts";
import type { DStreamOperator } from "../plan/operators.ts";
import { unionSpec } from "../rdd/union.ts";

/** Throws Spark's message when length or slide is no multiple of the parent's slide duration. */
export function checkWindow(step: string, kind: string, length: number, slide: number, parentSlide: number): void {
	for (const [name, ms] of [
		["window", length],
		["slide", slide],
	] as const) {
		if (ms > 0 && ms % parentSlide === 0) continue;
		throw streamError("STREAM_CONFIG", {
			step,
			message:
				`The ${name} duration of ${kind} (${ms} ms) must be ${kind === "windowed DStream" ? "a " : ""}multiple of ` +
				`the slide duration of parent DStream (${parentSlide} ms)`,
			expected: `a multiple of ${parentSlide} ms`,
			got: `${ms} ms`,
			way: `use seconds(…) or ms that ${parentSlide} divides`,
		});
	}
}

export const window: DStreamOperator = {
	op: "window",
	persistsParents: true,
	slide: (node) => node.params.slide as number,
	parentRemember: (node) => node.params.window as number,
	label: (node) => `window ${(node.params.window as number) / 1000} s`,
	async lower(context) {
		const length = context.node.params.window as number;
		const first = context.time - length + context.slideOf(context.node.parents[0]);
		return context.rdd(unionSpec(await context.slice(0, first, context.time)));
	},
};
