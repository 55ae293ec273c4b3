// foreachRDD on the notebook thread: runs the functions of outputs, batch after batch, as part of the cell they stand in.
import { AsyncLocalStorage } from "node:async_hooks";
import { decodeError, encodeError, streamError } from "../errors/index.ts";
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
	/** True while its synchronous part is on the stack. */
	inside: boolean;
	/** Ends it for the driver, once. */
	finish(thrown: unknown): void;
}

/** Runs notebook outputs. One output's batches run one after another, different outputs do not wait for each other. */
export class ForeachRunner {
	readonly #session: ContextSession;
	readonly #chains = new Map<number, Promise<void>>();
	/** The very errors that functions threw, by output and batch: they come back through the driver as copies. */
	readonly #errors = new Map<string, Error>();

	readonly #calls = new AsyncLocalStorage<Call>();
	readonly #active = new Set<Call>();
	/** Outputs whose function was stopped by an interrupt. */
	readonly #stopped = new Set<number>();

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
		let over: () => void = () => {};
		const next = new Promise<void>((resolve) => {
			over = resolve;
		});
		this.#chains.set(ask.output, next);
		void before.then(() => {
			const call: Call = {
				ask,
				inside: false,
				finish: (thrown) => {
					if (!this.#active.delete(call)) return;
					this.#finished(call, run, thrown);
					over();
				},
			};
			// The next driver asks again.
			if (client.run !== run) return over();
			this.#active.add(call);
			if (this.#stopped.has(ask.output)) return call.finish(cancelled());
			this.#invoke(call, f, cell).then(
				() => call.finish(undefined),
				(thrown) => call.finish(thrown ?? new Error(`foreachRDD: ${String(thrown)} was thrown`)),
			);
		});
	}

	async #invoke(call: Call, f: (...args: never[]) => unknown, cell: string | undefined): Promise<void> {
		const rdd = new RDD(this.#session, new LentDraft(call.ask));
		const typed = f as unknown as (rdd: RDD<unknown>, time: Time) => unknown;
		const { host } = this.#session;
		const inside = () => this.#calls.run(call, () => typed(rdd, new Time(call.ask.time)));
		call.inside = true;
		let made: unknown;
		try {
			made = host === undefined ? inside() : host.runAs(cell, inside);
		} finally {
			call.inside = false;
		}
		await made;
	}

	#finished(call: Call, run: number, error: unknown): void {
		const { ask } = call;
		const { client } = this.#session;
		if (error instanceof Error && client.run === run && call.early === undefined)
			this.#errors.set(`${ask.output}@${ask.time}`, error);
		this.#session.giveBack(ask.rdd);
		if (call.early !== undefined) {
			if (error !== undefined) call.early(error instanceof Error ? error : decodeError(encodeError(error)));
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
	}

	/**
	 * Called from the event loop after an interrupt that ended code by force. Functions that were on the stack neither
	 * return nor throw: their batches are told so. Of those that were awaiting nobody knows; they get `grace` ms.
	 */
	interrupted(grace: number): void {
		const active = [...this.#active];
		for (const call of active) if (call.inside) this.#cutOff(call);
		const rest = active.filter((call) => !call.inside);
		if (rest.length === 0) return;
		const timer = setTimeout(() => {
			for (const call of rest) if (this.#active.has(call)) this.#cutOff(call);
		}, grace);
		timer.unref();
	}

	/** A function that was stopped once would be stopped again, batch after batch: nobody could use the notebook. */
	#cutOff(call: Call): void {
		this.#stopped.add(call.ask.output);
		call.finish(cancelled());
	}

	/** Calls functions again that an interrupt has stopped: their cell has run again. */
	resume(): void {
		this.#stopped.clear();
	}

	/** Waits no longer for the functions of a batch. */
	giveUp(time: number): void {
		for (const call of this.#active)
			if (call.ask.time === time)
				call.finish(cancelled("its batch was cancelled", "await further batches, or stop the context"));
	}

	/** Returns the error object that an output's function threw, if it was one of ours. */
	original(output: number, time: number): Error | undefined {
		const name = `${output}@${time}`;
		const error = this.#errors.get(name);
		this.#errors.delete(name);
		return error;
	}
}

function cancelled(
	what = "the function was stopped, and is not called any more",
	way = "change it, and run its cell again",
): Error {
	return streamError("STREAM_CANCELLED", { step: "foreachRDD", message: `the notebook was interrupted: ${what}`, way });
}
