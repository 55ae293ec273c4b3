// capture(): a user function with everything it needs, as data for another thread.
import { createHash } from "node:crypto";
import { types } from "node:util";
import { Serializer } from "node:v8";
import { refuse } from "./failure.ts";
import { makeFunctionNode } from "./functions.ts";
import { reachable } from "./graph.ts";
import { noteLoadedModules } from "./modules.ts";
import type { CaptureContext, CapturedFunction, CaptureNode, NodeIndex } from "./types.ts";
import { ValueGraph } from "./values.ts";

/**
 * Returns `fn` and everything it captured as data: texts, and values as of now, ready for `postMessage`.
 *
 * Synchronous, so that the snapshot is of one moment; runs no getter and leaves nothing behind in the inspector.
 * Throws a `CaptureError` (`STREAM_CAPTURE`) with the path to what cannot run in another thread.
 */
export function capture(fn: Function, ctx: CaptureContext): CapturedFunction {
	if (typeof fn !== "function") {
		return refuse(
			ctx,
			"",
			undefined,
			`is no function but ${fn === null ? "null" : `a value of type ${typeof fn}`}`,
			"Pass a function.",
		);
	}
	const own = Object.getOwnPropertyDescriptor(fn, "name")?.value as unknown;
	const name = types.isProxy(fn) || typeof own !== "string" ? "" : own;
	noteLoadedModules();
	const graph = new ValueGraph(ctx, name, makeFunctionNode);
	try {
		const root = graph.add(fn, undefined);
		refuseEagerCycles(graph);
		const values = snapshot(graph);
		// Of the originals: a copy has new objects for shared memory, which counts by identity.
		const { bytes, hash } = digest(graph.nodes, root, graph.values);
		return { format: 1, hash, name, nodes: graph.nodes, root, values, live: [...graph.live].sort(), bytes };
	} catch (error) {
		if (error instanceof RangeError && /call stack/i.test(error.message)) {
			return graph.refuse(
				undefined,
				"captures values that are nested too deeply",
				"Use flatter data, e.g. an array.",
				error,
			);
		}
		throw error;
	} finally {
		graph.inspector.close();
	}
}

/** Tells whether two captures are the same function with the same values. */
export function sameCapture(a: CapturedFunction, b: CapturedFunction): boolean {
	return a.hash === b.hash;
}

/** Copies all values in one go: they are a snapshot from here on, and what was shared stays shared. */
function snapshot(graph: ValueGraph): unknown[] {
	try {
		return structuredClone(graph.values);
	} catch (cause) {
		for (const [i, value] of graph.values.entries()) {
			try {
				structuredClone(value);
			} catch (inner) {
				graph.refuse(
					graph.valuePaths[i],
					`cannot be copied (${(inner as Error).message})`,
					"Pass plain data, or make it inside the function.",
					inner,
				);
			}
		}
		throw cause;
	}
}

/** A class that needs itself before it exists (a base that captures its derived class) cannot be made again. */
function refuseEagerCycles(graph: ValueGraph): void {
	for (const [index, node] of graph.nodes.entries()) {
		if (node.kind !== "function") continue;
		const eager = [...node.slots, ...node.live].filter((s) => s.eager);
		for (const slot of eager) {
			if (!reachable(graph.nodes, [slot.value]).has(index)) continue;
			graph.refuse(
				{ parent: undefined, label: node.name || "a class", member: false },
				`needs \`${slot.name}\` while it is made, which in turn captures the class`,
				"Break the cycle: let one of the two get the other as a parameter.",
			);
		}
	}
}

const sharedIds = new WeakMap<SharedArrayBuffer, number>();
let sharedCount = 0;

/** Writes what structured clone would; memory that is shared counts by identity. */
class HashSerializer extends Serializer {
	_getSharedArrayBufferId(buffer: SharedArrayBuffer): number {
		let id = sharedIds.get(buffer);
		if (id === undefined) {
			id = ++sharedCount;
			sharedIds.set(buffer, id);
		}
		return id;
	}

	/** Views: kind, place and the bytes themselves. */
	_writeHostObject(view: ArrayBufferView): void {
		const shared = types.isSharedArrayBuffer(view.buffer);
		this.writeUint32(view.constructor.name.length);
		this.writeRawBytes(Buffer.from(view.constructor.name));
		this.writeUint32(view.byteLength);
		if (shared) {
			this.writeUint32(this._getSharedArrayBufferId(view.buffer as unknown as SharedArrayBuffer));
			this.writeUint32(view.byteOffset);
		} else this.writeRawBytes(new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength));
	}
}

function digest(
	nodes: readonly CaptureNode[],
	root: NodeIndex,
	values: readonly unknown[],
): { hash: string; bytes: number } {
	const serializer = new HashSerializer();
	(
		serializer as unknown as { _setTreatArrayBufferViewsAsHostObjects(flag: boolean): void }
	)._setTreatArrayBufferViewsAsHostObjects(true);
	serializer.writeHeader();
	serializer.writeValue(values);
	const encoded = serializer.releaseBuffer();
	// Where a function stands does not change what it does.
	const texts = JSON.stringify([root, nodes], (key, value: unknown) =>
		key === "source" ? undefined : typeof value === "bigint" ? `${value}n` : value,
	);
	const hash = createHash("sha1").update(texts).update(encoded).digest("hex");
	return { hash, bytes: encoded.byteLength + texts.length };
}
