// Comms for user code on the notebook thread.
import { randomUUID } from "node:crypto";
import type { ToNotebook, ToProtocol } from "../messages.ts";

/** JSON object that a comm message carries. */
export interface CommData {
	readonly [name: string]: unknown;
}

/** Called with the data and the binary buffers of a message. */
export type CommListener = (data: CommData, buffers: readonly Uint8Array[], metadata: CommData) => void;

/** A channel between the notebook and a front end. */
export interface Comm {
	readonly id: string;
	readonly target: string;
	/** Sends a message; `buffers` travel as binary frames. */
	send(data: CommData, buffers?: readonly Uint8Array[], metadata?: CommData): void;
	onMessage(listener: CommListener): void;
	onClose(listener: (data: CommData) => void): void;
	close(data?: CommData): void;
}

/** Called when a front end opens a comm on a registered target. */
export type TargetHandler = (comm: Comm, data: CommData, buffers: readonly Uint8Array[], metadata: CommData) => void;

type Incoming = Extract<ToNotebook, { kind: "comm" }>;

interface Wiring {
	readonly post: (message: ToProtocol) => void;
	/** The execution that runs now. */
	readonly exec: () => number;
	/** Runs a listener as part of the execution that registered it. */
	readonly bind: <A extends unknown[]>(listener: (...args: A) => void) => (...args: A) => void;
}

class NotebookComm implements Comm {
	readonly id: string;
	readonly target: string;
	readonly #wiring: Wiring;
	#message: CommListener[] = [];
	#close: ((data: CommData) => void)[] = [];
	#closed = false;

	constructor(id: string, target: string, wiring: Wiring) {
		this.id = id;
		this.target = target;
		this.#wiring = wiring;
	}

	send(data: CommData, buffers: readonly Uint8Array[] = [], metadata: CommData = {}): void {
		if (this.#closed) throw new Error(`Comm ${this.id} (${this.target}) is closed: open a new one to send.`);
		this.post("msg", data, buffers, metadata);
	}

	onMessage(listener: CommListener): void {
		this.#message.push(this.#wiring.bind(listener));
	}

	onClose(listener: (data: CommData) => void): void {
		this.#close.push(this.#wiring.bind(listener));
	}

	close(data: CommData = {}): void {
		if (this.#closed) return;
		this.#closed = true;
		this.post("close", data, [], {});
	}

	post(event: "open" | "msg" | "close", data: CommData, buffers: readonly Uint8Array[], metadata: CommData): void {
		const { id: commId, target } = this;
		const bytes = buffers.map((buffer) =>
			ArrayBuffer.isView(buffer)
				? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
				: new Uint8Array(buffer),
		);
		const exec = this.#wiring.exec();
		this.#wiring.post({ kind: "comm-send", event, exec, commId, target, data, metadata, buffers: bytes });
	}

	receive(message: Incoming): void {
		const data = message.data as CommData;
		if (message.event === "close") {
			this.#closed = true;
			for (const listener of this.#close) listener(data);
		} else for (const listener of this.#message) listener(data, message.buffers, message.metadata as CommData);
	}
}

/** The comms of a notebook. */
export class NotebookComms {
	readonly #wiring: Wiring;
	readonly #comms = new Map<string, NotebookComm>();
	readonly #targets = new Map<string, TargetHandler>();

	constructor(wiring: Wiring) {
		this.#wiring = wiring;
	}

	/** Opens a comm to `target` of the front end. */
	open(target: string, data: CommData = {}, buffers: readonly Uint8Array[] = [], metadata: CommData = {}): Comm {
		const comm = new NotebookComm(randomUUID(), target, this.#wiring);
		this.#comms.set(comm.id, comm);
		comm.post("open", data, buffers, metadata);
		return comm;
	}

	/** Lets front ends open comms on `target`; a second call for the same name replaces the handler. */
	registerTarget(target: string, handler: TargetHandler): void {
		this.#targets.set(target, this.#wiring.bind(handler));
		this.#wiring.post({ kind: "comm-target", target, open: true });
	}

	/** Refuses comms on `target` from now on. */
	unregisterTarget(target: string): void {
		this.#targets.delete(target);
		this.#wiring.post({ kind: "comm-target", target, open: false });
	}

	/** Takes a message of a front end. */
	receive(message: Incoming): void {
		if (message.event === "open") {
			const comm = new NotebookComm(message.commId, message.target, this.#wiring);
			this.#comms.set(comm.id, comm);
			this.#targets.get(message.target)?.(
				comm,
				message.data as CommData,
				message.buffers,
				message.metadata as CommData,
			);
			return;
		}
		const comm = this.#comms.get(message.commId);
		if (message.event === "close") this.#comms.delete(message.commId);
		comm?.receive(message);
	}
}
