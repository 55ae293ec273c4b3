// Walks over the nodes of a captured function.
import type { CaptureNode, NodeIndex } from "./types.ts";

/** Returns the nodes that a node leads to. */
function edges(node: CaptureNode): NodeIndex[] {
	switch (node.kind) {
		case "array":
			return node.items.filter((i) => i !== null);
		case "map":
			return node.entries.flat();
		case "set":
			return [...node.items];
		case "object":
			return [
				...(typeof node.proto === "number" ? [node.proto] : []),
				...node.props.flatMap((p) => (typeof p.key === "number" ? [p.key, p.value] : [p.value])),
			];
		case "function":
			return [...node.slots, ...node.live, ...node.props, ...(node.prototype ?? [])].map((s) => s.value);
		case "live":
			return [node.value];
		default:
			return [];
	}
}

/** Returns every node that can be reached from the given ones, these included. */
export function reachable(nodes: readonly CaptureNode[], from: readonly NodeIndex[]): Set<NodeIndex> {
	const seen = new Set(from);
	const todo = [...seen];
	for (let i = todo.pop(); i !== undefined; i = todo.pop()) {
		for (const next of edges(nodes[i])) {
			if (seen.has(next)) continue;
			seen.add(next);
			todo.push(next);
		}
	}
	return seen;
}
