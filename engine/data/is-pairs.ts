// Tells from the header alone whether encoded records are pairs.
import { ColumnReader } from "./read-columns.ts";

/** Returns whether `decodePairs` reads this without making records first. */
export function isPairs(data: SharedArrayBuffer | Uint8Array): boolean {
	return new ColumnReader(data).enterTuple(2);
}
