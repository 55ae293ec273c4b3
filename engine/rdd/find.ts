// find: the values of one key; how lookup reads an RDD.
import { decodeRecords, keyOf } from "../data/index.ts";
import { partitionWise } from "./partition-wise.ts";

export const find = partitionWise("find", (context) => {
	const wanted = keyOf(decodeRecords(context.params.key as SharedArrayBuffer)[0]);
	const { keys, values } = context.table(0);
	return { shape: "records", items: keys.flatMap((key, i) => (keyOf(key) === wanted ? [values[i]] : [])) };
});
