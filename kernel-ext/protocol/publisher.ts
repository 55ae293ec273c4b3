// Implements `Outputs`: finds the parent of every message and publishes it.
import { decodeError } from "../../engine/errors/codec.ts";
import { showError, showStack } from "../errors.ts";
import type { ShownError } from "../messages.ts";
import { removeBuffers } from "./buffers.ts";
import { type Comms, WIDGET_TARGET } from "./comms.ts";
import type { Iopub } from "./iopub.ts";
import type {
	CommHandler,
	CommOpening,
	MimeBundle,
	ModelState,
	OutputError,
	Outputs,
	Parent,
	WidgetModel,
} from "./outputs.ts";
import type { Requests } from "./requests.ts";
import type { Header } from "./wire.ts";

/** What a widget message says about the protocol of widgets; front ends check the major version. */
const WIDGET_METADATA = { version: "2.1.0" };

/** A failed batch reaches the running cell by two ways; its error output waits this long for the cell's own. */
const HOLD_MS = 300;

interface Held {
	readonly evalue: string;
	readonly publish: () => void;
	timer?: NodeJS.Timeout;
}

/** The publishing side of the protocol thread. */
export class OutputPublisher implements Outputs {
	readonly #iopub: Iopub;
	readonly #comms: Comms;
	readonly #requests: Requests;
	/** Errors under the running cell that it may be about to throw itself. */
	readonly #held = new Set<Held>();
	/** display_id → request that made the display. */
	readonly #displays = new Map<string, Header | undefined>();

	constructor(iopub: Iopub, comms: Comms, requests: Requests) {
		this.#iopub = iopub;
		this.#comms = comms;
		this.#requests = requests;
	}

	get currentRequest(): Header | undefined {
		return this.#requests.current?.header;
	}

	get currentCell(): string | undefined {
		return this.#requests.current?.key;
	}

	get sawCellId(): boolean {
		return this.#requests.sawCellId;
	}

	requestOf(cellKey: string): Header | undefined {
		return this.#requests.ofKey(cellKey)?.header;
	}

	commOpen(comm: CommOpening): string {
		return this.#comms.open(comm);
	}

	commMsg(
		id: string,
		data: { readonly [name: string]: unknown },
		buffers?: readonly Uint8Array[],
		metadata?: { readonly [name: string]: unknown },
		parent?: Parent,
	): void {
		this.#comms.message(id, data, buffers, metadata, parent);
	}

	commClose(id: string, data?: { readonly [name: string]: unknown }, parent?: Parent): void {
		this.#comms.close(id, data, parent);
	}

	onCommMessage(id: string, handler: CommHandler): void {
		this.#comms.onMessage(id, handler);
	}

	registerTarget(target: string, handler: CommHandler): void {
		this.#comms.setTarget(target, handler);
	}

	openModel(state: ModelState, cellKey?: string): WidgetModel {
		const { state: plain, buffers, paths } = removeBuffers(state);
		const id = this.#comms.open({
			target: WIDGET_TARGET,
			data: { state: plain, buffer_paths: paths },
			metadata: WIDGET_METADATA,
			buffers,
			cellKey,
		});
		const model = this.#comms.modelOf(id);
		if (!model) throw new Error(`Widget model ${id} was not registered`);
		return model;
	}

	displayData(
		cellKey: string,
		bundle: MimeBundle,
		metadata: { readonly [mime: string]: unknown } = {},
		displayId?: string,
	): void {
		this.displayUnder(this.#requests.headerFor(cellKey), bundle, metadata, displayId);
	}

	/** Like `displayData`, under a given request. */
	displayUnder(
		parent: Header | undefined,
		data: MimeBundle,
		metadata: { readonly [mime: string]: unknown } = {},
		displayId?: string,
	): void {
		if (displayId !== undefined) this.#displays.set(displayId, parent);
		const transient = displayId === undefined ? {} : { display_id: displayId };
		this.#iopub.publish("display_data", { data, metadata, transient }, parent);
	}

	updateDisplayData(displayId: string, data: MimeBundle, metadata: { readonly [mime: string]: unknown } = {}): void {
		const parent = this.currentRequest ?? this.#displays.get(displayId) ?? this.#requests.headerFor(undefined);
		this.#iopub.publish("update_display_data", { data, metadata, transient: { display_id: displayId } }, parent);
	}

	stream(cellKey: string | undefined, name: "stdout" | "stderr", text: string): void {
		this.#iopub.stream(this.#requests.headerFor(cellKey), name, text);
	}

	error(cellKey: string | undefined, { ename, evalue, traceback, encoded }: OutputError): void {
		const { texts } = this.#requests;
		const shown = encoded ? showError(decodeError(encoded), texts) : showStack(ename, evalue, traceback, texts);
		const parent = this.#requests.headerFor(cellKey);
		const publish = (): void => {
			this.#held.delete(held);
			clearTimeout(held.timer);
			this.#iopub.publish("error", shown, parent);
		};
		const held: Held = { evalue: shown.evalue, publish };
		if (cellKey === undefined || cellKey !== this.currentCell) {
			publish();
			return;
		}
		this.#held.add(held);
		held.timer = setTimeout(publish, HOLD_MS);
	}

	/** The running cell ended: what it failed with itself is not shown a second time. */
	settleErrors(failed: ShownError | undefined): void {
		for (const held of this.#held) {
			if (held.evalue !== failed?.evalue) held.publish();
			clearTimeout(held.timer);
		}
		this.#held.clear();
	}
}
