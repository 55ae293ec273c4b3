// Entry of a worker that tells of batches as a driver does, so that views can be tested without an engine.

import type { MessagePort } from "node:worker_threads";
import { workerData } from "node:worker_threads";
import type { ViewCommand, ViewEvent } from "../../engine/views/events.ts";
import { Feed } from "../widgets/sample.ts";

const { port, every, batches, done } = workerData as {
	port: MessagePort;
	every: number;
	batches: number;
	done: SharedArrayBuffer;
};
const feed = new Feed();
// [batches that have ended, seq of the newest event]
const progress = new Int32Array(done);
let number = 0;

function send(events: readonly ViewEvent[]): void {
	for (const event of events) port.postMessage(event);
	Atomics.store(progress, 1, feed.seq);
	Atomics.store(progress, 0, number);
	Atomics.notify(progress, 0);
}

function stop(): void {
	clearInterval(timer);
	send(feed.stop());
}

const timer = setInterval(() => {
	number += 1;
	send(feed.batch(number));
	if (number === batches) clearInterval(timer);
}, every);

port.on("message", (command: ViewCommand) => {
	if (command.kind === "stop") stop();
});
send(feed.start());
