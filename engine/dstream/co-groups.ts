// cogroup and the outer joins on streams: each batch's pairs of both sides, by key.
import { lift } from "./lift.ts";

const both = { shuffle: true, partitioned: true, needsParents: true } as const;

export const cogroup = lift("cogroup", both);
export const leftOuterJoin = lift("leftOuterJoin", both);
export const rightOuterJoin = lift("rightOuterJoin", both);
export const fullOuterJoin = lift("fullOuterJoin", both);
