// The registry of operators: one record per operator, found by name, so that no layer knows the list.
import type { DataRef, FnRef, Input, Pipe, StateUse, Step } from "./stage.ts";
import type { Plain, PlanNode } from "./types.ts";

/** An RDD in the driver: lineage as data. Made by `lower`, never by user code. */
export interface Rdd {
	readonly id: string;
	readonly op: string;
	readonly parents: readonly Rdd[];
	readonly params: { readonly [name: string]: Plain };
	readonly fns: { readonly [role: string]: FnRef };
	readonly partitions: number;
	/** Set when pairs lie where their key's hash says: number of partitions of the hash partitioner. */
	readonly partitioner?: number;
	/**
	 * Name of another partitioner (ranges, one of the user's) that pairs lie by: RDDs of one placement hold equal keys in
	 * equal partitions. Never set together with `partitioner`.
	 */
	readonly placement?: string;
	/** Batch time in ms, 0 outside a stream. */
	readonly time: number;
	/** Plan node it was made for. */
	readonly node: string;
	/** Set when its partitions are to be kept for later jobs or batches. */
	persist?: boolean;
	/** Extra data for the operator (blocks, encoded slices, parents by time). */
	readonly payload?: unknown;
}

/** The fields `lower` gives; the rest is filled in by the driver. */
export interface RddSpec {
	readonly op: string;
	readonly parents?: readonly Rdd[];
	readonly params?: { readonly [name: string]: Plain };
	readonly fns?: { readonly [role: string]: FnRef };
	readonly partitions: number;
	readonly partitioner?: number;
	readonly placement?: string;
	readonly payload?: unknown;
}

/** A parent whose records must be redistributed by key before the operator can run. */
export interface ShuffleDependency {
	/** Index into `Rdd.parents`. */
	readonly parent: number;
	readonly partitions: number;
	/** Map-side combine. */
	readonly combine?: FnRef;
	/** Only the number of elements crosses, as one pair [null, n] per map partition. */
	readonly count?: boolean;
	/** Keys are the numbers of the reduce partitions themselves; only the values arrive in meaning. */
	readonly direct?: boolean;
}

/** What an operator may ask when it turns one of its partitions into pipes (driver). */
export interface ResolveContext {
	/** Pipes of a parent's partition (narrow dependency). */
	pipes(rdd: Rdd, partition: number): Pipe[];
	/** Segments of the shuffle of parent number `parent` for one reduce partition, in map-partition order. */
	segments(rdd: Rdd, parent: number, partition: number): SharedArrayBuffer[];
	/** Claims a state partition: version `to` is made from the newest version before it. */
	state(store: string, partition: number, to: number): StateUse;
	/** False for a partition of a batch that failed for good: it counts as without data, so that later batches go on. */
	computable(rdd: Rdd, partition: number): boolean;
}

/** Writes one generated loop. Elements are either one variable or a key and a value that were never paired. */
export interface LoopBuilder {
	/** Name of the function of a role of the current step. */
	fn(role: string): string;
	param(name: string): Plain;
	/**
	 * The result of a call of the function of a role as an expression. With `onError: "skip"` an element whose call throws
	 * is left out and counted; `wrap` makes more of the call that may throw.
	 */
	call(role: string, argument: string, wrap?: (call: string) => string): string;
	/** The current element as one expression. */
	element(): string;
	/** The current element as key and value; emits the check that it is a pair when that is not known. */
	pair(): { key: string; value: string };
	fresh(prefix: string): string;
	line(text: string): void;
	setElement(expression: string): void;
	setPair(key: string, value: string): void;
	/** Skips the current element. */
	skipUnless(condition: string): void;
	/** Goes on for each element of an iterable expression. */
	forEach(iterable: string): void;
}

/** Records of an opened input. A table is pairs without pair arrays. */
export type Opened =
	| { readonly shape: "text"; readonly text: string }
	| { readonly shape: "records"; readonly items: readonly unknown[] }
	| { readonly shape: "table"; readonly keys: readonly unknown[]; readonly values: ArrayLike<unknown> };

/**
 * The state of one partition while a task changes it. Entries have dense ids in insertion order; a removed entry
 * leaves a hole (`keyAt` and `valueAt` give undefined, `alive` false). A key that comes back gets a new id at the end.
 */
export interface StateAccess {
	/** Ids run from 0 to `length` - 1, holes included. */
	readonly length: number;
	/** Id of a key, -1 when there is none. */
	find(key: unknown): number;
	alive(id: number): boolean;
	keyAt(id: number): unknown;
	valueAt(id: number): unknown;
	setAt(id: number, value: unknown): void;
	append(key: unknown, value: unknown): void;
	removeAt(id: number): void;
	/** The whole state as pairs, in insertion order. */
	table(): { keys: unknown[]; values: unknown[] };
}

/** What an operator's `open` may use (executor). */
export interface OpenContext {
	fn(role: string): (...args: never[]) => unknown;
	hasFn(role: string): boolean;
	readonly params: { readonly [name: string]: Plain };
	/** Number of inputs. */
	readonly inputs: number;
	/** Runs pipes into one array of records. */
	records(input: number): unknown[];
	/** Runs pipes into pairs. */
	table(input: number): { keys: unknown[]; values: unknown[] };
	/** Runs pipes into pairs merged by key. */
	combined(input: number, combine: string): { keys: unknown[]; values: unknown[] };
	/** Runs pipes into values grouped by key, keys in order of first appearance. */
	grouped(input: number): { keys: unknown[]; values: unknown[][] };
	/** The state partition, and whether this task has to make a new version. */
	state(): { readonly access: StateAccess; readonly readOnly: boolean; readonly from: number };
	readonly batchTime: number;
	readonly partition: number;
	/** Returns what to throw for an error of a user function that was given `record`, or a whole partition. */
	failed(error: unknown, record?: unknown): unknown;
}

/** Where the elements of a task end up while its loops run. */
export type TaskSink =
	| { readonly shape: "records"; readonly items: unknown[] }
	| { readonly shape: "limited"; readonly items: unknown[]; readonly limit: number }
	| { readonly shape: "count"; count: number }
	| { readonly shape: "each"; each(element: unknown): void }
	| { readonly shape: "pairs"; readonly keys: unknown[]; readonly values: unknown[] }
	| {
			readonly shape: "combine";
			readonly ids: Map<unknown, number>;
			readonly keys: unknown[];
			readonly values: unknown[];
			readonly combine: (a: never, b: never) => unknown;
	  };

/** What a job does with each partition (executor) and with the results of all of them. */
export interface ActionOperator {
	readonly action: string;
	/** Makes the sink of one partition and says how it becomes the records that are sent back. */
	readonly begin: (context: {
		readonly params: { readonly [name: string]: Plain };
		fn(role: string): (...args: never[]) => unknown;
	}) => { readonly sink: TaskSink; readonly finish: () => readonly unknown[] };
}

/** An operator on RDDs. Exactly one of `emit` (narrow, record by record) and `resolve` is given. */
export interface RddOperator {
	readonly op: string;
	/** Builds the driver's RDD of a plan node that user code made (`rdd.map(f)`). */
	readonly fromNode?: (node: PlanNode, parents: readonly Rdd[], context: NodeContext) => RddSpec;
	readonly emit?: (loop: LoopBuilder) => void;
	readonly shuffles?: (rdd: Rdd) => readonly ShuffleDependency[];
	readonly resolve?: (rdd: Rdd, partition: number, context: ResolveContext) => Pipe[];
	readonly open?: (context: OpenContext) => Opened;
	/** In place of `open` for an operator that has to wait. Its task waits; the executor takes no other meanwhile. */
	readonly openAsync?: (context: OpenContext) => Promise<Opened>;
	/** True for operators that change state: they run once per batch. */
	readonly stateful?: boolean;
}

/** What the driver offers when a plan node becomes an RDD. */
export interface NodeContext {
	fn(node: PlanNode, role: string): FnRef;
	readonly defaultParallelism: number;
	/** `spark.default.parallelism`, where it was set: then it decides, not the parents' number of partitions. */
	readonly configuredParallelism?: number;
}

/** What a DStream operator may use when it makes the RDD of one batch (driver). */
export interface LowerContext extends NodeContext {
	readonly node: PlanNode;
	/** Batch time in ms. */
	readonly time: number;
	readonly zeroTime: number;
	readonly batchMs: number;
	/** Slide duration of a parent in ms. */
	slideOf(node: string): number;
	/** RDD of a parent at a time, computed once per time; undefined means absent. */
	parent(index: number, time?: number): Promise<Rdd | undefined>;
	/** True when this node has yielded an RDD in an earlier batch. */
	readonly hasState: boolean;
	/** True when all partitions of this node's state exist: a batch has made them, whether or not it is over. */
	stateMade(partitions: number): boolean;
	/** Like `parent` for each valid time in [from, to], absent ones left out, oldest first. */
	slice(index: number, from: number, to: number): Promise<Rdd[]>;
	rdd(spec: RddSpec): Rdd;
	/** Function references of a node's functions. */
	readonly fns: { readonly [role: string]: FnRef };
	/** Blocks that the batch got from the source of this node. */
	blocks(): readonly BlockRef[];
	/** Next entry of a queue source, or all; none when it is empty. */
	dequeue(all: boolean): readonly QueueEntry[];
	/** Files of the batch: chosen once, written down, and found again by whoever makes the batch again. */
	chooseFiles(choose: (before: ReadonlySet<string>) => Promise<readonly string[]>): Promise<readonly string[]>;
	/** The function of a role that runs in the driver on plain values. */
	driverFunction(role: string): (...args: unknown[]) => unknown;
	/** Tells the user of something that does not stop the stream. */
	warn(text: string): void;
	/** RDD of a plan node that the notebook built (queued, default). */
	planned(node: string): Rdd;
	/** Runs a driver function on RDD handles (`list`: as one array) and gives the RDD it returns. */
	call(role: string, rdds: readonly Rdd[], list?: boolean): Promise<Rdd | undefined>;
}

/** A piece of received input in shared memory; one partition of its batch. */
export interface BlockRef {
	readonly id: string;
	readonly format: "text" | "records";
	readonly data: SharedArrayBuffer;
	readonly bytes: number;
	readonly records: number;
}

/** An entry of a queue source: an RDD of the plan, encoded slices, no RDD at all, or a fault to raise. */
export type QueueEntry =
	| { readonly kind: "node"; readonly node: string }
	| { readonly kind: "slices"; readonly slices: readonly DataRef[] }
	/** Files that a file source has chosen for a batch. */
	| { readonly kind: "files"; readonly files: readonly string[] }
	| { readonly kind: "absent" }
	| { readonly kind: "fault"; readonly message: string };

/** An operator on streams: makes the RDD of a batch, or none. */
export interface DStreamOperator {
	readonly op: string;
	/** Slide duration in ms, from the node and its first parent's. */
	readonly slide?: (node: PlanNode, parentSlide: number) => number;
	/** How long parents must remember their RDDs for this node, in ms. */
	readonly parentRemember?: (node: PlanNode) => number;
	/** How long it remembers its own RDDs at least, in ms. */
	readonly remember?: (node: PlanNode, slide: number) => number;
	/** True when the partitions of the parents are read again by later batches. */
	readonly persistsParents?: boolean;
	/** True when its own RDDs cannot be computed a second time: they are kept. */
	readonly persists?: boolean;
	readonly lower: (context: LowerContext) => Promise<Rdd | undefined> | Rdd | undefined;
	/** Label for pictures; default: the operator's name. */
	readonly label?: (node: PlanNode) => string;
	readonly source?: boolean;
	readonly shuffle?: boolean;
}

const builtins = new Map<string, (...args: never[]) => unknown>();

/** Makes a function of the engine known that operators use in place of user code: `{ key: "builtin:NAME", version: 0 }`. */
export function registerBuiltin(name: string, fn: (...args: never[]) => unknown): FnRef {
	const key = `builtin:${name}`;
	builtins.set(key, fn);
	return { key, version: 0 };
}

/** Returns the function of the engine behind a key, if it is one. */
export function builtinFunction(key: string): ((...args: never[]) => unknown) | undefined {
	return builtins.get(key);
}

const rddOperators = new Map<string, RddOperator>();
const dstreamOperators = new Map<string, DStreamOperator>();
const actionOperators = new Map<string, ActionOperator>();

/** Makes an RDD operator known under its name. */
export function registerRdd(operator: RddOperator): void {
	rddOperators.set(operator.op, operator);
}

/** Makes a DStream operator known under its name. */
export function registerDStream(operator: DStreamOperator): void {
	dstreamOperators.set(operator.op, operator);
}

/** Makes an action known under its name. */
export function registerAction(operator: ActionOperator): void {
	actionOperators.set(operator.action, operator);
}

/** Returns the action of a name; throws when there is none. */
export function actionOperator(action: string): ActionOperator {
	const found = actionOperators.get(action);
	if (found === undefined) throw new Error(`no action is registered under "${action}"`);
	return found;
}

/** Returns the RDD operator of a name; throws when there is none. */
export function rddOperator(op: string): RddOperator {
	const found = rddOperators.get(op);
	if (found === undefined) throw new Error(`no RDD operator is registered under "${op}"`);
	return found;
}

/** Returns the DStream operator of a name; throws when there is none. */
export function dstreamOperator(op: string): DStreamOperator {
	const found = dstreamOperators.get(op);
	if (found === undefined) throw new Error(`no DStream operator is registered under "${op}"`);
	return found;
}

/** Returns one step of a pipe for a narrow RDD. */
export function stepOf(rdd: Rdd): Step {
	return { op: rdd.op, params: rdd.params, fns: rdd.fns };
}

/** Returns pipes over one input without steps. */
export function bare(input: Input): Pipe[] {
	return [{ input, steps: [] }];
}
