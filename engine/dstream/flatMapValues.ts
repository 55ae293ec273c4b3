// flatMapValues on streams: flatMapValues of each batch; pairs stay in their partitions.
import { narrowStream } from "./narrow.ts";

export const flatMapValues = narrowStream("flatMapValues", { keepsKeys: true });
