// mapValues: new values under the same keys; the partitioner is kept.
import type { RddOperator } from "../plan/operators.ts";
import { narrowNode } from "./narrow.ts";

export const mapValues: RddOperator = {
	op: "mapValues",
	fromNode: narrowNode({ keepsKeys: true }),
	emit: (loop) => {
		const { key, value } = loop.pair();
		loop.setPair(key, loop.call("f", value));
	},
};
