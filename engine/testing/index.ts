// Door "millrace/testing": what users need to test streams.
export { ManualClock } from "../context/manual-clock.ts";
export { type RunBatchesOptions, runBatches } from "./run-batches.ts";
export { type TestInput, TestSource } from "./test-source.ts";
