// leftOuterJoin, rightOuterJoin, fullOuterJoin: as join, except that a missing side counts as one undefined.
import { coPartitioned, groupsOf } from "./cogroup.ts";

const NONE: readonly unknown[] = [undefined];

function outerJoin(op: string, keepsLeft: boolean, keepsRight: boolean) {
	return coPartitioned(op, (context) => {
		const { keys, groups } = groupsOf(context);
		const outKeys: unknown[] = [];
		const values: unknown[] = [];
		for (let i = 0; i < keys.length; i++) {
			const [left, right] = groups[i];
			const lefts = left.length === 0 && keepsRight ? NONE : left;
			const rights = right.length === 0 && keepsLeft ? NONE : right;
			for (const a of lefts) {
				for (const b of rights) {
					outKeys.push(keys[i]);
					values.push([a, b]);
				}
			}
		}
		return { shape: "table", keys: outKeys, values };
	});
}

export const leftOuterJoin = outerJoin("leftOuterJoin", true, false);
export const rightOuterJoin = outerJoin("rightOuterJoin", false, true);
export const fullOuterJoin = outerJoin("fullOuterJoin", true, true);
