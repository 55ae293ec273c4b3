// foreachRDD on the notebook thread: runs the functions of outputs, batch after batch, as part of the cell they stand in.
import { encodeError } from "../errors/index.ts";
import type { Draft } from "../plan/session.ts";
import type { PlanNode } from "../plan/types.ts";
import { RDD } from "../rdd/rdd.ts";
import type { DriverReport } from "../runtime/messages.ts";
import { Time } from "../time/index.ts";
import type { ContextSession } from "./session.ts";

type Foreach = Extract<DriverReport, { kind: "foreach" }>;

/** An RDD of a batch as the notebook sees it: known to the driver by its id. */
class LentDraft implements Draft {
	readonly spec = { kind: "rdd" as const, op: "lent", parents: [] };
	readonly #node: PlanNode;
	constructor(id: string) {
		this.#node = { id, kind: "rdd", op: "lent", parents: [], params: {}, functions: {}, origin: { line: 0, column: 0 } };
	}
	freeze(): PlanNode {
		return this.#node;
	}
	persist(): void {}
}

/** Runs notebook outputs. One output's batches run one after another, different outputs do not wait for each other. */
export class ForeachRunner {
	readonly #session: ContextSession;
	readonly #chains = new Map<number, Promise<void>>();
	/** The very errors that functions threw, by output and batch: they come back through the driver as copies. */
	readonly #errors = new Map<string, Error>();

	constructor(session: ContextSession) {
		this.#session = session;
	}

	/** Runs `f` for a batch after the batches before it. */
	run(ask: Foreach, f: (...args: never[]) => unknown, cell: string | undefined): void {
		const { client } = this.#session;
		const { run } = client;
		const before = this.#chains.get(ask.output) ?? Promise.resolve();
		const next = before.then(async () => {
			let error: unknown;
			try {
				this.#session.lend(ask.rdd);
				const rdd = new RDD(this.#session, new LentDraft(ask.rdd));
				const call = f as unknown as (rdd: RDD<unknown>, time: Time) => unknown;
				const { host } = this.#session;
				await (host === undefined ? call(rdd, new Time(ask.time)) : host.runAs(cell, () => call(rdd, new Time(ask.time))));
			} catch (thrown) {
				error = thrown ?? new Error(`foreachRDD: ${String(thrown)} was thrown`);
				if (error instanceof Error) this.#errors.set(`${ask.output}@${ask.time}`, error);
			}
			// A driver that died meanwhile has asked again.
			if (client.run !== run) return;
			client.send({ kind: "foreach-done", output: ask.output, time: ask.time, error: error === undefined ? undefined : encodeError(error) });
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
