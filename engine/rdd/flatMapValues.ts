// flatMapValues: any number of values under the same key for each pair; the partitioner is kept.
import type { RddOperator } from "../plan/operators.ts";
import { narrowNode } from "./narrow.ts";

export const flatMapValues: RddOperator = {
	op: "flatMapValues",
	fromNode: narrowNode({ keepsKeys: true }),
	emit: (loop) => {
		const { key, value } = loop.pair();
		loop.forEach(loop.call("f", value, (call) => `env.list(${call}, "flatMapValues")`));
		loop.setPair(key, loop.element());
	},
};
