// glom: each partition as one array.
import { partitionWise } from "./partition-wise.ts";

export const glom = partitionWise("glom", (context) => ({ shape: "records", items: [context.records(0)] }));
