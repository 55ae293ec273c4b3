// Narrow operators that composite operators are made of: they write loop text and call no function.
import type { RddOperator } from "../plan/operators.ts";
import { narrowNode } from "./narrow.ts";

/** Each element as the value of one key, null: what must be merged as a whole. */
export const pairNull: RddOperator = {
	op: "pairNull",
	fromNode: narrowNode(),
	emit: (loop) => loop.setPair("null", loop.element()),
};

/** One pair [null, 1] for each element. */
export const pairNullOne: RddOperator = {
	op: "pairNullOne",
	fromNode: narrowNode(),
	emit: (loop) => loop.setPair("null", "1"),
};

/** Each element as a key with the value 1. */
export const pairOne: RddOperator = {
	op: "pairOne",
	fromNode: narrowNode(),
	emit: (loop) => loop.setPair(loop.element(), "1"),
};

/** Pairs of key and groups of values become pairs of key and all their values. */
export const flatGroups: RddOperator = {
	op: "flatGroups",
	fromNode: narrowNode({ keepsKeys: true }),
	emit: (loop) => {
		const { key, value } = loop.pair();
		loop.setPair(key, `${value}.flat()`);
	},
};
