// Vega-Lite specification of a plan: laid out by dagre, drawn as layers of lines, boxes and text.
import dagre from "@dagrejs/dagre";
import type { PlanView } from "../plan/types.ts";
import type { VegaLiteSpec } from "./spec.ts";
import type { ThemeName } from "./theme.ts";
import { THEMES, themeConfig } from "./theme.ts";

/** Nodes that a picture shows; of larger plans the last ones, with the cut named. */
export const MAX_NODES = 120;

const HEIGHT = 40;
const CHAR = 7.7;

/** A picture of a plan. */
export interface DagPicture {
	readonly spec: VegaLiteSpec;
	readonly width: number;
	readonly height: number;
	/** Nodes that were left out. */
	readonly omitted: number;
}

/** What is written into a node below its name, by node id (`1,204 records`). */
export type NodeNotes = { readonly [node: string]: string };

/**
 * Returns the picture of `plan`: from left to right where it fits into `maxWidth` pixels, else downwards.
 * A node that begins a stage has a dashed border before it.
 */
export function dagPicture(plan: PlanView, theme: ThemeName, maxWidth = 760, notes: NodeNotes = {}): DagPicture {
	const nodes = plan.nodes.slice(-MAX_NODES);
	const shown = new Set(nodes.map((node) => node.id));
	const edges = plan.edges.filter((edge) => shown.has(edge.from) && shown.has(edge.to));
	const boxes = nodes.map((node) => {
		// Below the operation: the variable that holds it, which is the second line of its label.
		const [title, ...names] = (node.label || node.op).split("\n");
		const label = shorten(title, 30);
		const note = shorten([...names, notes[node.id] ?? whereOf(node)].join(" · "), 34);
		return {
			id: node.id,
			label,
			note,
			full: `${[title, ...names].join(" ")} (${node.op})`,
			where: whereOf(node),
			role: node.kind === "source" ? "source" : node.kind === "output" ? "output" : "step",
			shuffle: node.shuffle,
			width: Math.max(72, Math.ceil(Math.max(label.length * CHAR, note.length * 5.6)) + 22),
		} as const;
	});
	let layout = place(boxes, edges, "LR", 34);
	if (layout.width > maxWidth) layout = place(boxes, edges, "LR", 18);
	if (layout.width > maxWidth) {
		const down = place(boxes, edges, "TB", 26);
		if (down.width < layout.width) layout = down;
	}
	const { width, height } = layout;
	const colors = THEMES[theme];
	const roles = Object.entries(colors.roles);
	const byRole = (part: "fill" | "stroke" | "text") => ({
		field: "role",
		type: "nominal",
		legend: null,
		scale: { domain: roles.map(([role]) => role), range: roles.map(([, color]) => color[part]) },
	});
	const axis = (field: string, size: number, reverse: boolean) => ({
		field,
		type: "quantitative",
		axis: null,
		scale: { domain: [0, size], nice: false, zero: false, reverse },
	});
	const position = { x: axis("x", width, false), y: axis("y", height, true) };
	const box = { x: axis("x0", width, false), x2: { field: "x1" }, y: axis("y0", height, true), y2: { field: "y1" } };
	const tooltip = [
		{ field: "full", type: "nominal", title: "step" },
		{ field: "where", type: "nominal", title: "declared" },
		{ field: "exchange", type: "nominal", title: "records" },
	];
	const spec: VegaLiteSpec = {
		width,
		height,
		autosize: { type: "pad" },
		config: { ...themeConfig(colors), padding: 6 },
		layer: [
			{
				data: { values: layout.lines },
				mark: { type: "line", color: colors.muted, strokeWidth: 1.4, interpolate: "basis", opacity: 0.8 },
				encoding: {
					...position,
					detail: { field: "edge", type: "nominal" },
					order: { field: "step", type: "quantitative" },
				},
			},
			{
				data: { values: layout.heads },
				mark: { type: "point", shape: "triangle-right", filled: true, color: colors.muted, size: 44, opacity: 1 },
				encoding: { ...position, angle: { field: "angle", type: "quantitative", scale: null } },
			},
			{
				data: { values: layout.boxes },
				mark: { type: "rect", cornerRadius: 6, strokeWidth: 1.25 },
				encoding: { ...box, fill: byRole("fill"), stroke: byRole("stroke"), tooltip },
			},
			{
				// The bar at the edge where a stage begins: records were exchanged between executors.
				data: { values: layout.stages },
				mark: { type: "rule", color: colors.danger, strokeWidth: 2, strokeDash: [3, 2] },
				encoding: box,
			},
			{
				data: { values: layout.boxes },
				mark: { type: "text", baseline: "middle", fontSize: 11.5, fontWeight: 600, dy: -7 },
				encoding: { ...position, text: { field: "label", type: "nominal" }, color: byRole("text") },
			},
			{
				data: { values: layout.boxes },
				mark: { type: "text", baseline: "middle", fontSize: 9.5, dy: 8, opacity: 0.85 },
				encoding: { ...position, text: { field: "note", type: "nominal" }, color: byRole("text") },
			},
		],
	};
	return { spec, width, height, omitted: plan.nodes.length - nodes.length };
}

interface Box {
	readonly id: string;
	readonly label: string;
	readonly note: string;
	readonly full: string;
	readonly where: string;
	readonly role: string;
	readonly shuffle: boolean;
	readonly width: number;
}

function place(boxes: readonly Box[], edges: PlanView["edges"], direction: "LR" | "TB", ranksep: number) {
	const graph = new dagre.graphlib.Graph();
	graph.setGraph({ rankdir: direction, nodesep: 16, ranksep, edgesep: 12, marginx: 2, marginy: 2 });
	graph.setDefaultEdgeLabel(() => ({}));
	for (const box of boxes) graph.setNode(box.id, { width: box.width, height: HEIGHT });
	for (const edge of edges) graph.setEdge(edge.from, edge.to);
	dagre.layout(graph);
	const size = graph.graph() as { width?: number; height?: number };
	const placed = boxes.map((box) => {
		const { x, y } = graph.node(box.id) as { x: number; y: number };
		return {
			id: box.id,
			label: box.label,
			note: box.note,
			full: box.full,
			role: box.role,
			where: box.where,
			exchange: box.shuffle ? "exchanged between executors" : "stay where they are",
			shuffle: box.shuffle,
			x,
			y,
			x0: x - box.width / 2,
			x1: x + box.width / 2,
			y0: y - HEIGHT / 2,
			y1: y + HEIGHT / 2,
		};
	});
	const lines: { edge: number; step: number; x: number; y: number }[] = [];
	const heads: { x: number; y: number; angle: number }[] = [];
	edges.forEach((edge, index) => {
		const points = (graph.edge(edge.from, edge.to) as { points: { x: number; y: number }[] }).points;
		points.forEach(({ x, y }, step) => {
			lines.push({ edge: index, step, x, y });
		});
		const end = points[points.length - 1];
		// Edges enter along the direction of the layout, whatever way they came.
		heads.push({
			x: end.x - (direction === "LR" ? 3 : 0),
			y: end.y - (direction === "TB" ? 3 : 0),
			angle: direction === "LR" ? 0 : 90,
		});
	});
	const stages = placed
		.filter((box) => box.shuffle)
		.map((box) => (direction === "LR" ? { ...box, x0: box.x0, x1: box.x0 } : { ...box, y0: box.y0, y1: box.y0 }));
	return {
		boxes: placed,
		lines,
		heads,
		stages,
		width: Math.ceil(size.width ?? 120),
		height: Math.ceil(size.height ?? HEIGHT),
	};
}

function whereOf(node: PlanView["nodes"][number]): string {
	const { execution, file, line } = node.origin;
	if (execution !== undefined) return `cell [${execution}], line ${line}`;
	return file === undefined ? `line ${line}` : `${file.slice(file.lastIndexOf("/") + 1)}:${line}`;
}

function shorten(text: string, length: number): string {
	return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
