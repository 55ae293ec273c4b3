// The kernel as the front end sees it: answers requests, forwards the notebook thread's output, shuts down.
import type { MessagePort } from "node:worker_threads";
import { VIEW_MIME, type ViewDescription } from "../../engine/views/events.ts";
import type { CellCompiler } from "../cells/types.ts";
import type { DisplayBundle, ToNotebook, ToProtocol } from "../messages.ts";
import type { SharedWords } from "../section.ts";
import { answerOf } from "./answers.ts";
import { Comms } from "./comms.ts";
import { Executions } from "./executions.ts";
import type { History } from "./history.ts";
import { Interrupter } from "./interrupt.ts";
import { Iopub } from "./iopub.ts";
import type { Barrier, CommMessage, ViewHost } from "./outputs.ts";
import { OutputPublisher } from "./publisher.ts";
import { Requests } from "./requests.ts";
import type { Channel, Sockets } from "./sockets.ts";
import { Stdin } from "./stdin.ts";
import type { Header, Message, Wire } from "./wire.ts";

/** Longest time an interrupt tries to stop user code. */
const INTERRUPT_MS = 5_000;
/** Longest time before an interrupt is answered, whether or not the code has been stopped by then. */
const ANSWER_MS = 350;
/** Longest time a shutdown tries to stop user code before the process is killed. */
const SHUTDOWN_MS = 200;

/** What the kernel is made of. */
export interface KernelParts {
	readonly wire: Wire;
	readonly sockets: Sockets;
	readonly notebook: MessagePort;
	readonly history: History;
	/** What connect_reply names. */
	readonly ports: { readonly [name: string]: number };
	readonly words: SharedWords;
	readonly folder: string;
	readonly compiler: () => Promise<CellCompiler>;
	readonly viewHost: (outputs: OutputPublisher) => Promise<ViewHost>;
	readonly attachRing: (context: string, port: MessagePort) => Promise<void>;
	/** Ends the process: sockets are closed. */
	readonly exit: (code: number) => void;
}

/** One kernel: the state of the protocol thread. */
export class Kernel {
	readonly #parts: KernelParts;
	readonly #iopub: Iopub;
	readonly #requests = new Requests();
	readonly #comms: Comms;
	readonly #outputs: OutputPublisher;
	readonly #executions: Executions;
	readonly #stdin: Stdin;
	/** Where a request came from: its reply goes there. */
	readonly #channels = new WeakMap<Message, "shell" | "control">();
	readonly #interrupter: Interrupter;
	/** Comm messages that the notebook thread has not handled yet. */
	readonly #commWaits = new Map<number, () => void>();
	#commIds = 0;
	#barriers: Barrier[] = [];
	#views: ViewHost | undefined;
	#viewsReady: Promise<ViewHost> | undefined;
	#viewWork: Promise<unknown> = Promise.resolve();
	/** True when no request is taken any more. */
	#closing = false;
	#closed = false;

	constructor(parts: KernelParts) {
		this.#parts = parts;
		this.#iopub = new Iopub(parts.wire, parts.sockets.iopub);
		this.#comms = new Comms(this.#iopub, this.#requests);
		this.#outputs = new OutputPublisher(this.#iopub, this.#comms, this.#requests);
		this.#interrupter = new Interrupter(parts.words, { ping: (id) => this.#post({ kind: "ping", id }) });
		this.#executions = new Executions({
			compiler: parts.compiler,
			folder: parts.folder,
			post: (message) => this.#post(message),
			iopub: this.#iopub,
			requests: this.#requests,
			history: parts.history,
			busy: (message) => this.#status("busy", message.header),
			idle: (message) => this.#status("idle", message.header),
			reply: (message, content) => this.#reply(message, content),
			cellsGone: (keys) => this.#cellsGone(keys),
			beforeIdle: () => this.#beforeIdle(),
			clearWay: (started) => this.#interrupter.clear(started, INTERRUPT_MS),
			settleErrors: (error) => this.#outputs.settleErrors(error),
			over: (exec) => this.#stdin.ended(exec),
		});
		const { sockets, words } = parts;
		this.#stdin = new Stdin(parts.wire, (frames) => sockets.stdin.push(frames), this.#requests, words);
		parts.notebook.on("message", (message: ToProtocol) => {
			try {
				this.#fromNotebook(message);
			} catch (error) {
				this.#refused(message, error as Error);
			}
		});
	}

	/** Publishes `starting`; called once, when the sockets are bound. */
	start(): void {
		this.#status("starting", undefined);
	}

	/** Takes the frames of one message of a socket. */
	receive(channel: Channel, frames: Buffer[]): void {
		const message = this.#parts.wire.decode(frames);
		if (!message || this.#closing) return;
		if (channel === "stdin") {
			this.#stdin.receive(message);
			return;
		}
		this.#channels.set(message, channel);
		if (message.header.msg_type === "execute_request") this.#executions.add(message);
		else void this.#answer(message);
	}

	/** A client has subscribed to a topic of iopub. */
	subscribed(topic: Buffer): void {
		if (!this.#closing) this.#iopub.welcome(topic);
	}

	#post(message: ToNotebook): void {
		this.#parts.notebook.postMessage(message);
	}

	#status(execution_state: string, parent: Header | undefined): void {
		this.#iopub.publish("status", { execution_state }, parent);
	}

	#reply(message: Message, content: object): void {
		const type = message.header.msg_type.replace(/_request$/, "_reply");
		const channel = this.#channels.get(message) ?? "shell";
		this.#parts.sockets[channel].push(
			this.#parts.wire.encode({ identities: message.identities, type, parent: message.header, content }),
		);
	}

	async #answer(message: Message): Promise<void> {
		this.#status("busy", message.header);
		try {
			const content = await this.#handle(message);
			if (content) this.#reply(message, content);
		} catch (error) {
			const { name, message: evalue, stack } = error instanceof Error ? error : new Error(String(error));
			const content = { status: "error", ename: name, evalue, traceback: (stack ?? "").split("\n") };
			if (message.header.msg_type.endsWith("_request")) this.#reply(message, content);
			else process.emitWarning(`${message.header.msg_type}: ${stack}`);
		}
		this.#status("idle", message.header);
		if (message.header.msg_type === "shutdown_request") await this.close(0);
	}

	async #handle(message: Message): Promise<object | undefined> {
		const { content } = message;
		switch (message.header.msg_type) {
			case "comm_info_request":
				return { status: "ok", comms: this.#comms.info(content.target_name) };
			case "comm_open":
			case "comm_msg":
			case "comm_close":
				await this.#comms.receive(message);
				return undefined;
			case "interrupt_request":
				await this.interrupt();
				return { status: "ok" };
			case "shutdown_request":
				this.#closing = true;
				return { status: "ok", restart: content.restart === true };
			default:
				return answerOf(message, this.#parts);
		}
	}

	/** Stops what the notebook thread does; resolves when it is responsive again. */
	async interrupt(): Promise<void> {
		const lastComm = this.#commIds;
		const last = Math.max(this.#executions.taken, this.#requests.current?.exec ?? 0);
		// First the promise not to start it any more, then the end of what runs, then the answer.
		const answer = this.#executions.abandon();
		const stopping = this.#interrupter.interrupt(INTERRUPT_MS, () => this.#executions.taken > last);
		const found = await Promise.race([stopping, delay(ANSWER_MS)]);
		this.#post({ kind: "interrupted", stopped: found !== "idle" });
		// A terminated comm handler never reports its end.
		for (const [id, resolve] of this.#commWaits) if (id <= lastComm) resolve();
		answer(found !== "ended");
	}

	/** Says goodbye, closes the sockets and ends the process. `byNotebook`: the notebook thread waits for it. */
	async close(code: number, byNotebook = false): Promise<void> {
		if (this.#closed) return;
		this.#closed = true;
		this.#closing = true;
		this.#parts.history.close();
		const disposed = Promise.resolve(this.#views?.dispose());
		await Promise.race([disposed.catch(() => {}), new Promise((resolve) => setTimeout(resolve, 300))]);
		this.#iopub.flush();
		await this.#parts.sockets.close();
		if (!byNotebook) {
			this.#executions.abandon()(false);
			await this.#interrupter.interrupt(SHUTDOWN_MS);
		}
		this.#parts.exit(code);
	}

	#cellsGone(keys: readonly string[]): void {
		this.#post({ kind: "cells-gone", keys });
		for (const key of keys) this.#views?.cellReplaced(key);
	}

	async #beforeIdle(): Promise<void> {
		await this.#viewWork;
		const barriers = this.#barriers;
		this.#barriers = [];
		await this.#views?.beforeIdle(barriers).catch(warn);
	}

	#withViews(use: (views: ViewHost) => unknown): void {
		this.#viewsReady ??= this.#parts.viewHost(this.#outputs).then((views) => {
			this.#views = views;
			return views;
		});
		const ready = this.#viewsReady;
		this.#viewWork = this.#viewWork.then(async () => use(await ready)).catch(warn);
	}

	#fromNotebook(message: ToProtocol): void {
		switch (message.kind) {
			case "stream": {
				this.#parts.words.streamTaken();
				const started = this.#requests.ofExec(message.exec);
				if (!started?.abandoned && !started?.silent)
					this.#iopub.stream(started?.header ?? this.#requests.headerFor(undefined), message.name, message.text);
				return;
			}
			case "cell-stream":
				this.#parts.words.streamTaken();
				this.#outputs.stream(message.key, message.name, message.text);
				return;
			case "display":
				this.#display(message.exec, message.display, message.update);
				return;
			case "clear":
				if (this.#hidden(message.exec)) return;
				this.#iopub.publish("clear_output", { wait: message.wait }, this.#requests.ofExec(message.exec)?.header);
				return;
			case "error": {
				const started = message.exec === undefined ? undefined : this.#requests.ofExec(message.exec);
				if (started?.silent) return;
				this.#iopub.publish("error", message.error, started?.header ?? this.#requests.headerFor(message.key));
				return;
			}
			case "result":
				this.#result(message.exec, message.display);
				return;
			case "started":
				this.#executions.started(message.exec);
				return;
			case "ended":
				this.#executions.ended(message.exec);
				return;
			case "done":
				this.#executions.done(message);
				return;
			case "barrier":
				this.#barriers.push({ run: message.run, seq: message.seq });
				return;
			case "attach":
				this.#withViews((views) => views.attachEvents(message.events));
				void this.#parts.attachRing(message.context, message.ring).catch(warn);
				return;
			case "pong":
				this.#interrupter.ponged(message.id);
				return;
			case "comm-target":
				this.#comms.setTarget(message.target, message.open ? (comm) => this.#toNotebook(comm) : undefined);
				return;
			case "comm-send":
				this.#commSend(message);
				return;
			case "comm-done":
				this.#commWaits.get(message.id)?.();
				return;
			case "input":
				this.#iopub.flush();
				this.#stdin.ask({ ...message });
				return;
			case "interrupt":
				void this.interrupt();
				return;
			case "exiting":
				void this.close(message.code, true);
				return;
		}
	}

	/** Something that cannot be sent, such as a BigInt in JSON: shown where it came from. */
	#refused(message: ToProtocol, { name, message: evalue }: Error): void {
		const started = "exec" in message && message.exec !== undefined ? this.#requests.ofExec(message.exec) : undefined;
		const error = { ename: name, evalue, traceback: [`${name}: ${evalue}`, `    while sending a ${message.kind}`] };
		this.#iopub.publish("error", error, started?.header ?? this.#requests.headerFor(undefined));
	}

	/** A silent request shows nothing. */
	#hidden(exec: number): boolean {
		return this.#requests.ofExec(exec)?.silent === true;
	}

	#display(exec: number, display: DisplayBundle, update: boolean): void {
		if (this.#hidden(exec)) return;
		const started = this.#requests.ofExec(exec);
		const { data, metadata, displayId } = display;
		if (VIEW_MIME in data) {
			const key = started?.key ?? "";
			this.#withViews((views) => views.open(data[VIEW_MIME] as ViewDescription, key));
		} else if (update && displayId !== undefined) this.#outputs.updateDisplayData(displayId, data, metadata);
		else this.#outputs.displayUnder(started?.header ?? this.#requests.headerFor(undefined), data, metadata, displayId);
	}

	#result(exec: number, display: DisplayBundle): void {
		const started = this.#requests.ofExec(exec);
		if (!started || started.silent || started.abandoned) return;
		const text = display.data["text/plain"];
		if (typeof text === "string" && started.stored) this.#parts.history.setOutput(started.count, text);
		// Front ends can update a display_data by its id, an execute_result they cannot.
		if (VIEW_MIME in display.data || display.displayId !== undefined) {
			this.#display(exec, display, false);
			return;
		}
		const content = {
			execution_count: started.count,
			data: display.data,
			metadata: display.metadata ?? {},
			transient: {},
		};
		this.#iopub.publish("execute_result", content, started.header);
	}

	#commSend(message: Extract<ToProtocol, { kind: "comm-send" }>): void {
		const data = message.data as { [name: string]: unknown };
		switch (message.event) {
			case "open":
				this.#comms.open(
					{
						id: message.commId,
						target: message.target,
						data,
						metadata: message.metadata as { readonly [name: string]: unknown },
						buffers: message.buffers,
					},
					this.#requests.ofExec(message.exec)?.header,
					(comm) => this.#toNotebook(comm),
				);
				return;
			case "msg":
				this.#comms.messageFromNotebook(message.commId, data, message.buffers, message.metadata);
				return;
			case "close":
				this.#comms.close(message.commId, data);
				return;
		}
	}

	/** Hands a comm message to the notebook thread; resolves when it was handled there. */
	#toNotebook(message: CommMessage): Promise<void> {
		const id = ++this.#commIds;
		return new Promise((resolve) => {
			this.#commWaits.set(id, () => {
				this.#commWaits.delete(id);
				resolve();
			});
			const { kind: event, commId, target, data, metadata, buffers } = message;
			this.#post({ kind: "comm", id, event, commId, target, data, metadata, buffers });
		});
	}
}

const delay = (ms: number): Promise<undefined> => new Promise((resolve) => setTimeout(resolve, ms));

function warn(error: unknown): void {
	process.emitWarning(error instanceof Error ? (error.stack ?? error.message) : String(error));
}
