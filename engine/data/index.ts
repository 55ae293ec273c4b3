// Contents of the data folder: the one format of records, and keys by value.
export { decodePairs, decodeRecords, encodePairs, encodeRecords } from "./codec.ts";
export { compact } from "./compact.ts";
export { Dictionary } from "./dictionary.ts";
export { isPlainObject, keyOf, valueEquals } from "./equality.ts";
export { hashBytes, hashKey, hashSeed, hashString, partitionOf } from "./hash.ts";
export { recordCount } from "./read-columns.ts";
export { countShared } from "./shared-memory.ts";
