// Which request an output belongs to: the executions of this kernel and the one that runs now.
import { CellTexts } from "../errors.ts";
import type { Header, Message } from "./wire.ts";

/** One execute_request that was started. */
export interface Started {
	readonly exec: number;
	readonly key: string;
	readonly count: number;
	readonly header: Header;
	readonly silent: boolean;
	/** True when its input is part of the history. */
	readonly stored: boolean;
	/** Frames that lead back to the client; its stdin socket has the same. */
	readonly identities: readonly Uint8Array[];
	/** True when the client can ask its user. */
	readonly allowStdin: boolean;
	/** True once it was answered without its cell having ended (interrupt). */
	abandoned: boolean;
}

/** Book of executions. */
export class Requests {
	readonly #byExec = new Map<number, Started>();
	readonly #byKey = new Map<string, Started>();
	#execs = 0;
	/** What the user typed, for the excerpts of errors that come from other threads. */
	readonly texts = new CellTexts();
	current: Started | undefined;
	/** True once an execute_request carried `metadata.cellId`. */
	sawCellId = false;

	/** Registers an execution. `metadata.cellId` is the front end's name of the cell, if it sent one. */
	start(message: Message, count: number, silent: boolean, stored: boolean): Started & { readonly again: boolean } {
		const { header, identities } = message;
		const { cellId } = message.metadata;
		const allowStdin = message.content.allow_stdin === true;
		const exec = ++this.#execs;
		const named = typeof cellId === "string" && cellId !== "";
		if (named) this.sawCellId = true;
		const key = named ? cellId : `exec-${exec}`;
		const again = this.#byKey.has(key);
		const started = { exec, key, count, header, silent, stored, identities, allowStdin, abandoned: false, again };
		this.#byExec.set(exec, started);
		this.#byKey.set(key, started);
		this.current = started;
		return started;
	}

	ofExec(exec: number): Started | undefined {
		return this.#byExec.get(exec);
	}

	ofKey(key: string | undefined): Started | undefined {
		return key === undefined ? undefined : this.#byKey.get(key);
	}

	/** Header of the cell's newest request, else of the one that runs now, else of the last one. */
	headerFor(key: string | undefined): Header | undefined {
		return (this.ofKey(key) ?? this.current ?? this.ofExec(this.#execs))?.header;
	}
}
