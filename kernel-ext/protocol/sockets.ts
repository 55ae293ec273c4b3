// The five ZeroMQ sockets: bound, read in loops, written through one queue each.
import { Router, XPublisher } from "zeromq";
import type { Connection } from "./connection.ts";

type Writable = XPublisher | Router;

/** The sockets that messages come in by. */
export type Channel = "shell" | "control" | "stdin";

/** Sends frames one message after another: a zeromq socket takes one send at a time. */
export class SendQueue {
	readonly #socket: Writable;
	#waiting: Uint8Array[][] = [];
	#pump: Promise<void> | undefined;

	constructor(socket: Writable) {
		this.#socket = socket;
	}

	push(frames: Uint8Array[]): void {
		this.#waiting.push(frames);
		this.#pump ??= this.#run();
	}

	/** Resolves when everything pushed so far is handed to ZeroMQ. */
	async flushed(): Promise<void> {
		while (this.#pump) await this.#pump;
	}

	async #run(): Promise<void> {
		while (this.#waiting.length > 0) {
			const batch = this.#waiting;
			this.#waiting = [];
			for (const frames of batch) {
				try {
					await this.#socket.send(frames);
				} catch (error) {
					// A peer that is gone, or the socket was closed at shutdown: nobody to tell.
					if (this.#socket.closed) break;
					process.emitWarning(`A message could not be sent: ${(error as Error).message}`);
				}
			}
		}
		this.#pump = undefined;
	}
}

/** The sockets of a kernel. */
export class Sockets {
	readonly #shell = new Router({ linger: 200, sendHighWaterMark: 0 });
	readonly #control = new Router({ linger: 200, sendHighWaterMark: 0 });
	readonly #stdin = new Router({ linger: 0 });
	// No limit: a dropped comm or status message would freeze a front end; floods are limited at their source.
	readonly #iopub = new XPublisher({ linger: 200, sendHighWaterMark: 0, verbosity: "allSubs" });
	// No REP: it is stuck for ever when one peer breaks the turn of asking and answering.
	readonly #heartbeat = new Router({ linger: 0 });
	readonly shell = new SendQueue(this.#shell);
	readonly control = new SendQueue(this.#control);
	readonly stdin = new SendQueue(this.#stdin);
	readonly iopub = new SendQueue(this.#iopub);

	/** Binds all sockets; rejects with the address that is taken. */
	async bind(connection: Connection): Promise<void> {
		await Promise.all([
			bind(this.#shell, connection.shell),
			bind(this.#control, connection.control),
			bind(this.#stdin, connection.stdin),
			bind(this.#iopub, connection.iopub),
			bind(this.#heartbeat, connection.heartbeat),
		]);
	}

	/**
	 * Hands every message of shell, control and stdin to `receive`, every new subscription of iopub to `subscribed`, and
	 * answers heartbeats, until the sockets are closed.
	 */
	listen(receive: (channel: Channel, frames: Buffer[]) => void, subscribed: (topic: Buffer) => void): void {
		void readAll(this.#shell, (frames) => receive("shell", frames));
		void readAll(this.#control, (frames) => receive("control", frames));
		void readAll(this.#stdin, (frames) => receive("stdin", frames));
		void readAll(this.#iopub, ([frame]) => {
			if (frame?.[0] === 1) subscribed(frame.subarray(1));
		});
		void echo(this.#heartbeat);
	}

	/** Sends what is queued and closes the sockets. */
	async close(): Promise<void> {
		const flushed = Promise.all([this.shell.flushed(), this.control.flushed(), this.iopub.flushed()]);
		await Promise.race([flushed, new Promise((resolve) => setTimeout(resolve, 200))]);
		for (const socket of [this.#shell, this.#control, this.#stdin, this.#iopub, this.#heartbeat]) socket.close();
	}
}

async function bind(socket: Writable, address: string): Promise<void> {
	try {
		await socket.bind(address);
	} catch (cause) {
		throw new Error(`Cannot bind ${address}: ${(cause as Error).message}`, { cause });
	}
}

async function readAll(socket: Router | XPublisher, receive: (frames: Buffer[]) => void): Promise<void> {
	while (!socket.closed) {
		try {
			receive(await socket.receive());
		} catch (error) {
			if (socket.closed) return;
			process.emitWarning(`A message could not be read: ${(error as Error).message}`);
		}
	}
}

async function echo(socket: Router): Promise<void> {
	while (!socket.closed) {
		try {
			await socket.send(await socket.receive());
		} catch {
			if (socket.closed) return;
		}
	}
}
