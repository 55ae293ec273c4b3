// Stream steps of the conformance data on the engine.
import { DStream, ManualClock, type RDD, StateSpec, StreamingContext } from "../../engine/index.ts";
import { TestSource } from "../../engine/testing/index.ts";
import { needRddSteps, transformRdd } from "./rdds.ts";
import {
	type Case,
	fn,
	Missing,
	need,
	type StateBody,
	type Step,
	stateFn,
	timedUpdateFn,
	updateFn,
} from "./vocabulary.ts";

type Any = DStream<never>;
type Call = (...args: unknown[]) => unknown;
type Build = (stream: Any, step: Step, named: { readonly [id: string]: Any }, ssc: StreamingContext) => unknown;

function call(stream: Any, method: string, ...args: unknown[]): unknown {
	return (stream as unknown as { [name: string]: Call })[method](...args);
}

const unary: Build = (stream, step) => call(stream, step.op, fn(step.fn));
const binary: Build = (stream, step, named) => call(stream, step.op, named[step.other as string], step.numPartitions);

const windowed: Build = (stream, step) => call(stream, step.op, step.windowMs, step.slideMs);

/** Spark's options of outer joins: the engine has undefined where Spark has None. */
function optional(joined: unknown, left: boolean, right: boolean): unknown {
	return call(joined as Any, "mapValues", ([a, b]: [unknown, unknown]) => [
		left ? (a === undefined ? { none: true } : { some: a }) : a,
		right ? (b === undefined ? { none: true } : { some: b }) : b,
	]);
}

/** The initial states of a step as an RDD. */
function states(ssc: StreamingContext, step: Step): RDD<unknown> {
	return ssc.sparkContext.parallelize(step.initialState as [unknown, unknown][], 2);
}

/** Steps whose parameters need more than a method of that name. */
const parameters: { readonly [op: string]: (step: Step) => void } = {
	updateStateByKey(step) {
		if (step.variant !== undefined && step.variant !== "time,key,values,state")
			throw new Missing(`updateStateByKey(${step.variant})`);
	},
	transform(step) {
		if (Array.isArray(step.rdd)) needRddSteps(step.rdd as Step[]);
	},
	transformWith(step) {
		needRddSteps(step.rdd as Step[]);
	},
	contextTransform(step) {
		if (Array.isArray(step.rdd)) needRddSteps(step.rdd as Step[]);
	},
};

const builders: { readonly [op: string]: Build } = {
	map: unary,
	flatMap: unary,
	filter: unary,
	mapValues: unary,
	flatMapValues: unary,
	reduceByKey: (stream, step) => call(stream, "reduceByKey", fn(step.fn), step.numPartitions),
	groupByKey: (stream, step) => call(stream, "groupByKey", step.numPartitions),
	count: (stream) => stream.count(),
	persist: (stream, step) => call(stream, "persist", step.level),
	contextTransform: (_stream, step, named, ssc) => {
		const steps = step.rdd as Step[] | "unionAll";
		const ins = (step.ins as string[]).map((id) => named[id]);
		return ssc.transform(ins, (rdds: RDD<never>[]): RDD<never> => {
			if (steps === "unionAll") return rdds.slice(1).reduce((all, rdd) => all.union(rdd), rdds[0]);
			return transformRdds(rdds, steps);
		});
	},
	union: (stream, step, named) => stream.union(named[step.other as string]),
	join: binary,
	contextUnion: (_stream, step, named, ssc) => ssc.union((step.ins as string[]).map((id) => named[id])),
	window: (stream, step) => stream.window(step.windowMs as number, step.slideMs as number | undefined),
	reduceByKeyAndWindow: (stream, step) =>
		step.inverse === undefined
			? call(stream, step.op, fn(step.fn), step.windowMs, step.slideMs)
			: call(
					stream,
					step.op,
					fn(step.fn),
					fn(step.inverse),
					step.windowMs,
					step.slideMs,
					step.filter === undefined ? undefined : { filter: fn(step.filter) },
				),
	updateStateByKey: (stream, step, _named, ssc) => {
		const initial = step.initialState === undefined ? undefined : states(ssc, step);
		if (step.variant === undefined) return call(stream, step.op, updateFn(step.update), step.numPartitions, initial);
		return call(stream, step.op, timedUpdateFn(step.update), step.numPartitions, step.rememberPartitioner, initial);
	},
	mapWithState: (stream, step, _named, ssc) => {
		const spec = StateSpec.function<unknown, unknown, unknown, never>(
			stateFn(step.fn as StateBody, step.arity as number) as never,
		);
		if (step.numPartitions !== undefined) spec.numPartitions(step.numPartitions as number);
		if (step.timeoutMs !== undefined) spec.timeout(step.timeoutMs as number);
		if (step.initialState !== undefined) spec.initialState(states(ssc, step) as never);
		return call(stream, "mapWithState", spec);
	},
	stateSnapshots: (stream) => call(stream, "stateSnapshots"),
	glom: (stream) => call(stream, "glom"),
	repartition: (stream, step) => call(stream, "repartition", step.numPartitions),
	mapPartitions: (stream, step) => {
		const f = fn(step.fn);
		return call(stream, "mapPartitions", (items: Iterable<unknown>) => f([...items]));
	},
	reduce: unary,
	countByValue: (stream) => call(stream, "countByValue"),
	combineByKey: (stream, step) =>
		call(stream, "combineByKey", fn(step.create), fn(step.mergeValue), fn(step.mergeCombiner), step.numPartitions),
	cogroup: binary,
	leftOuterJoin: (stream, step, named, ssc) => optional(binary(stream, step, named, ssc), false, true),
	rightOuterJoin: (stream, step, named, ssc) => optional(binary(stream, step, named, ssc), true, false),
	fullOuterJoin: (stream, step, named, ssc) => optional(binary(stream, step, named, ssc), true, true),
	reduceByWindow: (stream, step) =>
		step.inverse === undefined
			? call(stream, step.op, fn(step.fn), step.windowMs, step.slideMs)
			: call(stream, step.op, fn(step.fn), fn(step.inverse), step.windowMs, step.slideMs),
	groupByKeyAndWindow: windowed,
	countByWindow: windowed,
	countByValueAndWindow: windowed,
	transformWith: (stream, step, named) => {
		const steps = step.rdd as Step[];
		return call(stream, "transformWith", named[step.other as string], (left: never, right: never) =>
			transformRdd(left, steps, { second: right }),
		);
	},
	transform: (stream, step) => {
		const steps = step.rdd as Step[] | null;
		if (steps === null) return call(stream, "transform", () => null);
		return call(stream, "transform", (rdd: never) => transformRdd(rdd, steps, {}));
	},
};

/** Returns the RDD after steps that say which RDDs they are about: `of`, `with` by index, `as`, `in` by name. */
function transformRdds(rdds: readonly RDD<never>[], steps: readonly Step[]): RDD<never> {
	const named: { [name: string]: RDD<never> } = {};
	let current = rdds[0];
	const found = (of: unknown) => (typeof of === "number" ? rdds[of] : named[of as string]);
	for (const step of steps) {
		// A list of two is both sides of a binary step.
		const [from, other] = Array.isArray(step.of) ? (step.of as unknown[]) : [step.of ?? step.in, step.with];
		const rdd = from === undefined ? current : found(from);
		current = transformRdd(rdd, [step], { second: other === undefined ? undefined : found(other) });
		if (typeof step.as === "string") named[step.as] = current;
	}
	return current;
}

/** Throws `Missing` for the first step the engine does not have. */
export function needSteps(steps: readonly Step[]): void {
	for (const step of steps) {
		// The state does not depend on when it is written down.
		if (step.op === "checkpoint") continue;
		if (step.op === "stateSnapshots") need(DStream.prototype, "mapWithState", step.op);
		else if (step.op === "contextTransform") need(StreamingContext.prototype, "transform", step.op);
		else if (step.op === "contextUnion") need(StreamingContext.prototype, "union", step.op);
		else need(DStream.prototype, step.op);
		parameters[step.op]?.(step);
		if (!(step.op in builders))
			throw new Error(`the engine has ${step.op}, the conformance runner does not: add it to streams.ts`);
	}
}

/** Returns the output stream of a pipeline. */
export function buildStream(ssc: StreamingContext, each: Case): Any {
	const slices = each.numInputPartitions ?? 2;
	const input = (batches: Case["batches"]) => new TestSource(ssc, batches as never[], slices).stream as Any;
	const named: { [id: string]: Any } = { input: input(each.batches) };
	if (each.batches2 !== undefined) named.input2 = input(each.batches2);
	if (each.batches3 !== undefined) named.input3 = input(each.batches3);
	let current = named.input;
	for (const step of each.pipeline) {
		const from = typeof step.in === "string" ? named[step.in] : current;
		if (step.op !== "checkpoint") current = builders[step.op](from, step, named, ssc) as Any;
		else if ("checkpoint" in from) current = call(from, "checkpoint", step.intervalMs) as Any;
		if (typeof step.id === "string") named[step.id] = current;
	}
	return current;
}

/** What came out of a case. */
export interface StreamOutcome {
	readonly outputs: unknown[][];
	/** Per batch the snapshot of the states, where the case expects one. */
	readonly states: unknown[][];
	/** The first error, and how many batches there were before it. */
	readonly error: Error | undefined;
	readonly errorAtBatch: number | undefined;
}

/** Runs a case of kind `stream`, or `error` with stream steps. */
export async function runStreamCase(
	each: Case,
	runtime: "in-process" | "threads",
	executors: number,
): Promise<StreamOutcome> {
	needSteps(each.pipeline);
	const clock = new ManualClock();
	const batchMs = each.batchDurationMs ?? 1000;
	const ssc = new StreamingContext({
		master: each.master ?? "local[2]",
		appName: each.name,
		batch: batchMs,
		clock,
		runtime,
		executors,
	});
	const outputs: unknown[][] = [];
	const snapshots: unknown[][] = [];
	let error: Error | undefined;
	let errorAtBatch: number | undefined;
	try {
		const stream = buildStream(ssc, each);
		stream.foreachRDD(async (rdd) => {
			outputs.push(await rdd.collect());
		});
		if (each.expectedState !== undefined)
			(call(stream, "stateSnapshots") as Any).foreachRDD(async (rdd) => {
				snapshots.push(await rdd.collect());
			});
		await ssc.start();
		const batches = each.numBatches ?? Math.max(each.batches.length, 1);
		for (let batch = 0; batch < batches && error === undefined; batch++) {
			await clock.advance(batchMs);
			await ssc.awaitBatches(0).catch((thrown: Error) => {
				error = thrown;
				errorAtBatch = batch;
			});
		}
	} finally {
		await ssc.stop().catch((thrown: Error) => {
			error ??= thrown;
		});
	}
	return { outputs, states: snapshots, error, errorAtBatch };
}
