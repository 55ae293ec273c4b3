// The stdin channel: questions of the running cell to the user, one at a time.
import type { MessagePort } from "node:worker_threads";
import type { SharedWords } from "../section.ts";
import type { Requests } from "./requests.ts";
import type { Message, Wire } from "./wire.ts";

/** What is sent back on the port of a question. */
export type InputAnswer =
	| { readonly value: string }
	| { readonly error: { readonly name: string; readonly message: string } };

interface Question {
	readonly exec: number;
	readonly prompt: string;
	readonly password: boolean;
	readonly port: MessagePort;
	/** msg_id of its input_request, once it was sent. */
	id?: string;
}

/** Asks front ends for input. */
export class Stdin {
	readonly #wire: Wire;
	readonly #push: (frames: Uint8Array[]) => void;
	readonly #requests: Requests;
	readonly #words: SharedWords;
	#waiting: Question[] = [];

	constructor(wire: Wire, push: (frames: Uint8Array[]) => void, requests: Requests, words: SharedWords) {
		this.#wire = wire;
		this.#push = push;
		this.#requests = requests;
		this.#words = words;
	}

	/** Asks `prompt`, or refuses at once when nobody can answer. */
	ask(question: Question): void {
		const started = this.#requests.ofExec(question.exec);
		if (!started || started.abandoned || started !== this.#requests.current)
			this.#refuse(question, "a question can be asked only while its cell runs: ask before the cell ends");
		else if (!started.allowStdin)
			this.#refuse(
				question,
				"this front end cannot ask its user (allow_stdin is false, as in nbconvert and other batch runs): " +
					"set the value in the cell or in an environment variable, or run the cell where somebody can answer",
			);
		else {
			this.#waiting.push(question);
			if (this.#waiting.length === 1) this.#send();
		}
	}

	/** Takes a message of the stdin socket. */
	receive(message: Message): void {
		const question = this.#waiting[0];
		if (message.header.msg_type !== "input_reply" || !question) return;
		// Some clients name no parent; one that names another question is late.
		const { msg_id, msg_type } = message.parent;
		if (msg_type === "input_request" && msg_id !== question.id) return;
		const { value, status, evalue } = message.content;
		this.#waiting.shift();
		if (status === "error" || status === "aborted")
			this.#answer(question, {
				error: { name: "InputError", message: String(evalue ?? "the question was not answered") },
			});
		else this.#answer(question, { value: String(value ?? "") });
		this.#send();
	}

	/** The cell is over: nobody waits for its answers. */
	ended(exec: number): void {
		const gone = this.#waiting.filter((question) => question.exec === exec);
		this.#waiting = this.#waiting.filter((question) => question.exec !== exec);
		for (const question of gone) this.#refuse(question, "the cell has ended before the question was answered");
		if (gone.length > 0) this.#send();
	}

	#send(): void {
		const question = this.#waiting[0];
		const started = question && this.#requests.ofExec(question.exec);
		if (!question || !started || question.id !== undefined) return;
		const { prompt, password } = question;
		const { id, frames } = this.#wire.pack({
			identities: started.identities,
			type: "input_request",
			parent: started.header,
			content: { prompt, password },
		});
		question.id = id;
		this.#push(frames);
	}

	#refuse(question: Question, why: string): void {
		this.#answer(question, { error: { name: "StdinNotImplementedError", message: `No input: ${why}.` } });
	}

	#answer(question: Question, answer: InputAnswer): void {
		question.port.postMessage(answer);
		question.port.close();
		this.#words.inputAnswered();
	}
}
