// filter: the elements for which the function is true; pairs stay where they are.
import type { RddOperator } from "../plan/operators.ts";
import { narrowNode } from "./narrow.ts";

export const filter: RddOperator = {
	op: "filter",
	fromNode: narrowNode({ keepsKeys: true }),
	emit: (loop) => {
		const call = loop.call("f", loop.element());
		const kept = loop.fresh("c");
		loop.line(`const ${kept} = ${call};`);
		// A promise is true, so it must be told from other values; true and false cost nothing.
		loop.skipUnless(`${kept} === true || (${kept} !== false && env.truth(${kept}, "filter"))`);
	},
};
