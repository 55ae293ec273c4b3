// Actions that return elements or numbers: collect, take, count, reduce, run.
import type { ActionOperator } from "../../plan/operators.ts";
import { promiseError } from "../check.ts";

/** Throws when a function has given a promise; true, so that the first result of a task can stand for the others. */
function noPromise(step: string, made: unknown): true {
	if (made instanceof Promise) throw promiseError(step);
	return true;
}

export const collect: ActionOperator = {
	action: "collect",
	begin() {
		const items: unknown[] = [];
		return { sink: { shape: "records", items }, finish: () => items };
	},
};

export const take: ActionOperator = {
	action: "take",
	begin({ params }) {
		const items: unknown[] = [];
		return { sink: { shape: "limited", items, limit: params.limit as number }, finish: () => items };
	},
};

export const count: ActionOperator = {
	action: "count",
	begin() {
		const sink = { shape: "count" as const, count: 0 };
		return { sink, finish: () => [sink.count] };
	},
};

export const reduce: ActionOperator = {
	action: "reduce",
	begin({ fn }) {
		const f = fn("f") as (a: unknown, b: unknown) => unknown;
		let any = false;
		let result: unknown;
		let checked = false;
		const each = (element: unknown) => {
			result = any ? f(result, element) : element;
			if (any && !checked) checked = noPromise("reduce", result);
			any = true;
		};
		return { sink: { shape: "each", each }, finish: () => (any ? [result] : []) };
	},
};

export const foreach: ActionOperator = {
	action: "foreach",
	begin({ fn }) {
		const f = fn("f") as (element: unknown) => unknown;
		let checked = false;
		const each = (element: unknown) => {
			const made = f(element);
			if (!checked) checked = noPromise("foreach", made);
		};
		return { sink: { shape: "each", each }, finish: () => [] };
	},
};

export const foreachPartition: ActionOperator = {
	action: "foreachPartition",
	begin({ fn }) {
		const items: unknown[] = [];
		const finish = () => {
			noPromise("foreachPartition", (fn("f") as (items: Iterable<unknown>) => unknown)(items.values()));
			return [];
		};
		return { sink: { shape: "records", items }, finish };
	},
};
