// valueOne: the value 1 in place of each value, so that the pairs of a key can be counted.
import type { RddOperator } from "../plan/operators.ts";
import { narrowNode } from "./narrow.ts";

export const valueOne: RddOperator = {
	op: "valueOne",
	fromNode: narrowNode({ keepsKeys: true }),
	emit: (loop) => loop.setPair(loop.pair().key, "1"),
};
