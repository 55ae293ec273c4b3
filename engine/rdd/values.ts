// values: the values of pairs, without their keys.
import type { RddOperator } from "../plan/operators.ts";
import { narrowNode } from "./narrow.ts";

export const values: RddOperator = {
	op: "values",
	fromNode: narrowNode(),
	emit: (loop) => loop.setElement(loop.pair().value),
};
