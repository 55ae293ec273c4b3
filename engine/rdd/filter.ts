// filter: the elements for which the function is true; pairs stay where they are.
import type { RddOperator } from "../plan/operators.ts";
import { narrowNode } from "./narrow.ts";

export const filter: RddOperator = {
	op: "filter",
	fromNode: narrowNode({ keepsKeys: true }),
	emit: (loop) => loop.skipUnless(`${loop.fn("f")}(${loop.element()})`),
};
