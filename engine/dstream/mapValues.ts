// mapValues on streams: mapValues of each batch; pairs stay in their partitions.
import { narrowStream } from "./narrow.ts";

export const mapValues = narrowStream("mapValues", { keepsKeys: true });
