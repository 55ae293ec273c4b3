// asKeys: each element as a key without a value; how distinct, subtract and intersection look at elements.
import type { RddOperator } from "../plan/operators.ts";
import { narrowNode } from "./narrow.ts";

export const asKeys: RddOperator = {
	op: "asKeys",
	fromNode: narrowNode(),
	emit: (loop) => loop.setPair(loop.element(), "null"),
};
