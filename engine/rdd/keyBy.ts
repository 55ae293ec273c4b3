// keyBy: each element under the key that the function gives it.
import type { RddOperator } from "../plan/operators.ts";
import { narrowNode } from "./narrow.ts";

export const keyBy: RddOperator = {
	op: "keyBy",
	fromNode: narrowNode(),
	emit: (loop) => {
		const element = loop.element();
		loop.setPair(`${loop.fn("f")}(${element})`, element);
	},
};
