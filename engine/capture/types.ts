// What crosses threads when a user function is shipped: text and values, ready for structured clone.
import type { Origin } from "../plan/types.ts";

/** One value of a captured graph; an index into `CapturedFunction.nodes`. */
export type NodeIndex = number;

/** A node of a captured graph. `clone` nodes point into `values`, which crosses in one structured clone. */
export type CaptureNode =
	| { kind: "clone"; value: number }
	| { kind: "global"; path: readonly string[] }
	| { kind: "module"; specifier: string; imported: string; from?: string }
	| { kind: "symbol"; key: string; wellKnown: boolean }
	| { kind: "array"; items: readonly (NodeIndex | null)[]; length: number; frozen: boolean }
	| { kind: "map"; entries: readonly (readonly [NodeIndex, NodeIndex])[] }
	| { kind: "set"; items: readonly NodeIndex[] }
	| {
			kind: "object";
			proto: NodeIndex | "plain" | "null";
			props: readonly { key: NodeIndex | string; value: NodeIndex; enumerable: boolean }[];
			frozen: boolean;
	  }
	| {
			kind: "function";
			form: "expression" | "method" | "class";
			text: string;
			/** Free variables: name → node. Live notebook names are slots of the one free variable `exports`. */
			slots: readonly CaptureSlot[];
			/** Live notebook names read as `exports.NAME`: name → node. */
			live: readonly CaptureSlot[];
			/** Own properties of the function: statics. Those that are not enumerable say so. */
			props: readonly { key: string; value: NodeIndex; enumerable?: false }[];
			/** What was put on `prototype` of a function that is no class. */
			prototype?: readonly { key: string; value: NodeIndex; enumerable?: false }[];
			/** `name` of the function, where its text alone would not give it. */
			name?: string;
			frozen?: true;
			source: FunctionSource;
	  }
	/** A handle on something the driver knows (RDD, broadcast, accumulator); only in driver functions. */
	| { kind: "handle"; type: string; id: string; data: unknown }
	/** The box of a live variable of plain Node; arrives as an object with the same `.value`. */
	| { kind: "live"; id: string; value: NodeIndex }
	/** `require` of a CommonJS file, and what `import(…)` in a function becomes; both resolve from a file. */
	| { kind: "require"; from: string }
	| { kind: "import"; from: string };

/** A free variable of a function and its value. `eager` ones are needed while a class is evaluated. */
export interface CaptureSlot {
	readonly name: string;
	readonly value: NodeIndex;
	readonly eager?: true;
}

/** Where the text of a function stands, so that stack frames of the revived copy can be mapped. */
export interface FunctionSource {
	/** Shown in stack frames: `cell-3.ts` or a file path. */
	readonly url: string;
	/** 1-based position of the first character of `text` in the user's source. */
	readonly line: number;
	readonly column: number;
	/**
	 * Positions of the text that do not follow from `line` and `column` alone:
	 * [line in text (0-based), column in text (0-based), source line (1-based), source column (1-based)], ascending.
	 */
	readonly map?: readonly (readonly [number, number, number, number])[];
	readonly cell?: string;
	readonly execution?: number;
}

/** A function as data: text plus the values it needs. */
export interface CapturedFunction {
	readonly format: 1;
	/** Content hash of texts and values: equal functions have equal hashes. */
	readonly hash: string;
	readonly name: string;
	readonly nodes: readonly CaptureNode[];
	readonly root: NodeIndex;
	readonly values: readonly unknown[];
	/** Every live notebook name that the function or a function it reaches reads. */
	readonly live: readonly string[];
	/** Approximate size of the captured values in bytes. */
	readonly bytes: number;
}

/** The names of the notebook, as far as capture needs them. The kernel implements it; plain Node has none. */
export interface NotebookBindings {
	/** Folder of the notebook: relative specifiers of `import(…)` start here. */
	readonly folder?: string;
	/** The object that cells see as `exports`. */
	readonly exports: object;
	has(name: string): boolean;
	get(name: string): unknown;
	/** How a name was imported, if it was. `from` is the absolute file name relative specifiers start at. */
	imported(name: string): { specifier: string; imported: string; from?: string } | undefined;
	/** Maps a generated position of a cell script to the user's source; undefined when the script is no cell. */
	locate(
		url: string,
		line: number,
		column: number,
	): { url: string; line: number; column: number; cell?: string; execution?: number } | undefined;
}

/** What `capture` is told about the place the function is used at. */
export interface CaptureContext {
	/** Operator name for errors: `map`. */
	readonly step: string;
	readonly origin: Origin;
	/** Where the function will run; RDD handles may cross to the driver only. */
	readonly place: "executor" | "driver" | "receiver";
	readonly bindings?: NotebookBindings;
	/** Recognises engine handles (RDD, Broadcast, Accumulator, DStream …). */
	readonly handle?: (
		value: object,
	) => { type: string; id: string; data: unknown; places: readonly string[] } | undefined;
}

/** What `revive` needs in the other thread. */
export interface ReviveContext {
	/** Label for stack frames, e.g. the step: `cell-3.ts#map`. */
	readonly step: string;
	/** Turns a handle node into the object the function sees. */
	readonly handle?: (type: string, id: string, data: unknown) => unknown;
}
