// The door of the engine: what `import … from "millrace"` gives. Also the place where the runtime is wired.
// May import: errors, conf, time, data, threads < plan, capture, journal < compile, rdd < dstream, views < runtime
// < context, driver, executor, receiver < sources. See scripts/lib/layers.mjs.
import { factories } from "./in-process.ts";
import { inProcess, provideSpawner, threads } from "./runtime/index.ts";

provideSpawner(threads);
provideSpawner(inProcess(factories));

export { freeze, type Live, live } from "./capture/index.ts";
export { Conf, type ConfSettings } from "./conf/index.ts";
export { AccumulatorV2, CollectionAccumulator, DoubleAccumulator, LongAccumulator } from "./context/accumulators.ts";
export type { Broadcast } from "./context/broadcast.ts";
export type { ListenerMethods as StreamingListener } from "./context/listeners.ts";
export { ManualClock } from "./context/manual-clock.ts";
export type { ContextOptions, StreamingOptions } from "./context/options.ts";
export type { QueueItem } from "./context/queue.ts";
export { SparkContext } from "./context/spark-context.ts";
export { StatsReportListener } from "./context/stats-report.ts";
export { type FileStreamOptions, type StopOptions, StreamingContext } from "./context/streaming-context.ts";
export {
	type AsyncOptions,
	DStream,
	type ErrorOptions,
	type ForeachOptions,
	type LiveView,
	type MapWithStateDStream,
} from "./dstream/dstream.ts";
export { StateSpec } from "./dstream/state-spec.ts";
export {
	CancelledError,
	CaptureError,
	ConfigError,
	JournalError,
	MemoryError,
	SourceError,
	SqlError,
	StateError,
	StreamError,
	type StreamErrorCode,
	TaskError,
	TimeoutError,
} from "./errors/index.ts";
export type { State } from "./rdd/mapWithState-state.ts";
export type { Ordering } from "./rdd/order.ts";
export { HashPartitioner, type Partitioner, type Partitioning } from "./rdd/partitioner.ts";
export { RDD, type Shape, type SortOptions } from "./rdd/rdd.ts";
export { StatCounter } from "./rdd/stat-counter.ts";
export type { StorageLevel } from "./rdd/storage-level.ts";
export { Duration, Interval, milliseconds, minutes, seconds, Time } from "./time/index.ts";
export type { BatchInfo, ListenerEvent, OutputOperationInfo, ReceiverInfo } from "./views/events.ts";
export { type CellRef, type EngineHost, installHost } from "./views/host.ts";
