// filter on streams: filter of each batch; pairs stay in their partitions.
import { narrowStream } from "./narrow.ts";

export const filter = narrowStream("filter", { keepsKeys: true });
