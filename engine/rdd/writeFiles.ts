// writeText and writeObjects: each partition into a file of its own; nothing comes out.
import { encodeRecords } from "../data/index.ts";
import { printed } from "./actions/print.ts";
import { writePart } from "./files.ts";
import { partitionWise } from "./partition-wise.ts";

export const writeText = partitionWise("writeText", (context) => {
	const { path, gzip, partition } = context.params as { path: string; gzip: boolean; partition: number };
	const text = context.records(0).map((element) => `${printed(element)}\n`);
	writePart(path, partition, text.join(""), gzip);
	return { shape: "records", items: [] };
});

export const writeObjects = partitionWise("writeObjects", (context) => {
	const { path, partition } = context.params as { path: string; partition: number };
	writePart(path, partition, new Uint8Array(encodeRecords(context.records(0))));
	return { shape: "records", items: [] };
});
