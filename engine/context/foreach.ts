// foreachRDD on the notebook thread: runs the functions of outputs, batch after batch, as part of the cell they stand in.
import { AsyncLocalStorage } from "node:async_hooks";
import { decodeError, encodeError } from "../errors/index.ts";
import { LENT } from "../plan/graph.ts";
import type { Draft } from "../plan/session.ts";
import type { PlanNode } from "../plan/types.ts";
import { RDD } from "../rdd/rdd.ts";
import type { DriverReport } from "../runtime/messages.ts";
import { Time } from "../time/index.ts";
import type { ContextSession } from "./session.ts";

type Foreach = Extract<DriverReport, { kind: "foreach" }>;

/** An RDD of a batch as the notebook sees it: known to the driver by its id. */
class LentDraft implements Draft {
	readonly spec = { kind: "rdd" as const, op: LENT, parents: [] };
	readonly #node: PlanNode;
	readonly partitions: number;
	readonly partitioner: number | undefined;
	constructor({ rdd: id, partitions, partitioner }: Pick<Foreach, "rdd" | "partitions" | "partitioner">) {
		this.partitions = partitions;
		this.partitioner = partitioner;
		this.#node = { id, kind: "rdd", op: LENT, parents: [], params: {}, functions: {}, origin: { line: 0, column: 0 } };
	}
	freeze(): PlanNode {
		return this.#node;
	}
	persist(): void {}
	annotate(): void {}
}

/** A function that runs for a batch. */
interface Call {
	readonly ask: Foreach;
	/** Set when the driver was told already that it is done: who gets its error. */
	early?: (error: Error) => void;
}

/** Runs notebook outputs. One output's batches run one after another, different outputs do not wait for each other. */
export class ForeachRunner {
	readonly #session: ContextSession;
	readonly #chains = new Map<number, Promise<void>>();
	/** The very errors that functions threw, by output and batch: they come back through the driver as copies. */
	readonly #errors = new Map<string, Error>();

	readonly #calls = new AsyncLocalStorage<Call>();

	constructor(session: ContextSession) {
		this.#session = session;
	}

	/** When called from inside a function of an output: tells the driver that its batch need not wait for the function. */
	answerEarly(failed: (error: Error) => void): void {
		const call = this.#calls.getStore();
		if (call === undefined || call.early !== undefined) return;
		call.early = failed;
		this.#session.client.send({ kind: "foreach-done", output: call.ask.output, time: call.ask.time });
	}

	/** Runs `f` for a batch after the batches before it. */
	run(ask: Foreach, f: (...args: never[]) => unknown, cell: string | undefined): void {
		const { client } = this.#session;
		const { run } = client;
		const before = this.#chains.get(ask.output) ?? Promise.resolve();
		const next = before.then(async () => {
			// The next driver asks again.
			if (client.run !== run) return;
			let error: unknown;
			const state: Call = { ask };
			try {
				const rdd = new RDD(this.#session, new LentDraft(ask));
				const call = f as unknown as (rdd: RDD<unknown>, time: Time) => unknown;
				const { host } = this.#session;
				const inside = () => this.#calls.run(state, () => call(rdd, new Time(ask.time)));
				await (host === undefined ? inside() : host.runAs(cell, inside));
			} catch (thrown) {
				error = thrown ?? new Error(`foreachRDD: ${String(thrown)} was thrown`);
				if (error instanceof Error && client.run === run && state.early === undefined)
					this.#errors.set(`${ask.output}@${ask.time}`, error);
			}
			this.#session.giveBack(ask.rdd);
			if (state.early !== undefined) {
				if (error !== undefined) state.early(error instanceof Error ? error : decodeError(encodeError(error)));
				return;
			}
			// A driver that died meanwhile: the next one asks again.
			if (client.run !== run) return;
			client.send({
				kind: "foreach-done",
				output: ask.output,
				time: ask.time,
				error: error === undefined ? undefined : encodeError(error),
			});
			this.#session.callbackEnded?.();
		});
		this.#chains.set(ask.output, next);
	}

	/** Returns the error object that an output's function threw, if it was one of ours. */
	original(output: number, time: number): Error | undefined {
		const name = `${output}@${time}`;
		const error = this.#errors.get(name);
		this.#errors.delete(name);
		return error;
	}
}
