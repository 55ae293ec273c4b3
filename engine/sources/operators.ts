// All sources; the driver loads this list.
import { registerDStream } from "../plan/operators.ts";
import { queueStream } from "./queue.ts";
import { socketTextStream } from "./socket-stream.ts";

for (const source of [queueStream, socketTextStream]) registerDStream(source);
