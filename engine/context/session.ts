// One context on the notebook thread: its plan, its driver, and what is shipped to it.
import { capture } from "../capture/index.ts";
import type { CaptureContext, CapturedFunction } from "../capture/types.ts";
import { decodeRecords } from "../data/index.ts";
import { describeValue, streamError } from "../errors/index.ts";
import { LENT, type PlanDraft, PlanGraph } from "../plan/graph.ts";
import type { AccumulatorUpdate } from "../plan/handles.ts";
import { type Rdd, rddOperator } from "../plan/operators.ts";
import type { ActionSpec, Draft, NodeSpec, Session } from "../plan/session.ts";
import type { PlanNode } from "../plan/types.ts";
import { RDD } from "../rdd/rdd.ts";
import type { DriverReport } from "../runtime/messages.ts";
import { type EngineHost, installedHost } from "../views/host.ts";
import { Accumulators, AccumulatorV2, kindOf } from "./accumulators.ts";
import { Broadcast } from "./broadcast.ts";
import { DriverClient, type Recovered } from "./driver-client.ts";
import type { Settings } from "./options.ts";
import { userOrigin } from "./origin.ts";
import { interruptible, uninterruptible } from "./registry.ts";

/** What cancelled jobs say when the user has interrupted the notebook. */
export const INTERRUPTED = "the notebook was interrupted";

/** Handles that a binding of the notebook may hold. */
export interface HandleLike {
	readonly draft: Draft;
}

/** What a streaming context adds to a session. */
export interface SessionHooks {
	declaring(spec: NodeSpec): void;
	report(report: Exclude<DriverReport, { kind: "reply" | "recovered" | "accumulated" }>): void;
	restarted(recovered: Recovered): void;
	lost(error: Error): void;
	interrupted(stopped: boolean): void;
}

/** The session behind SparkContext and StreamingContext. */
export class ContextSession implements Session {
	readonly settings: Settings;
	readonly host: EngineHost | undefined;
	readonly graph: PlanGraph;
	hooks: SessionHooks | undefined;
	#client: DriverClient | undefined;
	#shipped = new Set<string>();
	#stopped = false;

	constructor(settings: Settings) {
		this.settings = settings;
		this.host = installedHost();
		interruptible(this, this.host);
		const captureContext: Pick<CaptureContext, "bindings" | "handle"> = {
			bindings: this.host?.bindings,
			handle: (value) => this.#handle(value),
		};
		this.graph = new PlanGraph({
			origin: () => userOrigin(this.host),
			captureContext,
			bindingOf: (draft) => this.#bindingOf(draft),
			declaring: (spec) => this.hooks?.declaring(spec),
			frozen: () => undefined,
		});
	}

	get defaultParallelism(): number {
		return this.settings.defaultParallelism;
	}

	/** The driver; started by the first thing that needs it. */
	get client(): DriverClient {
		if (this.#client === undefined) {
			const { appName, master, executors, defaultParallelism, conf, clock, mode } = this.settings;
			this.#shipped.clear();
			const seed = conf.get("millrace.seed") ?? Math.floor(Math.random() * 2 ** 32);
			this.#client = new DriverClient(
				{
					appName,
					master,
					executors,
					defaultParallelism,
					conf: conf.toJSON(),
					// Read again for each driver: a new one goes on at the time it is now.
					get clock() {
						return clock === undefined ? { kind: "system" as const } : { kind: "manual" as const, now: clock.now() };
					},
					mode,
					seed,
				},
				this.host,
				{
					report: (report) => {
						if (report.kind === "accumulated") this.#accumulated(report.updates);
						else this.hooks?.report(report);
					},
					died: () => this.#shipped.clear(),
					restarted: (recovered) => {
						this.#shipped.clear();
						this.hooks?.restarted(recovered);
					},
					lost: (error) => this.hooks?.lost(error),
				},
			);
		}
		return this.#client;
	}

	/** The driver, if one was started. */
	get startedClient(): DriverClient | undefined {
		return this.#client;
	}

	#lineage = new WeakMap<Draft, Rdd>();

	rdd(draft: Draft): Rdd {
		let rdd = this.#lineage.get(draft);
		if (rdd === undefined) {
			rdd = this.#describe(draft);
			this.#lineage.set(draft, rdd);
		}
		return rdd;
	}

	/** What the driver will make of a node; ids and function references mean nothing here. */
	#describe(draft: Draft): Rdd {
		const { spec } = draft;
		const rest = { id: "", node: "", time: 0, params: {}, fns: {}, parents: [] };
		if (spec.op === LENT) {
			const { partitions, partitioner } = draft as Draft & { partitions: number; partitioner?: number };
			return { ...rest, op: LENT, partitions, partitioner };
		}
		const node = {
			id: "",
			kind: spec.kind,
			op: spec.op,
			parents: [],
			params: { ...spec.params, ...spec.payload },
			functions: (spec.functions ?? {}) as never,
			origin: { line: 0, column: 0 },
		};
		const made = rddOperator(spec.op).fromNode?.(
			node,
			spec.parents.map((parent) => this.rdd(parent)),
			{
				defaultParallelism: this.defaultParallelism,
				configuredParallelism: this.settings.conf.get("spark.default.parallelism"),
				fn: () => ({ key: "", version: 0 }),
			},
		);
		if (made === undefined) throw new Error(`"${spec.op}" is not an RDD operation`);
		return { ...rest, ...made, parents: made.parents ?? [], params: made.params ?? {}, fns: made.fns ?? {} };
	}

	persist(draft: Draft, on: boolean): void {
		draft.persist(on);
		const { id, op } = draft.freeze();
		if (op === LENT || this.#shipped.has(id)) this.client.send({ kind: "persist", node: id, on });
	}

	/** Set by `setCheckpointDir`. */
	checkpointDir: string | undefined;

	seed(): number {
		return Math.floor(Math.random() * 2 ** 32);
	}

	node(spec: NodeSpec): PlanDraft {
		return this.graph.add(spec);
	}

	/** Accumulators of this context. */
	readonly accumulators = new Accumulators();

	#accumulated(updates: readonly AccumulatorUpdate[]): void {
		this.accumulators.merge(updates, (error, name) => {
			this.warn(undefined, `accumulator ${name}: ${error instanceof Error ? error.message : String(error)}\n`);
		});
	}

	/** Sends a node and all it stands on to the driver, each once. */
	ship(draft: Draft): PlanNode {
		// Started first: a driver that starts knows of nothing yet.
		const { client } = this;
		const nodes: PlanNode[] = [];
		const visit = (at: Draft) => {
			const node = at.freeze();
			// RDDs of batches come from the driver.
			if (node.op === LENT || this.#shipped.has(node.id)) return;
			this.#shipped.add(node.id);
			for (const parent of at.spec.parents) visit(parent);
			for (const used of handlesIn(node)) {
				const handle = this.#lent.get(used);
				if (handle !== undefined) visit(handle);
			}
			nodes.push(node);
		};
		visit(draft);
		if (nodes.length > 0) client.send({ kind: "add-nodes", nodes });
		return draft.freeze();
	}

	/** Sends an RDD that a stream stands on; returns its id. Throws unless it is one of this context. */
	shipRdd(step: string, rdd: unknown): string {
		if (!(rdd instanceof RDD))
			throw streamError("STREAM_CONFIG", {
				step,
				expected: "an RDD",
				got: describeValue(rdd),
				way: "write sc.parallelize(…)",
			});
		if (rdd.session !== this) {
			throw streamError("STREAM_STATE", {
				step,
				expected: "an RDD of the same context",
				got: "an RDD of another context",
				way: "make it with ssc.sparkContext",
			});
		}
		const { id } = rdd.draft.freeze();
		this.#lent.set(id, rdd.draft);
		this.ship(rdd.draft);
		return id;
	}

	async runAction(draft: Draft, action: ActionSpec): Promise<unknown[][]> {
		this.needRunning(action.action);
		const cell = this.host?.currentCell()?.key;
		const functions: { [role: string]: ReturnType<typeof capture> } = {};
		const origin = userOrigin(this.host);
		for (const [role, { fn, place }] of Object.entries(action.functions ?? {})) {
			functions[role] = capture(fn, this.graph.context(action.action, place, origin));
		}
		const node = this.ship(draft).id;
		const request = { node, action: action.action, params: action.params ?? {}, functions, step: action.action, cell };
		const parts = (await this.client.request({ kind: "action", action: request })) as SharedArrayBuffer[];
		return parts.map((part) => decodeRecords(part));
	}

	/** Sends the RDDs that a captured driver function refers to. */
	shipHandles(fn: CapturedFunction): void {
		for (const node of fn.nodes) {
			const handle = node.kind === "handle" ? this.#lent.get(node.id) : undefined;
			if (handle !== undefined) this.ship(handle);
		}
	}

	/** The RDD of a batch is given back: what was built on it is forgotten. */
	giveBack(rdd: string): void {
		for (const id of this.graph.identity.dropBatch(rdd)) this.#shipped.delete(id);
	}

	/** A callback that the engine dispatched has ended. */
	callbackEnded: (() => void) | undefined;

	/** Writes a warning under a cell, or to the console. */
	warn(cell: string | undefined, text: string): void {
		if (this.host === undefined) process.stderr.write(`millrace: ${text}`);
		else this.host.write(cell, "stderr", text);
	}

	#lent = new Map<string, Draft>();

	#handle(value: object): ReturnType<NonNullable<CaptureContext["handle"]>> {
		if (value instanceof Broadcast) {
			// Read now, so that a destroyed one is refused where it is used.
			void value.value;
			return { type: "broadcast", id: value.id, data: value.data, places: ["executor", "driver", "receiver"] };
		}
		if (value instanceof AccumulatorV2) {
			if (!value.isRegistered) {
				throw streamError("STREAM_STATE", {
					step: "accumulator",
					message: "Accumulator must be registered before send to executor",
					way: "call sc.register(accumulator) first",
				});
			}
			return { type: "accumulator", id: value.id, data: { kind: kindOf(value) }, places: ["executor", "driver"] };
		}
		if (!isHandle(value)) return undefined;
		if (value instanceof RDD) {
			const { id } = value.draft.freeze();
			this.#lent.set(id, value.draft);
			return { type: "rdd", id, data: undefined, places: ["driver"] };
		}
		return { type: value.constructor.name, id: "", data: undefined, places: [] };
	}

	#bindingOf(draft: Draft): string | undefined {
		const bindings = this.host?.bindings?.exports as { [name: string]: unknown } | undefined;
		if (bindings === undefined) return undefined;
		for (const name of Object.keys(bindings)) {
			// Names that are not initialised yet throw when they are read.
			const property = Object.getOwnPropertyDescriptor(bindings, name);
			const value = property !== undefined && "value" in property ? property.value : undefined;
			if (typeof value === "object" && value !== null && (value as Partial<HandleLike>).draft === draft) return name;
		}
		return undefined;
	}

	/** Throws when the context was stopped: a driver that started now would never be ended. */
	needRunning(step: string): void {
		if (!this.#stopped) return;
		throw streamError("STREAM_STATE", {
			step,
			message: "Cannot call methods on a stopped SparkContext",
			way: "make a new context; RDDs of the old one must be made anew",
		});
	}

	/** True after `close`. */
	get stopped(): boolean {
		return this.#stopped;
	}

	/** Ends the driver; a later use starts a new one unless the context itself is stopped. */
	dropDriver(): void {
		this.#client?.close();
		this.#client = undefined;
	}

	/** The user has interrupted `cell`: nobody waits for its actions. */
	interrupted(cell: string | undefined, stopped: boolean): void {
		this.#client?.cancelActions(cell, INTERRUPTED);
		this.hooks?.interrupted(stopped);
	}

	close(): void {
		this.#stopped = true;
		uninterruptible(this);
		this.dropDriver();
	}
}

function isHandle(value: object): value is HandleLike {
	// Engine handles only: a user's object may have a property `draft`, too.
	return value instanceof RDD || (engineHandles.has(value.constructor) && "draft" in value);
}

const engineHandles = new Set<unknown>();

/** Makes a class known whose instances are engine handles: they never cross as copies. */
export function registerHandle(handleClass: abstract new (...args: never[]) => object): void {
	engineHandles.add(handleClass);
}

function handlesIn(node: PlanNode): string[] {
	const inFunctions = Object.values(node.functions).flatMap((fn) =>
		fn.nodes.flatMap((at) => (at.kind === "handle" ? [at.id] : [])),
	);
	const { initial, defaultRDD } = node.params;
	return [...inFunctions, ...[initial, defaultRDD].filter((id) => typeof id === "string")];
}
