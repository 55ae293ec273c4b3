// Gates for user functions, streams to break, and a TCP server under the test's hand.
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { type ListenerEvent, ManualClock, StreamingContext, type StreamingListener } from "../../engine/index.ts";
import { killExecutor } from "../../engine/testing/faults.ts";
import { type Cell, cellOptions } from "../support/matrix.ts";

/** Words of a gate: how often a function is still held, how often one was, and whether it may go. */
export const LEFT = 0;
export const HELD = 1;
export const GO = 2;

/** A gate that holds user functions `times` times. In executors only: it blocks the thread. */
export function gate(times: number): Int32Array<SharedArrayBuffer> {
	const words = new Int32Array(new SharedArrayBuffer(12));
	words[LEFT] = times;
	return words;
}

/** Holds the calling thread when the gate still holds; what user functions call. */
export function pass(words: Int32Array<SharedArrayBuffer>): void {
	if (Atomics.sub(words, LEFT, 1) <= 0) return;
	Atomics.add(words, HELD, 1);
	Atomics.notify(words, HELD);
	Atomics.wait(words, GO, 0);
}

/** In Node, not yet in the library types of the tests. */
const { waitAsync } = Atomics as unknown as {
	waitAsync(words: Int32Array, index: number, value: number): { readonly value: Promise<string> | string };
};

/** Resolves when the gate has held `times` times. */
export async function held(words: Int32Array<SharedArrayBuffer>, times: number): Promise<void> {
	for (let now = Atomics.load(words, HELD); now < times; now = Atomics.load(words, HELD))
		await waitAsync(words, HELD, now).value;
}

/** Lets everything that the gate holds go on. */
export function open(words: Int32Array<SharedArrayBuffer>): void {
	Atomics.store(words, LEFT, 0);
	Atomics.store(words, GO, 1);
	Atomics.notify(words, GO);
}

/** A context on a manual clock, as the cell of the matrix says. */
export function manual(
	cell: Cell,
	conf: { readonly [key: string]: unknown } = {},
): { ssc: StreamingContext; clock: ManualClock } {
	const clock = new ManualClock();
	return { ssc: new StreamingContext({ ...cellOptions(cell, conf), batch: 1000, clock }), clock };
}

/** Ends all executors at once. */
export async function killAllExecutors(ssc: StreamingContext, cell: Cell): Promise<void> {
	await Promise.all(Array.from({ length: cell.executors }, (_, index) => killExecutor(ssc, index)));
}

/** Collects the events of a context; `until` resolves with the first event, past or to come, that a test accepts. */
export class Events {
	readonly all: ListenerEvent[] = [];
	#waiting: { accept: (event: ListenerEvent) => boolean; resolve: (event: ListenerEvent) => void }[] = [];

	constructor(ssc: StreamingContext) {
		const take = (event: ListenerEvent) => {
			this.all.push(event);
			for (const each of this.#waiting.filter(({ accept }) => accept(event))) {
				this.#waiting.splice(this.#waiting.indexOf(each), 1);
				each.resolve(event);
			}
		};
		const listener: { [name: string]: (event: never) => void } = {};
		for (const type of types) listener[`on${type}`] = take as never;
		ssc.addStreamingListener(listener as StreamingListener);
	}

	until(accept: (event: ListenerEvent) => boolean, from = 0): Promise<ListenerEvent> {
		const found = this.all.slice(from).find(accept);
		if (found !== undefined) return Promise.resolve(found);
		return new Promise((resolve) => this.#waiting.push({ accept, resolve }));
	}

	of<T extends ListenerEvent["type"]>(type: T): (ListenerEvent & { readonly type: T })[] {
		return this.all.filter((event) => event.type === type) as (ListenerEvent & { readonly type: T })[];
	}
}

const types = [
	"StreamingStarted",
	"StreamingStopped",
	"ReceiverStarted",
	"ReceiverError",
	"ReceiverStopped",
	"BatchSubmitted",
	"BatchStarted",
	"BatchCompleted",
	"OutputOperationStarted",
	"OutputOperationCompleted",
	"ExecutorAdded",
	"ExecutorLost",
] as const;

/** A TCP server that sends what the test says to its newest connection. */
export class LineServer {
	readonly #server: Server;
	#sockets: Socket[] = [];
	#waiting: ((socket: Socket) => void)[] = [];
	connections = 0;

	private constructor(server: Server) {
		this.#server = server;
		server.on("connection", (socket) => {
			socket.on("error", () => undefined);
			this.connections++;
			this.#sockets.push(socket);
			for (const resolve of this.#waiting.splice(0)) resolve(socket);
		});
	}

	static async listen(port = 0): Promise<LineServer> {
		const server = createServer();
		server.listen(port, "127.0.0.1");
		await once(server, "listening");
		return new LineServer(server);
	}

	get port(): number {
		return (this.#server.address() as { port: number }).port;
	}

	/** Resolves with connection number `n`, counted from 1. */
	async connection(n: number): Promise<Socket> {
		while (this.#sockets.length < n) await new Promise<Socket>((resolve) => this.#waiting.push(resolve));
		return this.#sockets[n - 1];
	}

	async close(): Promise<void> {
		for (const socket of this.#sockets) socket.destroy();
		this.#server.close();
		await once(this.#server, "close");
	}
}

/** Writes and resolves when the system has taken it. */
export function write(socket: Socket, data: string | Uint8Array): Promise<void> {
	return new Promise((resolve, reject) => socket.write(data, (error) => (error ? reject(error) : resolve())));
}
