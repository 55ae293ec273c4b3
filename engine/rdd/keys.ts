// keys: the keys of pairs, without their values.
import type { RddOperator } from "../plan/operators.ts";
import { narrowNode } from "./narrow.ts";

export const keys: RddOperator = {
	op: "keys",
	fromNode: narrowNode(),
	emit: (loop) => loop.setElement(loop.pair().key),
};
