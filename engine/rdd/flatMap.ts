// flatMap: any number of elements out for each element in.
import type { RddOperator } from "../plan/operators.ts";
import { narrowNode } from "./narrow.ts";

export const flatMap: RddOperator = {
	op: "flatMap",
	fromNode: narrowNode(),
	emit: (loop) => loop.forEach(loop.call("f", loop.element(), (call) => `env.list(${call}, "flatMap")`)),
};
