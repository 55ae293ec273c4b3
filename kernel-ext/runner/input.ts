// Questions to the user: `prompt`, `confirm` and `alert` wait as in a browser, `input` can be awaited.
import { MessageChannel, type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import type { InputAnswer } from "../protocol/stdin.ts";
import type { SharedWords } from "../section.ts";

/** How a question is asked. */
export interface InputOptions {
	/** True: what is typed is not shown, and not kept by front ends. */
	readonly password?: boolean;
}

/** A question on its way to the front end. */
export interface InputQuestion {
	readonly prompt: string;
	readonly password: boolean;
	readonly port: MessagePort;
}

/** Asks through the protocol thread. */
export class Input {
	readonly #post: (question: InputQuestion) => void;
	readonly #words: SharedWords;

	constructor(post: (question: InputQuestion) => void, words: SharedWords) {
		this.#post = post;
		this.#words = words;
	}

	/** Resolves with what the user has typed. */
	ask(prompt: unknown, { password = false }: InputOptions = {}): Promise<string> {
		const { port1, port2 } = new MessageChannel();
		// Made here: where the answer comes in, the stack knows no cell.
		const asked = new Error();
		return new Promise((resolve, reject) => {
			port1.once("message", (answer: InputAnswer) => {
				port1.close();
				if ("value" in answer) resolve(answer.value);
				else reject(failure(answer.error, asked));
			});
			this.#post({ prompt: String(prompt), password, port: port2 });
		});
	}

	/** Returns what the user has typed; the thread waits for it, and an interrupt ends the wait. */
	askNow(prompt: unknown, { password = false }: InputOptions = {}): string {
		const { port1, port2 } = new MessageChannel();
		try {
			this.#post({ prompt: String(prompt), password, port: port2 });
			const answer = this.#words.waitInput(() => receiveMessageOnPort(port1)?.message as InputAnswer | undefined);
			if ("value" in answer) return answer.value;
			throw failure(answer.error);
		} finally {
			port1.close();
		}
	}

	/** Defines the browser's functions for cells. */
	install(): void {
		const define = (name: string, value: unknown): void => {
			Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
		};
		define("prompt", (message: unknown = "", initial?: unknown): string | null => {
			const shown = initial === undefined || initial === "" ? String(message) : `${message} [${initial}] `;
			const value = this.askNow(shown);
			return value === "" && initial !== undefined ? String(initial) : value;
		});
		define("confirm", (message: unknown = ""): boolean => /^\s*y(es)?\s*$/i.test(this.askNow(`${message} [y/N] `)));
		define("alert", (message: unknown = ""): void => void this.askNow(`${message} [Enter] `));
	}
}

function failure({ name, message }: { readonly name: string; readonly message: string }, error = new Error()): Error {
	const frames = String(error.stack).split("\n").slice(1);
	const define = (key: string, value: string): void => {
		Object.defineProperty(error, key, { value, configurable: true, writable: true });
	};
	define("name", name);
	define("message", message);
	define("stack", [`${name}: ${message}`, ...frames].join("\n"));
	return error;
}
