// map: one element out for each element in.
import type { RddOperator } from "../plan/operators.ts";
import { narrowNode } from "./narrow.ts";

export const map: RddOperator = {
	op: "map",
	fromNode: narrowNode(),
	emit: (loop) => loop.setElement(loop.call("f", loop.element())),
};
