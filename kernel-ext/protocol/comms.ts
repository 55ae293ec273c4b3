// The comms of the kernel: who opened them, who handles them, and which are widget models.
import { randomUUID } from "node:crypto";
import { putBuffers } from "./buffers.ts";
import type { Iopub } from "./iopub.ts";
import { Model, updateStates } from "./models.ts";
import type { CommHandler, CommMessage, CommOpening } from "./outputs.ts";
import type { Requests } from "./requests.ts";
import type { Header, Message } from "./wire.ts";

/** Comm target of widget models. */
export const WIDGET_TARGET = "jupyter.widget";
/** Comm target by which a front end asks for all widget models at once. */
export const CONTROL_TARGET = "jupyter.widget.control";

interface Comm {
	readonly id: string;
	readonly target: string;
	/** Parent of its messages while nothing executes. */
	readonly opener: Header | undefined;
	handler?: CommHandler;
	model?: Model;
}

/** Table of open comms; routes messages between front ends and handlers. */
export class Comms {
	readonly #iopub: Iopub;
	readonly #requests: Requests;
	readonly #comms = new Map<string, Comm>();
	readonly #targets = new Map<string, CommHandler>();

	constructor(iopub: Iopub, requests: Requests) {
		this.#iopub = iopub;
		this.#requests = requests;
		this.#targets.set(CONTROL_TARGET, (message) => {
			if (message.kind === "msg" && message.data.method === "request_states") this.#sendStates(message);
		});
	}

	/** Opens a comm from the kernel's side and returns its id. */
	open(comm: CommOpening, opener = this.#requests.headerFor(comm.cellKey), handler?: CommHandler): string {
		const id = comm.id ?? randomUUID();
		const entry: Comm = { id, target: comm.target, opener, handler };
		this.#comms.set(id, entry);
		if (comm.target === WIDGET_TARGET) {
			const state = structuredClone((comm.data.state ?? {}) as { [name: string]: unknown });
			putBuffers(state, comm.data.buffer_paths, comm.buffers ?? []);
			entry.model = this.#model(entry, state);
		}
		const content = { comm_id: id, target_name: comm.target, data: comm.data };
		this.#iopub.publish("comm_open", content, this.#requests.current?.header ?? opener, comm.metadata, comm.buffers);
		return id;
	}

	/** Returns the widget model of a comm. */
	modelOf(id: string): Model | undefined {
		return this.#comms.get(id)?.model;
	}

	#model(entry: Comm, state: { [name: string]: unknown }): Model {
		return new Model(entry.id, state, {
			message: (data, buffers, parent) => this.message(entry.id, data, buffers, undefined, parent),
			close: () => this.close(entry.id),
		});
	}

	/** Sends a message of an open comm. */
	message(
		id: string,
		data: { readonly [name: string]: unknown },
		buffers?: readonly Uint8Array[],
		metadata?: unknown,
		parent?: Header,
	): void {
		const comm = this.#comms.get(id);
		if (!comm) return;
		const header = parent ?? this.#requests.current?.header ?? comm.opener;
		this.#iopub.publish("comm_msg", { comm_id: id, data }, header, metadata, buffers);
	}

	/** A message that the notebook thread sent raw: widget updates are also kept for reloads. */
	messageFromNotebook(
		id: string,
		data: { [name: string]: unknown },
		buffers: readonly Uint8Array[],
		metadata: unknown,
	): void {
		const model = this.#comms.get(id)?.model;
		if (model && data.method === "update") model.merge(data, buffers);
		this.message(id, data, buffers, metadata);
	}

	/** Closes a comm from the kernel's side. */
	close(id: string, data: { readonly [name: string]: unknown } = {}, parent?: Header): void {
		const comm = this.#comms.get(id);
		if (!comm) return;
		this.#comms.delete(id);
		this.#iopub.publish("comm_close", { comm_id: id, data }, parent ?? this.#requests.current?.header ?? comm.opener);
		comm.model?.closed();
	}

	/** Handles the messages of one comm. */
	onMessage(id: string, handler: CommHandler): void {
		const comm = this.#comms.get(id);
		if (comm) comm.handler = handler;
	}

	/** Handles comms that front ends open on `target`; undefined removes the handler. */
	setTarget(target: string, handler: CommHandler | undefined): void {
		if (handler) this.#targets.set(target, handler);
		else this.#targets.delete(target);
	}

	/** Content of comm_info_reply. */
	info(target: unknown): { [id: string]: { target_name: string } } {
		const comms: { [id: string]: { target_name: string } } = {};
		for (const comm of this.#comms.values())
			if (target === undefined || target === null || target === "" || comm.target === target)
				comms[comm.id] = { target_name: comm.target };
		return comms;
	}

	/** Takes comm_open, comm_msg and comm_close of a front end. */
	async receive(message: Message): Promise<void> {
		const { content, header } = message;
		const id = String(content.comm_id ?? "");
		if (header.msg_type === "comm_open") {
			const target = String(content.target_name ?? "");
			const handler = this.#targets.get(target);
			if (!handler) {
				this.#iopub.publish("comm_close", { comm_id: id, data: {} }, header);
				return;
			}
			this.#comms.set(id, { id, target, opener: header, handler });
			await handler(commMessage("open", id, target, message));
			return;
		}
		const comm = this.#comms.get(id);
		if (!comm) return;
		if (header.msg_type === "comm_close") {
			this.#comms.delete(id);
			comm.model?.closed();
			await comm.handler?.(commMessage("close", id, comm.target, message));
			return;
		}
		const incoming = commMessage("msg", id, comm.target, message);
		await comm.model?.receive(incoming);
		await comm.handler?.(incoming);
	}

	/** Answers the control comm: the state of every widget model at once. */
	#sendStates(message: CommMessage): void {
		const models = [...this.#comms.values()].flatMap((comm) => (comm.model ? [comm.model] : []));
		const { data, buffers } = updateStates(models);
		this.message(message.commId, data, buffers, undefined, message.header);
		for (const model of models) model.stateRequested(message.header);
	}
}

function commMessage(kind: CommMessage["kind"], commId: string, target: string, message: Message): CommMessage {
	return {
		kind,
		commId,
		target,
		data: message.content.data ?? {},
		metadata: message.metadata,
		buffers: message.buffers,
		header: message.header,
	};
}
