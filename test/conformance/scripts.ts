// Scripts of the conformance data on the engine: calls on a context, assertions on its state.
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { expect } from "vitest";
import { decodeRecords } from "../../engine/data/index.ts";
import { DStream, ManualClock, RDD, SparkContext, StreamingContext } from "../../engine/index.ts";
import { encodeSlices } from "../../engine/rdd/parallelize.ts";
import { TestSource } from "../../engine/testing/index.ts";
import { type Case, type ExpectedError, fn, Missing, need, type Step, updateFn } from "./vocabulary.ts";

type Any = DStream<never>;
type Call = (...args: unknown[]) => unknown;

/** Steps about parts of Spark that are checked from inside; the engine has no counterpart to look into. */
const inside = new Set([
	"assertConf",
	"assertConfAbsent",
	"assertConfTimeAsSeconds",
	"assertNotNull",
	"assertField",
	"assertMetricsSource",
	"assertCreationSite",
	"assertCheckpointConf",
	"customInput",
	"customReceiverInput",
	"isBarrier",
	"ancestors",
	"withPairs",
	"runJob",
	"run",
]);

/** Steps that are calls on a context. */
const sources = new Set(["socketTextStream", "fileStream", "textFileStream", "receiverStream", "queueStream"]);
const onStreams = new Set(["map", "count", "updateStateByKey", "transform", "foreachRDD"]);
/** Steps of the script itself. */
const control = new Set([
	"addInput",
	"testInput",
	"registerOutput",
	"assertState",
	"assertStateNot",
	"start",
	"advanceClock",
	"advanceClockUntilDone",
	"forEachInput",
	"schedule",
	"inThreadAfterMs",
]);

/** Throws `Missing` for the first step that the engine does not have. */
export function needScript(steps: readonly Step[]): void {
	// Such cases are sentences.
	if (steps.length === 0) throw new Missing("steps");
	for (const step of steps) {
		if (inside.has(step.op)) throw new Missing(step.op);
		if (sources.has(step.op)) need(StreamingContext.prototype, step.op);
		else if (onStreams.has(step.op)) need(DStream.prototype, step.op);
		else if (step.op === "static") need(StreamingContext, step.method as string, `StreamingContext.${step.method}`);
		else if (step.op === "new") needConstructor(step);
		else if (step.op === "call") needMethod(step);
		else if (step.op === "accumulator") need(SparkContext.prototype, "accumulator");
		else if (step.op === "slice" && "data" in step) continue;
		else if (step.op === "existingFile" || step.op === "mkdirs") throw new Missing("textFileStream");
		else if (!control.has(step.op)) {
			need(RDD.prototype, step.op);
			throw new Error(`the conformance runner does not know the step "${step.op}": add it to scripts.ts`);
		}
		if (step.op === "inThreadAfterMs") needScript(step.steps as Step[]);
	}
}

function needConstructor(step: Step): void {
	if (step.class !== "StreamingContext" && step.class !== "SparkContext") throw new Missing(`new ${step.class}`);
	if ((step.args as unknown[])[0] === null) throw new Missing("new StreamingContext(checkpoint)");
}

function needMethod(step: Step): void {
	const method = step.method as string;
	if (method === "makeRDD.collect.size") return;
	if (method === "slice") need(DStream.prototype, "slice");
	else need(StreamingContext.prototype, method, `StreamingContext.${method}`);
}

/** Runs one script; everything it leaves behind is stopped. */
export class Script {
	readonly #each: Case;
	readonly #named = new Map<string, unknown>();
	readonly #outputs: unknown[][] = [];
	#ssc: StreamingContext | undefined;
	#stream: Any | undefined;
	#clock: ManualClock | undefined;
	#queue: unknown[][] = [];
	#received = 0;
	#server: ReturnType<typeof createServer> | undefined;
	#socket: Promise<Socket> | undefined;
	readonly #later: Promise<void>[] = [];

	constructor(each: Case) {
		this.#each = each;
	}

	async run(): Promise<void> {
		const { pipeline, expectedError } = this.#each;
		needScript(pipeline);
		// Cases of sources have no step that makes the context.
		if (!pipeline.some((step) => step.op === "new" || step.op === "slice"))
			this.#make({ manualClock: true, batchDurationMs: this.#each.batchDurationMs });
		try {
			const failing = expectedError !== undefined;
			const steps = failing ? pipeline.slice(0, -1) : pipeline;
			for (const step of steps) await this.#step(step);
			if (failing) await throwing(expectedError, () => this.#step(pipeline.at(-1) as Step));
			await Promise.all(this.#later);
			this.#compare();
		} finally {
			this.#server?.close();
			(await this.#socket)?.destroy();
			for (const value of this.#named.values())
				if (value instanceof StreamingContext) await value.stop().catch(() => undefined);
			await this.#ssc?.stop().catch(() => undefined);
			for (const value of this.#named.values()) if (value instanceof SparkContext) await value.stop();
		}
	}

	#compare(): void {
		const { compare, expected, expectedListener } = this.#each;
		if (compare === "flattened-ordered") expect(this.#outputs.flat()).toEqual(expected.flat());
		else if (compare === "non-empty-batches-ordered")
			expect(this.#outputs.filter((batch) => batch.length > 0)).toEqual(expected);
		else if (compare !== undefined) throw new Error(`the conformance runner does not know the comparison "${compare}"`);
		else if (expected.length > 0) expect(this.#outputs).toEqual(expected);
		if (expectedListener !== undefined) expect(this.#received).toBe(expectedListener.numTotalProcessedRecords);
	}

	#make(options: {
		readonly manualClock?: boolean;
		readonly batchDurationMs?: number;
		readonly conf?: object;
	}): StreamingContext {
		if (options.manualClock) this.#clock = new ManualClock();
		const { batchDurationMs = this.#each.batchDurationMs ?? 1000, conf } = options;
		// Sources collect their output on the notebook thread, which Spark's rules for foreachRDD would not allow.
		const compat = options.conf === undefined && this.#each.kind === "unit" ? {} : { compat: "spark" as const };
		this.#ssc = new StreamingContext({
			master: "local[2]",
			appName: "conformance",
			batch: batchDurationMs,
			clock: this.#clock,
			conf: { ...compat, ...conf } as never,
			runtime: "in-process",
		});
		return this.#ssc;
	}

	#value(value: unknown): unknown {
		if (typeof value !== "string" || !value.startsWith("$")) return value;
		if (!this.#named.has(value.slice(1))) throw new Error(`nothing is called ${value} in the script`);
		return this.#named.get(value.slice(1));
	}

	#on(step: Step): unknown {
		if (typeof step.on !== "string") return step.op === "call" ? this.#ssc : this.#stream;
		const [name, member] = step.on.split(".");
		const found = this.#named.get(name);
		if (found === undefined) throw new Error(`nothing is called ${step.on} in the script`);
		return member === undefined ? found : (found as { [name: string]: unknown })[member];
	}

	async #step(step: Step): Promise<void> {
		if (step.throws !== undefined) {
			const { throws, ...without } = step;
			return throwing(throws as ExpectedError, () => this.#step(without as Step));
		}
		const result = await this.#do(step);
		if (typeof step.as === "string") this.#named.set(step.as, result);
		if (result instanceof DStream) this.#stream = result as Any;
		if ("returns" in step) expect(result).toEqual(this.#returned(step.returns));
		if ("returnsNot" in step) expect(result).not.toBe(this.#value(step.returnsNot));
		if (step.returnsElements !== undefined) expect([...(result as unknown[])].sort()).toEqual(step.returnsElements);
	}

	#returned(value: unknown): unknown {
		if (typeof value !== "object" || value === null) return this.#value(value);
		if ("some" in value) return this.#value(value.some);
		return "none" in value ? undefined : value;
	}

	#do(step: Step): unknown {
		const stream = () => this.#on(step) as Any;
		switch (step.op) {
			case "new":
				return this.#construct(step);
			case "static":
				return (StreamingContext as unknown as { [name: string]: Call })[step.method as string](
					...(step.args as unknown[]).map((arg) => this.#value(arg)),
				);
			case "addInput":
				return new TestSource(
					this.#context(step),
					Array.from({ length: 100 }, (_, i) => Array.from({ length: i + 1 }, (_, n) => n + 1)),
					1,
				).stream;
			case "testInput":
				return new TestSource(this.#context(step), this.#each.batches as never[], step.numPartitions as number).stream;
			case "map":
				return stream().map(fn(step.fn));
			case "count":
				return stream().count();
			case "updateStateByKey":
				return (stream() as unknown as { updateStateByKey: Call }).updateStateByKey(updateFn(step.update));
			case "transform": {
				const failing = fn(step.rdd);
				return stream().transform((rdd) => failing(rdd));
			}
			case "foreachRDD": {
				const { fn: text } = step;
				if (text === "rdd.count()") stream().foreachRDD((rdd) => rdd.count());
				else if (text === "rdd.collect()") stream().foreachRDD((rdd) => rdd.collect());
				else if (text === "noop") stream().foreachRDD(() => undefined);
				else throw new Error(`the conformance runner does not know the function "${text}"`);
				return undefined;
			}
			case "registerOutput":
				return this.#register(stream());
			case "queueStream":
				for (const each of this.#scheduled())
					if (each.when === "before start") this.#queue.push(...(each.enqueue as unknown[][]));
				return this.#context(step).queueStream(this.#queue, step.oneAtATime as boolean | undefined);
			case "socketTextStream":
				return this.#listen();
			case "start":
				return this.#context(step).start();
			case "assertState":
				expect(this.#context(step).getState()).toBe(step.equals);
				return undefined;
			case "assertStateNot":
				expect(this.#context(step).getState()).not.toBe(step.equals);
				return undefined;
			case "call":
				return this.#call(step);
			case "advanceClock":
				return (this.#clock as ManualClock).advance(step.ms as number);
			case "advanceClockUntilDone":
				return this.#untilDone(step.stepMs as number);
			case "forEachInput":
				return this.#send();
			case "schedule":
				return this.#schedule();
			case "inThreadAfterMs":
				this.#later.push(
					new Promise<void>((resolve) => setTimeout(resolve, step.ms as number)).then(async () => {
						for (const inner of step.steps as Step[]) await this.#step(inner);
					}),
				);
				return undefined;
			case "slice":
				return this.#slice(step.data as number[], step.numSlices as number);
			default:
				throw new Error(`the conformance runner does not know the step "${step.op}"`);
		}
	}

	#slice(data: number[], slices: number): void {
		const sc = new SparkContext({ master: "local[2]", runtime: "in-process" });
		this.#named.set("sc of slices", sc);
		// What the numbers of slices may be is checked by the call, how elements are dealt out by what it ships.
		sc.parallelize(data, slices);
		this.#outputs.push(encodeSlices(data, slices).map((slice) => decodeRecords(slice.data)));
	}

	#context(step: Step): StreamingContext {
		const named = typeof step.on === "string" ? this.#named.get(step.on) : undefined;
		return (named instanceof StreamingContext ? named : this.#ssc) as StreamingContext;
	}

	#construct(step: Step): unknown {
		const args = (step.args as unknown[]).map((arg) => this.#value(arg));
		if (step.class === "SparkContext")
			return new SparkContext({ master: args[0] as string, appName: args[1] as string, runtime: "in-process" });
		if (args[0] instanceof SparkContext) {
			this.#ssc = new StreamingContext(args[0], args[1] as number);
			return this.#ssc;
		}
		if (typeof args[0] === "string") {
			this.#ssc = new StreamingContext(args[0], args[1] as string, args[2] as number, {
				runtime: "in-process",
				conf: { compat: "spark" },
			});
			return this.#ssc;
		}
		return this.#make(args[0] as { batchDurationMs: number });
	}

	#call(step: Step): unknown {
		const on = this.#on(step) as { [name: string]: Call };
		const args = ((step.args ?? []) as unknown[]).map((arg) => this.#value(arg));
		const method = step.method as string;
		if (method === "makeRDD.collect.size") {
			return (on as unknown as SparkContext)
				.parallelize(args[0] as number[])
				.collect()
				.then((items) => items.length);
		}
		// Spark's stopGracefully is our graceful.
		if (method === "stop" && typeof args[0] === "object") {
			const { stopSparkContext, stopGracefully } = args[0] as { stopSparkContext?: boolean; stopGracefully?: boolean };
			return on.stop({ stopSparkContext, graceful: stopGracefully });
		}
		return on[method](...args);
	}

	#register(stream: Any): void {
		// Spark's rules capture the function of foreachRDD; only cases with expected output need it here.
		if (this.#each.expected.length === 0) {
			stream.foreachRDD(() => undefined);
			return;
		}
		this.#ssc?.addStreamingListener({ onBatchCompleted: ({ batch }) => (this.#received += batch.numRecords) });
		stream.foreachRDD(async (rdd) => {
			this.#outputs.push(await rdd.collect());
		});
	}

	#scheduled(): { readonly [field: string]: unknown }[] {
		return this.#each.pipeline.flatMap((step) =>
			step.op === "schedule" ? (step.steps as { [field: string]: unknown }[]) : [],
		);
	}

	async #schedule(): Promise<void> {
		const batchMs = this.#each.batchDurationMs ?? 1000;
		for (const { enqueue, when, advanceClock } of this.#scheduled()) {
			if (enqueue !== undefined && when === undefined) this.#queue.push(...(enqueue as unknown[][]));
			for (let ms = 0; ms < ((advanceClock as number | undefined) ?? 0); ms += batchMs)
				await (this.#clock as ManualClock).advance(batchMs);
		}
	}

	async #listen(): Promise<Any> {
		const server = createServer();
		this.#server = server;
		server.listen(0, "127.0.0.1");
		this.#socket = once(server, "connection").then(([socket]) => socket as Socket);
		await once(server, "listening");
		return (this.#ssc as StreamingContext).socketTextStream(
			"127.0.0.1",
			(server.address() as AddressInfo).port,
		) as unknown as Any;
	}

	async #send(): Promise<void> {
		const socket = (await this.#socket) as Socket;
		for (const batch of this.#each.batches) {
			for (const line of batch as string[]) socket.write(`${line}\n`);
			await (this.#clock as ManualClock).advance(this.#each.batchDurationMs ?? 1000);
		}
	}

	/** Which line comes in which batch is the network's: the clock goes on until all have come. */
	async #untilDone(ms: number): Promise<void> {
		const wanted = this.#each.expected.flat().length;
		for (let batch = 0; batch < 1000 && this.#outputs.flat().length < wanted; batch++)
			await (this.#clock as ManualClock).advance(ms);
	}
}

async function throwing(expected: ExpectedError, act: () => Promise<void>): Promise<void> {
	let thrown: unknown;
	try {
		await act();
	} catch (error) {
		thrown = error;
	}
	expect(thrown, `must throw ${expected.class}`).toBeInstanceOf(Error);
	for (const text of expected.messageContains ?? [])
		expect((thrown as Error).message.toLowerCase()).toContain(text.toLowerCase());
}
