// How operators look in pictures on the notebook thread, where their implementations are not loaded.
import type { OperatorLooks } from "../plan/view.ts";

const sources = new Set(["socketTextStream", "queueStream"]);
const shuffles = new Set(["reduceByKey", "groupByKey", "count", "updateStateByKey", "join"]);
const seconds = (ms: unknown) => `${Number(ms) / 1000} s`;

/** Labels and marks of the stream operators. */
export const looks: OperatorLooks = {
	label(op, params) {
		switch (op) {
			case "socketTextStream":
				return `socket ${params.host}:${params.port}`;
			case "queueStream":
				return (params.name as string | undefined) ?? "queue";
			case "window":
			case "reduceWindow":
				return `${op === "window" ? "window" : "reduceByKeyAndWindow"} ${seconds(params.window)}`;
			default:
				return op;
		}
	},
	isSource: (op) => sources.has(op),
	isShuffle: (op) => shuffles.has(op),
};
