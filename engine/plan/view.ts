// The plan as a picture: the part of it that some nodes depend on, with labels.
import type { Draft } from "./session.ts";
import type { PlanView } from "./types.ts";
import type { PlanDraft } from "./graph.ts";

/** Labels and marks of operators, where they are known on this thread. */
export interface OperatorLooks {
	label(op: string, params: { readonly [name: string]: unknown }): string;
	isSource(op: string): boolean;
	isShuffle(op: string): boolean;
}

/** Returns the nodes that `roots` depend on (themselves included) and the edges between them, parents first. */
export function planView(roots: readonly Draft[], looks: OperatorLooks): PlanView {
	const nodes: PlanView["nodes"][number][] = [];
	const edges: PlanView["edges"][number][] = [];
	const seen = new Set<string>();
	const visit = (draft: Draft) => {
		const node = draft.freeze();
		if (seen.has(node.id)) return;
		seen.add(node.id);
		for (const parent of draft.spec.parents) visit(parent);
		const binding = (draft as PlanDraft).node?.binding;
		nodes.push({
			id: node.id,
			op: node.op,
			label: binding === undefined ? looks.label(node.op, node.params) : `${looks.label(node.op, node.params)}\n${binding}`,
			kind: looks.isSource(node.op) ? "source" : node.kind,
			origin: node.origin,
			shuffle: looks.isShuffle(node.op),
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
		...view.nodes.map((node) => `\t${quote(node.id)} [label=${quote(node.label)}${node.shuffle ? ", shape=box" : ""}];`),
		...view.edges.map((edge) => `\t${quote(edge.from)} -> ${quote(edge.to)};`),
		"}",
	].join("\n");
}
