// glom and mapPartitions on streams: what sees whole partitions.
import { lift } from "./lift.ts";

export const glom = lift("glom");
export const mapPartitions = lift("mapPartitions");
/** The same where the user vouches that pairs keep their keys. */
export const mapPartitionsKeepingKeys = lift("mapPartitionsKeepingKeys");
