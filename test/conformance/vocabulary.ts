// The vocabulary of the conformance data: cases, function expressions, comparison of values.

import type { State, Time } from "../../engine/index.ts";

/** A function expression: a literal, or `[op, operands…]`. */
export type Expression = unknown;

/** One step of a pipeline or script. */
export interface Step {
	readonly op: string;
	readonly [field: string]: unknown;
}

/** What a failing step or case must say. */
export interface ExpectedError {
	readonly class: string;
	readonly messageContains?: readonly string[];
}

/** One case of a suite. */
export interface Case {
	readonly suite: string;
	readonly name: string;
	readonly kind: string;
	readonly pipeline: readonly Step[];
	readonly batches: readonly (readonly unknown[] | null)[];
	readonly batches2?: readonly (readonly unknown[] | null)[];
	readonly batches3?: readonly (readonly unknown[] | null)[];
	readonly expected: readonly (readonly unknown[])[];
	readonly useSet: boolean;
	readonly batchDurationMs?: number;
	readonly numInputPartitions?: number;
	readonly numPartitions?: number;
	readonly numPartitions2?: number;
	readonly numBatches?: number;
	readonly compare?: string;
	readonly expectedError?: ExpectedError;
	readonly errorAtBatch?: number;
	readonly expectedNumPartitions?: number | readonly number[];
	/** Per batch, all keys with their states. */
	readonly expectedState?: readonly (readonly unknown[])[];
	readonly expectedListener?: { readonly [name: string]: number };
	readonly master?: string;
}

/** A suite. */
export interface Suite {
	readonly suite: string;
	readonly defaults?: Partial<Case>;
	readonly cases: readonly Case[];
}

/** The engine lacks a step: the case is skipped under this name. */
export class Missing extends Error {
	override readonly name = "Missing";
	readonly step: string;
	constructor(step: string) {
		super(`the engine has no ${step} yet`);
		this.step = step;
	}
}

/** Throws `Missing` unless `owner` has a method or getter of that name. */
export function need(owner: object, method: string, step = method): void {
	if (!(method in owner)) throw new Missing(step);
}

/** Returns a text that is the same for equal values; sets compare without order. */
export function canon(value: unknown): string {
	if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "undefined";
	if (Array.isArray(value)) return `[${value.map(canon).join(",")}]`;
	if ("set" in value) return `{set:${[...new Set((value.set as unknown[]).map(canon))].sort().join(",")}}`;
	return `{${Object.keys(value)
		.sort()
		.map((key) => `${key}:${canon((value as { [key: string]: unknown })[key])}`)
		.join(",")}}`;
}

/** Returns elements in an order that depends on their values only; `distinct` lets duplicates collapse, as Spark's `toSet`. */
export function unordered(items: readonly unknown[], distinct: boolean): unknown[] {
	const texts = new Map<string, unknown>();
	const keyed = items.map((item) => ({ text: canon(item), item }));
	keyed.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
	if (!distinct) return keyed.map(({ item }) => item);
	for (const { text, item } of keyed) texts.set(text, item);
	return [...texts.values()];
}

/** Returns a function of a function expression. It captures the expression only, so that it can cross to executors. */
export function fn(expression: Expression): (...args: unknown[]) => never {
	return (...args) => evaluate(expression, args, {}) as never;
}

interface Scope {
	readonly outer?: readonly unknown[];
	readonly vars?: { readonly [name: string]: unknown };
	/** Of a `mapWithState` function: what it was called with. */
	readonly call?: StateCall;
}

/** What a function of `mapWithState` is called with. */
interface StateCall {
	readonly time: number;
	readonly key: unknown;
	readonly value: unknown;
	readonly state: State<unknown>;
}

function evaluate(expression: Expression, args: readonly unknown[], scope: Scope): unknown {
	if (!Array.isArray(expression)) return expression;
	const [op, ...x] = expression as [string, ...unknown[]];
	const at = (i: number) => evaluate(x[i], args, scope);
	const n = (i: number) => at(i) as number;
	const list = (i: number) => at(i) as unknown[];
	const option = (i: number) => at(i) as { some?: unknown; none?: true };
	const each = (items: unknown[], f: unknown) => items.map((item) => evaluate(f, [item], { ...scope, outer: args }));
	switch (op) {
		case "arg":
			return args[x[0] as number];
		case "outer":
			return (scope.outer as unknown[])[x[0] as number];
		case "var":
			return scope.vars?.[x[0] as string];
		case "const":
			return x[0];
		case "+":
			return n(0) + n(1);
		case "-":
			return n(0) - n(1);
		case "*":
			return n(0) * n(1);
		case "/":
			return n(0) / n(1);
		case "%":
			return n(0) % n(1);
		case "==":
			return canon(at(0)) === canon(at(1));
		case "!=":
			return canon(at(0)) !== canon(at(1));
		case "<":
			return n(0) < n(1);
		case "<=":
			return n(0) <= n(1);
		case ">":
			return n(0) > n(1);
		case ">=":
			return n(0) >= n(1);
		case "if":
			return at(0) ? at(1) : at(2);
		case "let": {
			const vars = { ...scope.vars };
			for (const [name, value] of Object.entries(x[0] as object))
				vars[name] = evaluate(value, args, { ...scope, vars });
			return evaluate(x[1], args, { ...scope, vars });
		}
		case "tuple":
		case "list":
			return x.map((_, i) => at(i));
		case "get":
			return list(0)[n(1)];
		case "field":
			return (at(0) as { [name: string]: unknown })[x[1] as string];
		case "obj":
			return Object.fromEntries(
				Object.entries(x[0] as object).map(([key, value]) => [key, evaluate(value, args, scope)]),
			);
		case "some":
			return { some: at(0) };
		case "none":
			return { none: true };
		case "getOrElse":
			return "some" in option(0) ? option(0).some : at(1);
		case "isDefined":
			return "some" in option(0);
		case "unwrap":
			return option(0).some;
		case "sum":
			return (list(0) as number[]).reduce((a, b) => a + b, 0);
		case "size":
		case "length":
			return list(0).length;
		case "sorted":
			return [...list(0)].sort((a, b) => ((a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0));
		case "distinct":
			return [...new Map(list(0).map((item) => [canon(item), item])).values()];
		case "set":
			return { set: at(0) };
		case "max":
			return Math.max(...x.map((_, i) => n(i)));
		case "range":
			return Array.from({ length: Math.max(0, n(1) - n(0) + 1) }, (_, i) => n(0) + i);
		case "concatLists":
			return [...list(0), ...list(1)];
		case "map":
		case "mapWith":
			return each(list(0), x[1]);
		case "str":
			return String(at(0));
		case "concat":
			return x.map((_, i) => at(i)).join("");
		case "upper":
			return (at(0) as string).toUpperCase();
		case "contains":
			return (at(0) as string).includes(at(1) as string);
		case "chars":
			return [...(at(0) as string)];
		case "split":
			return (at(0) as string).split(at(1) as string);
		case "join":
			return list(0).join(at(1) as string);
		case "toInt":
			return Number.parseInt(at(0) as string, 10);
		case "time":
			return scope.call?.time;
		case "key":
			return scope.call?.key;
		case "value":
			return scope.call?.value === undefined ? { none: true } : { some: scope.call.value };
		case "state.exists":
			return scope.call?.state.exists();
		case "state.get":
			return scope.call?.state.get();
		case "state.getOption":
			return scope.call?.state.exists() ? { some: scope.call.state.get() } : { none: true };
		case "state.isTimingOut":
			return scope.call?.state.isTimingOut();
		case "state.update":
			return scope.call?.state.update(at(0));
		case "state.remove":
			return scope.call?.state.remove();
		case "throw": {
			const error = new Error(x[1] as string);
			error.name = x[0] as string;
			throw error;
		}
		default:
			throw new Error(`unknown function "${op}" in the conformance data`);
	}
}

/** The body of a function of `mapWithState`. */
export interface StateBody {
	readonly let?: { readonly [name: string]: Expression };
	readonly if?: Expression;
	readonly then?: StateBody;
	readonly else?: StateBody;
	readonly do?: readonly Expression[];
	readonly return?: Expression;
}

function runBody(body: StateBody, scope: Scope): unknown {
	const vars: { [name: string]: unknown } = { ...scope.vars };
	for (const [name, value] of Object.entries(body.let ?? {})) vars[name] = evaluate(value, [], { ...scope, vars });
	const inner = { ...scope, vars };
	if (body.if !== undefined) {
		const branch = evaluate(body.if, [], inner) ? body.then : body.else;
		return branch === undefined ? undefined : runBody(branch, inner);
	}
	for (const effect of body.do ?? []) evaluate(effect, [], inner);
	return evaluate(body.return, [], inner);
}

/** Returns a function of `mapWithState` with three or four parameters; with four, what it gives is an option. */
export function stateFn(body: StateBody, arity: number): (...args: never[]) => never {
	if (arity === 3)
		return ((key: unknown, value: unknown, state: State<unknown>) =>
			runBody(body, { call: { time: Number.NaN, key, value, state } })) as never;
	return ((time: Time, key: unknown, value: unknown, state: State<unknown>) => {
		const result = runBody(body, { call: { time: time.milliseconds, key, value, state } }) as { some?: unknown };
		return "some" in result ? result.some : undefined;
	}) as never;
}

/** Returns an `updateStateByKey` function of (time, key, values, option). */
export function timedUpdateFn(expression: Expression): (...args: never[]) => never {
	return ((time: Time, key: unknown, values: unknown[], state: unknown) => {
		const previous = state === undefined ? { none: true } : { some: state };
		const next = evaluate(expression, [time.milliseconds, key, values, previous], {}) as { some?: unknown };
		return "some" in next ? next.some : undefined;
	}) as never;
}

/** Returns an `updateStateByKey` function of an expression over (values, option) that gives an option. */
export function updateFn(expression: Expression): (values: unknown[], state: unknown) => never {
	return (values, state) => {
		const next = evaluate(expression, [values, state === undefined ? { none: true } : { some: state }], {}) as {
			some?: unknown;
		};
		return ("some" in next ? next.some : undefined) as never;
	};
}
