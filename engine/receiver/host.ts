// The receiver host: runs all receivers of a context in one thread, supervises them, closes blocks, keeps the credit.
import type { MessagePort } from "node:worker_threads";
import type { ReceiverCommand, ReceiverOptions, ReceiverReport, ReceiverSpec } from "../runtime/receiver-messages.ts";
import { type RunningReceiver, receiverOf, type Supervisor } from "./registry.ts";

/** Ms until a receiver that failed is started again: doubled with each failure in a row. */
const FIRST_RESTART = 200;
const LAST_RESTART = 2000;

interface Supervised {
	readonly spec: ReceiverSpec;
	running: RunningReceiver | undefined;
	restarts: number;
	timer: ReturnType<typeof setTimeout> | undefined;
	stopped: boolean;
}

/** Serves a port until it is closed. */
export class ReceiverHost {
	readonly #port: MessagePort;
	readonly #options: ReceiverOptions;
	readonly #receivers = new Map<string, Supervised>();
	#blocks = 0;
	#outstanding: number;
	#paused = false;
	#held = false;
	#timer: ReturnType<typeof setInterval> | undefined;

	constructor(port: MessagePort, options: ReceiverOptions) {
		this.#port = port;
		this.#options = options;
		this.#outstanding = options.outstanding;
		port.on("message", (command: ReceiverCommand) => this.#take(command));
	}

	/** Ends everything at once. */
	close(): void {
		clearInterval(this.#timer);
		for (const supervised of this.#receivers.values()) {
			clearTimeout(supervised.timer);
			supervised.stopped = true;
			supervised.running?.stop();
		}
	}

	#post(report: ReceiverReport): void {
		this.#port.postMessage(report);
	}

	#take(command: ReceiverCommand): void {
		switch (command.kind) {
			case "start": {
				const supervised: Supervised = {
					spec: command.receiver,
					running: undefined,
					restarts: 0,
					timer: undefined,
					stopped: false,
				};
				this.#receivers.set(command.receiver.stream, supervised);
				this.#timer ??= setInterval(() => this.#cutAll(), this.#options.blockInterval);
				this.#start(supervised);
				return;
			}
			case "cut":
				this.#cutAll();
				this.#post({ kind: "cut-done", id: command.id });
				return;
			case "hold":
				this.#held = command.on;
				this.#balance();
				return;
			case "credit":
				this.#outstanding -= command.bytes;
				this.#balance();
				return;
			case "stop":
				this.#stopAll();
				return;
		}
	}

	#cutAll(): void {
		for (const { running } of this.#receivers.values()) running?.cut();
	}

	#stopAll(): void {
		for (const supervised of this.#receivers.values()) {
			clearTimeout(supervised.timer);
			supervised.stopped = true;
			supervised.running?.stop();
			supervised.running = undefined;
			this.#post({ kind: "stopped", stream: supervised.spec.stream, message: "Stopped by driver", detail: "" });
		}
		clearInterval(this.#timer);
		this.#post({ kind: "all-stopped" });
	}

	/** Pauses the sources when too much is waiting to be worked on, and lets them go on when there is room again. */
	#balance(): void {
		const paused = this.#held || this.#outstanding >= this.#options.maxInputBytes;
		if (paused === this.#paused) return;
		// A little room first: otherwise sources would stop and go with every block.
		if (!paused && this.#outstanding > this.#options.maxInputBytes / 2) return;
		this.#paused = paused;
		for (const { running } of this.#receivers.values()) {
			if (paused) running?.pause();
			else running?.resume();
		}
	}

	#start(supervised: Supervised): void {
		const { spec } = supervised;
		const supervisor: Supervisor = {
			params: spec.params,
			functions: spec.functions,
			paused: () => this.#paused,
			started: () => {
				supervised.restarts = 0;
				this.#post({ kind: "started", stream: spec.stream });
			},
			block: (block) => {
				this.#outstanding += block.bytes;
				const id = `${spec.stream}/${this.#options.generation}.${this.#blocks++}`;
				this.#post({ kind: "block", stream: spec.stream, block: { id, ...block } });
				this.#balance();
			},
			reportError: (message, error) => {
				this.#post({ kind: "error", stream: spec.stream, message, detail: error === undefined ? "" : String(error) });
			},
			restart: (message, error) => {
				if (supervised.stopped) return;
				supervised.running?.stop();
				supervised.running = undefined;
				const delay = Math.min(FIRST_RESTART * 2 ** supervised.restarts++, LAST_RESTART);
				this.#post({
					kind: "error",
					stream: spec.stream,
					message: `Restarting receiver with delay ${delay} ms: ${message}`,
					detail: error === undefined ? "" : String(error),
				});
				clearTimeout(supervised.timer);
				supervised.timer = setTimeout(() => this.#start(supervised), delay);
			},
		};
		try {
			supervised.running = receiverOf(spec.op)(supervisor);
		} catch (error) {
			supervisor.restart("Error starting receiver", error);
		}
	}
}
