// Driver functions of users: transform, foreachRDD(…, { on: "driver" }). They get RDD handles of the batch.
import { Script } from "node:vm";
import { capture, revive, userError } from "../capture/index.ts";
import type { CapturedFunction } from "../capture/types.ts";
import { hashString } from "../data/index.ts";
import { describeValue, streamError } from "../errors/index.ts";
import { type AccumulatorUpdate, handleOf, TaskHandles } from "../plan/handles.ts";
import { type Rdd, rddOperator } from "../plan/operators.ts";
import type { ActionSpec, Draft, NodeSpec, Session } from "../plan/session.ts";
import type { FnRef } from "../plan/stage.ts";
import { RDD } from "../rdd/rdd.ts";
import { Time } from "../time/index.ts";
import type { RddGraph } from "./rdds.ts";

const slot = Symbol.for("millrace.driver-call");
const call = new Script("globalThis[Symbol.for('millrace.driver-call')]()", { filename: "millrace-driver-call" });

function late(step: string, deadline: number, what: string): Error {
	return streamError("STREAM_TASK", {
		step,
		message: `${what} after ${deadline / 1000} s`,
		way: "it runs in the driver and must only build RDDs; move work into map or foreachPartition",
	});
}

/** Calls `f`, and ends it when it has not returned after `deadline` ms: a loop in it would stop every stream. */
function withDeadline<T>(step: string, deadline: number, f: () => T): T {
	const holder = globalThis as { [slot]?: () => void };
	let result: T | undefined;
	holder[slot] = () => {
		result = f();
	};
	try {
		call.runInThisContext({ timeout: deadline });
		return result as T;
	} catch (error) {
		if ((error as { code?: string }).code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error;
		throw late(step, deadline, "the function has not returned and was ended");
	} finally {
		delete holder[slot];
	}
}

/** Resolves with `value`, or rejects when it has not settled after `deadline` ms. */
async function inTime(step: string, deadline: number, value: unknown): Promise<unknown> {
	let timer: ReturnType<typeof setTimeout> | undefined;
	const over = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(late(step, deadline, "the promise of the function has not settled")), deadline);
	});
	try {
		return await Promise.race([value, over]);
	} finally {
		clearTimeout(timer);
	}
}

/** What driver functions need of the driver. */
export interface DriverActions {
	/** A driver function has added to accumulators. */
	accumulated(updates: readonly AccumulatorUpdate[]): void;
	runAction(
		rdd: Rdd,
		action: string,
		params: ActionSpec["params"],
		fns: { readonly [role: string]: FnRef },
	): Promise<unknown[][]>;
}

class DriverDraft implements Draft {
	readonly spec: NodeSpec;
	readonly rdd: Rdd;
	constructor(spec: NodeSpec, rdd: Rdd) {
		this.spec = spec;
		this.rdd = rdd;
	}
	freeze(): never {
		throw streamError("STREAM_STATE", {
			step: this.spec.op,
			message: "an RDD made in the driver has no place in the notebook's plan",
		});
	}
	persist(on = true): void {
		this.rdd.persist = on;
	}
	annotate(notes: { readonly persist?: unknown }): void {
		if ("persist" in notes) this.rdd.persist = notes.persist === true;
	}
}

/** RDD handles of one call: nodes become driver RDDs at once, with ids of (output or stream, batch, ordinal). */
class DriverSession implements Session {
	readonly defaultParallelism: number;
	#ordinal = 0;
	readonly #rdds: RddGraph;
	readonly #owner: string;
	readonly #time: number;
	readonly #actions: DriverActions;

	constructor(rdds: RddGraph, owner: string, time: number, actions: DriverActions) {
		this.#rdds = rdds;
		this.#owner = owner;
		this.#time = time;
		this.#actions = actions;
		this.defaultParallelism = rdds.defaultParallelism;
	}

	wrap<T>(rdd: Rdd): RDD<T> {
		return new RDD<T>(this, new DriverDraft({ kind: "rdd", op: rdd.op, parents: [] }, rdd));
	}

	#captured(fns: NodeSpec["functions"], step: string): { [role: string]: FnRef } {
		const refs: { [role: string]: FnRef } = {};
		for (const [role, { fn, place }] of Object.entries(fns ?? {})) {
			const captured = capture(fn, { step, place, origin: { line: 0, column: 0 }, handle: nestedHandle });
			refs[role] = this.#rdds.functions.byContent(captured, step, this.#time);
		}
		return refs;
	}

	rdd(draft: Draft): Rdd {
		return (draft as DriverDraft).rdd;
	}

	persist(draft: Draft, on: boolean): void {
		draft.persist(on);
	}

	/** The same for a batch that is made again. */
	seed(): number {
		return hashString(`${this.#owner}@${this.#time}.${this.#ordinal}`, 0x2f0b4a27);
	}

	node(spec: NodeSpec): Draft {
		const operator = rddOperator(spec.op);
		const parents = spec.parents.map((parent) => (parent as DriverDraft).rdd);
		const fns = this.#captured(spec.functions, spec.step ?? spec.op);
		const node = {
			id: "",
			kind: "rdd" as const,
			op: spec.op,
			parents: [],
			params: { ...spec.params, ...spec.payload },
			functions: Object.fromEntries(Object.keys(fns).map((role) => [role, undefined as unknown as CapturedFunction])),
			origin: { line: 0, column: 0 },
		};
		if (operator.fromNode === undefined) throw new Error(`"${spec.op}" is not an RDD operation`);
		const made = operator.fromNode(node, parents, {
			defaultParallelism: this.defaultParallelism,
			configuredParallelism: this.#rdds.configuredParallelism,
			fn: (_, role) => fns[role],
		});
		const rdd = this.#rdds.make(made, `${this.#owner}~`, this.#time, ++this.#ordinal);
		return new DriverDraft(spec, rdd);
	}

	runAction(draft: Draft, action: ActionSpec): Promise<unknown[][]> {
		const fns = this.#captured(action.functions, action.action);
		return this.#actions.runAction((draft as DriverDraft).rdd, action.action, action.params, fns);
	}
}

/** Handles in functions that driver functions give to RDDs. */
function nestedHandle(value: object): ReturnType<typeof handleOf> {
	if (value instanceof RDD) return { type: "RDD", id: "", data: undefined, places: ["driver"] };
	return handleOf(value);
}

/** Revived driver functions by node, role and version. */
export class DriverFunctions {
	#revived = new Map<string, (...args: never[]) => unknown>();
	readonly #handles = new TaskHandles();
	readonly #rdds: RddGraph;
	readonly #actions: DriverActions;
	readonly #deadline: number;

	/** @param deadline ms that a call may take; what its promise waits for (actions of RDDs) counts as well. */
	constructor(rdds: RddGraph, actions: DriverActions, deadline: number) {
		this.#rdds = rdds;
		this.#actions = actions;
		this.#deadline = deadline;
	}

	/** Forgets revived functions that nobody refers to any more. */
	forget(refs: readonly FnRef[]): void {
		for (const ref of refs) this.#revived.delete(`${ref.key}@${ref.version}`);
	}

	/** Returns the function behind `ref` for calls with plain values. */
	plain(ref: FnRef): (...args: unknown[]) => unknown {
		const { fn: captured, step } = this.#rdds.functions.get(ref);
		const name = `${ref.key}@${ref.version}`;
		const fn = this.#revived.get(name) ?? (revive(captured, { step }) as (...args: never[]) => unknown);
		this.#revived.set(name, fn);
		return (...args) => {
			try {
				return withDeadline(step, this.#deadline, () => (fn as (...args: unknown[]) => unknown)(...args));
			} catch (error) {
				throw userError(error, { step });
			}
		};
	}

	/**
	 * Calls the function behind `ref` with handles of `rdds` and the batch time; resolves with the RDD it returns when
	 * one is wanted. `list`: the handles come as one array. `owner` names the node or output for the ids of RDDs it makes.
	 */
	async call(
		ref: FnRef,
		owner: string,
		rdds: readonly Rdd[],
		time: number,
		wantsRdd: boolean,
		list = false,
	): Promise<Rdd | undefined> {
		const session = new DriverSession(this.#rdds, owner, time, this.#actions);
		const { fn: captured, step } = this.#rdds.functions.get(ref);
		const name = `${ref.key}@${ref.version}`;
		let fn = this.#revived.get(name);
		// Handles inside the function belong to the session of the call: such a function is made anew for each batch.
		if (fn === undefined || captured.nodes.some((node) => node.kind === "handle")) {
			fn = revive(captured, {
				step,
				handle: (type, id, data) =>
					type === "rdd" ? session.wrap(this.#rdds.planned(id)) : this.#handles.get(type, id, data),
			}) as (...args: never[]) => unknown;
			this.#revived.set(name, fn);
		}
		const handles = rdds.map((rdd) => session.wrap(rdd));
		const made = fn as (...args: unknown[]) => unknown;
		let result: unknown;
		try {
			result = withDeadline(step, this.#deadline, () =>
				list ? made(handles, new Time(time)) : made(...handles, new Time(time)),
			);
			// Only what builds the RDD of a batch holds up the batches after it.
			result = await (wantsRdd ? inTime(step, this.#deadline, result) : result);
		} catch (error) {
			this.#handles.drop();
			throw userError(error, { step });
		}
		const updates = this.#handles.take();
		if (updates.length > 0) this.#actions.accumulated(updates);
		if (!wantsRdd) return undefined;
		if (!(result instanceof RDD)) {
			throw streamError("STREAM_TASK", {
				step,
				...(result === null || result === undefined ? { message: "Transform function must not return null" } : {}),
				expected: "an RDD from the function",
				got: describeValue(result),
				way: "return rdd.map(…) or the like, for no element sc.emptyRDD()",
			});
		}
		return (result.draft as DriverDraft).rdd;
	}
}
