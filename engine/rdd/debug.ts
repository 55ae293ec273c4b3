// toDebugString: the lineage of an RDD as text, a new block at each shuffle, as Spark draws it.
import { type Rdd, rddOperator } from "../plan/operators.ts";

/** Returns the lineage of an RDD, one line per RDD: `(n)` partitions at the beginning of each stage. */
export function lineageText(rdd: Rdd, label: string | undefined): string {
	const lines: string[] = [];
	draw(rdd, `(${rdd.partitions}) `, " |  ", lines, label);
	return lines.join("\n");
}

function draw(rdd: Rdd, first: string, rest: string, lines: string[], label?: string): void {
	lines.push(`${first}${label ?? rdd.op}${rdd.persist ? " [kept]" : ""}`);
	// The driver alone knows operators that only it makes.
	const shuffled = new Set(
		rdd.op === "lent" ? [] : (rddOperator(rdd.op).shuffles?.(rdd) ?? []).map((dependency) => dependency.parent),
	);
	rdd.parents.forEach((parent, index) => {
		const last = index === rdd.parents.length - 1;
		const base = rest.slice(0, -4);
		if (!shuffled.has(index)) {
			draw(parent, rest, last ? rest : rest, lines);
			return;
		}
		const indent = " ".repeat(`(${parent.partitions}) `.length);
		draw(parent, `${base} +-(${parent.partitions}) `, `${base}${last ? "  " : " |"}${indent}|  `, lines);
	});
}
