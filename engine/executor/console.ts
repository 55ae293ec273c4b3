// console of user functions in an executor: bundled, capped per task, sent to the driver under the owning cell.
import { format } from "node:util";

type Stream = "stdout" | "stderr";
type Send = (stream: Stream, text: string) => void;

/** Characters that are bundled into one message. */
const BUNDLE = 8 * 1024;
/** Characters one task may print; the rest is counted and dropped. */
const MOST_PER_TASK = 256 * 1024;

/** Takes the place of Node's console, whose output in a worker waits for the main thread. */
export class TaskConsole {
	readonly #send: Send;
	#waiting: { stream: Stream; text: string }[] = [];
	#size = 0;
	#printed = 0;
	#dropped = 0;

	constructor(send: Send) {
		this.#send = send;
	}

	/** Replaces the methods of the global console of this thread. */
	install(): void {
		for (const name of ["log", "info", "debug"] as const) console[name] = this.#writer("stdout");
		for (const name of ["warn", "error", "trace"] as const) console[name] = this.#writer("stderr");
	}

	#writer(stream: Stream): (...values: unknown[]) => void {
		return (...values) => this.write(stream, `${format(...values)}\n`);
	}

	/** Takes text; it is sent with what follows, at the latest when the task ends. */
	write(stream: Stream, text: string): void {
		if (this.#printed + text.length > MOST_PER_TASK) {
			this.#dropped += text.length;
			return;
		}
		this.#printed += text.length;
		this.#size += text.length;
		const last = this.#waiting.at(-1);
		if (last?.stream === stream) last.text += text;
		else this.#waiting.push({ stream, text });
		if (this.#size >= BUNDLE) this.#flush();
	}

	#flush(): void {
		for (const { stream, text } of this.#waiting) this.#send(stream, text);
		this.#waiting = [];
		this.#size = 0;
	}

	/** A task has ended: sends what is left and says how much was dropped. */
	taskEnded(): void {
		if (this.#dropped > 0) {
			this.#waiting.push({
				stream: "stderr",
				text: `… ${this.#dropped.toLocaleString("en-US")} more characters of this task are not shown\n`,
			});
		}
		if (this.#waiting.length > 0) this.#flush();
		this.#printed = 0;
		this.#dropped = 0;
	}
}
