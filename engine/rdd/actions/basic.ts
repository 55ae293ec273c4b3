// Actions that return elements or numbers: collect, take, count, reduce, run.
import type { ActionOperator } from "../../plan/operators.ts";

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
		const each = (element: unknown) => {
			result = any ? f(result, element) : element;
			any = true;
		};
		return { sink: { shape: "each", each }, finish: () => (any ? [result] : []) };
	},
};

export const foreach: ActionOperator = {
	action: "foreach",
	begin({ fn }) {
		return { sink: { shape: "each", each: fn("f") as (element: unknown) => void }, finish: () => [] };
	},
};

export const foreachPartition: ActionOperator = {
	action: "foreachPartition",
	begin({ fn }) {
		const items: unknown[] = [];
		const finish = () => {
			(fn("f") as (items: Iterable<unknown>) => void)(items.values() as Iterable<unknown>);
			return [];
		};
		return { sink: { shape: "records", items }, finish };
	},
};
