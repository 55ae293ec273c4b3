// RDD steps of the conformance data on the engine.
import { RDD, type SparkContext } from "../../engine/index.ts";
import { type Case, fn, Missing, need, type Step } from "./vocabulary.ts";

type Any = RDD<never>;
type Call = (...args: unknown[]) => unknown;

/** Where the second side of a binary step comes from. */
export interface RddScope {
	readonly sc?: SparkContext;
	readonly second?: Any;
	readonly all?: readonly Any[];
}

/** Throws `Missing` for steps the engine does not have; `last` may be an action. */
export function needRddSteps(steps: readonly Step[]): void {
	for (const step of steps) {
		if (step.op === "contextUnion") continue;
		if (step.op === "emptyRDD" || step.op === "unionAll") continue;
		if (step.op === "collectAsMap" && !("collectAsMap" in RDD.prototype)) throw new Missing("collectAsMap");
		need(RDD.prototype, step.op);
		if (!(step.op in transformations) && !(step.op in actions))
			throw new Error(`the engine has ${step.op}, the conformance runner does not: add it to rdds.ts`);
	}
}

function call(rdd: Any, method: string, ...args: unknown[]): unknown {
	return (rdd as unknown as { [name: string]: Call })[method](
		...args.filter((arg, i) => arg !== undefined || i < args.length - 1),
	);
}

function second(step: Step, scope: RddScope): Any {
	if (Array.isArray(step.data)) return (scope.sc as SparkContext).parallelize(step.data as never[], 2);
	if (scope.second === undefined) throw new Error(`${step.op} has no second side`);
	return scope.second;
}

const unary = (rdd: Any, step: Step) => call(rdd, step.op, fn(step.fn));
const binary = (rdd: Any, step: Step, scope: RddScope) => call(rdd, step.op, second(step, scope), step.numPartitions);

const transformations: { readonly [op: string]: (rdd: Any, step: Step, scope: RddScope) => unknown } = {
	map: unary,
	flatMap: unary,
	filter: unary,
	mapValues: unary,
	flatMapValues: unary,
	reduceByKey: (rdd, step) => call(rdd, "reduceByKey", fn(step.fn), step.numPartitions),
	groupByKey: (rdd, step) => call(rdd, "groupByKey", step.numPartitions),
	join: binary,
	union: (rdd, step, scope) =>
		step.with === "self" ? call(rdd, "union", rdd) : call(rdd, "union", second(step, scope)),
};

const actions: { readonly [op: string]: (rdd: Any, step: Step) => Promise<unknown> } = {
	collect: (rdd) => rdd.collect(),
	count: (rdd) => rdd.count().then((n) => [n]),
	take: (rdd, step) => rdd.take(step.n as number),
	first: (rdd) => rdd.first().then((x) => [x]),
	isEmpty: (rdd) => rdd.isEmpty().then((x) => [x]),
	reduce: (rdd, step) => rdd.reduce(fn(step.fn)).then((x) => [x]),
	collectAsMap: (rdd) => (call(rdd, "collectAsMap") as Promise<Map<unknown, unknown>>).then((map) => [...map]),
};

/** Returns the RDD after transformation steps. */
export function transformRdd(rdd: Any, steps: readonly Step[], scope: RddScope): Any {
	return steps.reduce<Any>((at, step) => {
		if (step.op === "contextUnion") return (scope.sc as SparkContext).union((step.with as unknown[]).map(() => at));
		return transformations[step.op](at, step, scope) as Any;
	}, rdd);
}

/** Runs a case of kind `rdd`; resolves with the result of its action. */
export async function runRddCase(sc: SparkContext, each: Case): Promise<unknown> {
	needRddSteps(each.pipeline);
	if (each.expectedNumPartitions !== undefined) need(RDD.prototype, "getNumPartitions");
	const rdd = sc.parallelize(each.batches[0] as never[], each.numPartitions ?? 1);
	const other = each.batches2?.[0] ?? undefined;
	const scope = {
		sc,
		second: other === undefined ? undefined : sc.parallelize(other as never[], each.numPartitions2 ?? 2),
	};
	const action = each.pipeline.at(-1) as Step;
	return actions[action.op](transformRdd(rdd, each.pipeline.slice(0, -1), scope), action);
}
