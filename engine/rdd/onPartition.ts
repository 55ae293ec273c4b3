// onPartition: one element per partition, what the function makes of all its elements; how runJob works.
import { promiseError } from "./check.ts";
import { partitionWise } from "./partition-wise.ts";

export const onPartition = partitionWise("onPartition", (context) => {
	const f = context.fn("f") as unknown as (elements: Iterable<unknown>) => unknown;
	const elements = context.records(0).values();
	try {
		const made = f(elements);
		if (made instanceof Promise) throw promiseError("runJob");
		return { shape: "records", items: [made] };
	} catch (error) {
		throw context.failed(error);
	}
});
