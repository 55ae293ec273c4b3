// mapAsync on streams: mapAsync of each batch.
import { lift } from "./lift.ts";

export const mapAsync = lift("mapAsync");
