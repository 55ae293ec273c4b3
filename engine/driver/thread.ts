// Thread entry of the driver.
import { type MessagePort, workerData } from "node:worker_threads";
import "../dstream/operators.ts";
import "../rdd/operators.ts";
import type { DriverOptions } from "../runtime/messages.ts";
import { threads } from "../runtime/threads.ts";
import "../sources/operators.ts";
import { Driver } from "./driver.ts";

const { port, options, ports } = workerData as {
	port: MessagePort;
	options: DriverOptions;
	ports: { ring: MessagePort; events?: MessagePort };
};
new Driver({ notebook: port, ...ports }, options, threads);
