// The narrow parts of composite operators as stream operators.
import { narrowStream } from "./narrow.ts";

export const pairNull = narrowStream("pairNull");
export const pairNullOne = narrowStream("pairNullOne");
export const pairOne = narrowStream("pairOne");
export const values = narrowStream("values");
export const flatGroups = narrowStream("flatGroups", { keepsKeys: true });
