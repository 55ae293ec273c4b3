// All sources; the driver loads this list.
import { registerDStream } from "../plan/operators.ts";
import { fileStream } from "./file-stream.ts";
import { queueStream } from "./queue.ts";
import { socketTextStream } from "./socket-stream.ts";

for (const source of [fileStream, queueStream, socketTextStream]) registerDStream(source);
