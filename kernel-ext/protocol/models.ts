// Widget models kept in the protocol thread: their state, their updates, and the answers to reloading pages.
import { putBuffers, removeBuffers } from "./buffers.ts";
import type { CommMessage, ModelState, WidgetModel } from "./outputs.ts";
import type { Header } from "./wire.ts";

/** How a model reaches its comm. */
export interface ModelComm {
	message(data: { readonly [name: string]: unknown }, buffers?: readonly Uint8Array[], parent?: Header): void;
	close(): void;
}

/** Splits a state into what a comm message carries. */
export function statePayload(state: ModelState): {
	data: { state: unknown; buffer_paths: unknown };
	buffers: Uint8Array[];
} {
	const { state: plain, buffers, paths } = removeBuffers(state);
	return { data: { state: plain, buffer_paths: paths }, buffers };
}

/** Returns the `update_states` message that restores all models after a page reload. */
export function updateStates(models: readonly Model[]): {
	data: { readonly [name: string]: unknown };
	buffers: Uint8Array[];
} {
	const states: { [id: string]: unknown } = {};
	const buffer_paths: (string | number)[][] = [];
	const all: Uint8Array[] = [];
	for (const model of models) {
		const { state, buffers, paths } = removeBuffers(model.state);
		states[model.id] = {
			model_name: model.state._model_name,
			model_module: model.state._model_module,
			model_module_version: model.state._model_module_version,
			state,
		};
		for (const path of paths) buffer_paths.push([model.id, "state", ...path]);
		all.push(...buffers);
	}
	return { data: { method: "update_states", states, buffer_paths }, buffers: all };
}

/** One widget model. */
export class Model implements WidgetModel {
	readonly id: string;
	readonly #comm: ModelComm;
	#state: { [name: string]: unknown };
	#open = true;
	#custom: ((content: unknown, buffers: readonly Uint8Array[], header: Header) => void | Promise<void>)[] = [];
	#update: ((changed: ModelState, header: Header) => void | Promise<void>)[] = [];
	#requested: ((header: Header) => void)[] = [];
	#close: (() => void)[] = [];

	constructor(id: string, state: { [name: string]: unknown }, comm: ModelComm) {
		this.id = id;
		this.#state = state;
		this.#comm = comm;
	}

	get state(): ModelState {
		return this.#state;
	}

	set(state: ModelState, options: { readonly publish?: boolean } = {}): void {
		if (!this.#open) return;
		Object.assign(this.#state, state);
		if (options.publish === false) return;
		const { data, buffers } = statePayload(state);
		this.#comm.message({ method: "update", ...data }, buffers);
	}

	send(content: unknown, buffers?: readonly Uint8Array[], parent?: Header): void {
		if (this.#open) this.#comm.message({ method: "custom", content }, buffers, parent);
	}

	onCustom(handler: (content: unknown, buffers: readonly Uint8Array[], header: Header) => void | Promise<void>): void {
		this.#custom.push(handler);
	}

	onUpdate(handler: (changed: ModelState, header: Header) => void | Promise<void>): void {
		this.#update.push(handler);
	}

	onStateRequest(handler: (header: Header) => void): void {
		this.#requested.push(handler);
	}

	onClose(handler: () => void): void {
		this.#close.push(handler);
	}

	close(): void {
		if (this.#open) this.#comm.close();
	}

	/** Takes over an update sent by somebody else (a raw comm message) and returns the changed keys. */
	merge(data: { readonly [name: string]: unknown }, buffers: readonly Uint8Array[]): { [name: string]: unknown } {
		const changed = { ...((data.state ?? {}) as { [name: string]: unknown }) };
		putBuffers(changed, data.buffer_paths, buffers);
		Object.assign(this.#state, changed);
		return changed;
	}

	/** A page was told the whole state through the control comm. */
	stateRequested(header: Header): void {
		for (const handler of this.#requested) handler(header);
	}

	/** The comm is closed. */
	closed(): void {
		if (!this.#open) return;
		this.#open = false;
		for (const handler of this.#close) handler();
	}

	/** Takes a message of a front end. */
	async receive(message: CommMessage): Promise<void> {
		const { data, buffers, header } = message;
		switch (data.method) {
			case "request_state": {
				const payload = statePayload(this.#state);
				this.#comm.message({ method: "update", ...payload.data }, payload.buffers, header);
				this.stateRequested(header);
				return;
			}
			case "update": {
				const changed = this.merge(data, buffers);
				// Other pages of the same notebook learn the change by its echo.
				const payload = statePayload(changed);
				this.#comm.message({ method: "echo_update", ...payload.data }, payload.buffers, header);
				for (const handler of this.#update) await handler(changed, header);
				return;
			}
			case "custom":
				for (const handler of this.#custom) await handler(data.content, buffers, header);
				return;
		}
	}
}
