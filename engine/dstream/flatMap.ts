// flatMap on streams: flatMap of each batch.
import { narrowStream } from "./narrow.ts";

export const flatMap = narrowStream("flatMap");
