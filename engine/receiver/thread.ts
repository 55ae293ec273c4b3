// Thread entry of the receiver host.
import { type MessagePort, workerData } from "node:worker_threads";
import "../sources/receivers.ts";
import type { ReceiverOptions } from "../runtime/receiver-messages.ts";
import { ReceiverHost } from "./host.ts";

const { port, options } = workerData as { port: MessagePort; options: ReceiverOptions };
new ReceiverHost(port, options);
