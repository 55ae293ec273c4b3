// map on streams: map of each batch.
import { narrowStream } from "./narrow.ts";

export const map = narrowStream("map");
