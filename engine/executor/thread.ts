// Thread entry of an executor.
import { type MessagePort, workerData } from "node:worker_threads";
import "../rdd/operators.ts";
import { Executor, type ExecutorOptions } from "./executor.ts";

const { port, options } = workerData as { port: MessagePort; options: ExecutorOptions };
new Executor(port, options);
