// The plan as a picture: the part of it that some nodes depend on, with labels.

import type { PlanDraft } from "./graph.ts";
import { dstreamOperator } from "./operators.ts";
import type { Draft } from "./session.ts";
import type { PlanNode, PlanView } from "./types.ts";

/** Returns how a stream node is called in pictures: the operator's own label, else its name. */
export function nodeLabel(node: PlanNode): string {
	return dstreamOperator(node.op).label?.(node) ?? node.op;
}

/** Returns the nodes that `roots` depend on (themselves included) and the edges between them, parents first. */
export function planView(roots: readonly Draft[]): PlanView {
	const nodes: PlanView["nodes"][number][] = [];
	const edges: PlanView["edges"][number][] = [];
	const seen = new Set<string>();
	const visit = (draft: Draft) => {
		const node = draft.freeze();
		if (seen.has(node.id)) return;
		seen.add(node.id);
		for (const parent of draft.spec.parents) visit(parent);
		const operator = dstreamOperator(node.op);
		const binding = (draft as PlanDraft).node?.binding;
		nodes.push({
			id: node.id,
			op: node.op,
			label: binding === undefined ? nodeLabel(node) : `${nodeLabel(node)}\n${binding}`,
			kind: operator.source ? "source" : node.kind,
			origin: node.origin,
			shuffle: operator.shuffle === true,
		});
		for (const parent of node.parents) edges.push({ from: parent, to: node.id });
	};
	for (const root of roots) visit(root);
	return { nodes, edges };
}

/** Returns the plan in Graphviz' DOT language. */
export function planDot(view: PlanView): string {
	const quote = (text: string) => JSON.stringify(text);
	return [
		"digraph plan {",
		...view.nodes.map(
			(node) => `\t${quote(node.id)} [label=${quote(node.label)}${node.shuffle ? ", shape=box" : ""}];`,
		),
		...view.edges.map((edge) => `\t${quote(edge.from)} -> ${quote(edge.to)};`),
		"}",
	].join("\n");
}
