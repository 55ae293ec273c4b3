// State<S>: what the function of mapWithState sees of the state of one key.
import { streamError } from "../errors/index.ts";

/** The state of the key whose record a `mapWithState` function is given; valid during that call only. */
export interface State<S> {
	/** Returns whether the key has a state. */
	exists(): boolean;
	/** Returns the state; throws STREAM_STATE ("State is not set") when there is none. */
	get(): S;
	/** Returns the state, undefined when there is none. */
	getOption(): S | undefined;
	/** Sets the state. Throws STREAM_STATE after `remove`, and when the key is timing out. */
	update(state: S): void;
	/** Removes the key and its state. Throws STREAM_STATE the second time, and when the key is timing out. */
	remove(): void;
	/** Returns whether the key had no record for longer than the timeout: this call is its last. */
	isTimingOut(): boolean;
	toString(): string;
}

function refused(message: string): Error {
	return streamError("STREAM_STATE", { step: "mapWithState", message });
}

/** The one State object of a partition: it is wrapped around the state of key after key. */
export class StateHandle<S> implements State<S> {
	#value: S | undefined;
	#exists = false;
	#timingOut = false;
	/** What the function did since the last `wrap`. */
	updated = false;
	removed = false;

	/** Stands for another key. */
	wrap(exists: boolean, value: S | undefined, timingOut = false): void {
		this.#exists = exists;
		this.#value = value;
		this.#timingOut = timingOut;
		this.updated = false;
		this.removed = false;
	}

	exists(): boolean {
		return this.#exists;
	}

	get(): S {
		if (!this.#exists) throw refused("State is not set");
		return this.#value as S;
	}

	getOption(): S | undefined {
		return this.#exists ? this.#value : undefined;
	}

	update(state: S): void {
		if (this.removed) throw refused("Cannot update the state after it has been removed");
		if (this.#timingOut) throw refused("Cannot update the state that is timing out");
		if (state === undefined) {
			throw streamError("STREAM_STATE", {
				step: "mapWithState",
				expected: "a state",
				got: "update(undefined)",
				way: "remove() takes a state away; null is a state",
			});
		}
		this.#value = state;
		this.#exists = true;
		this.updated = true;
	}

	remove(): void {
		if (this.#timingOut) throw refused("Cannot remove the state that is timing out");
		if (this.removed) throw refused("Cannot remove the state that has already been removed");
		this.#value = undefined;
		this.#exists = false;
		this.updated = false;
		this.removed = true;
	}

	isTimingOut(): boolean {
		return this.#timingOut;
	}

	toString(): string {
		return this.#exists ? String(this.#value) : "<state not set>";
	}
}
