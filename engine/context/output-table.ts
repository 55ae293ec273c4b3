// Output operations of a context on the notebook thread, in order of registration.
import type { PlanDraft } from "../plan/graph.ts";
import type { Draft, UserFunction } from "../plan/session.ts";
import type { Plain } from "../plan/types.ts";
import type { OutputSpec } from "../runtime/messages.ts";

/** One output operation. */
export interface Output {
	readonly id: number;
	readonly op: OutputSpec["op"];
	readonly stream: Draft;
	draft: PlanDraft;
	readonly params: { readonly [name: string]: Plain };
	readonly on: "driver" | "notebook";
	f: UserFunction["fn"] | undefined;
	/** Id of the view, for views. */
	readonly view?: string;
	/** Id of the display that `print` rewrites, in a notebook. */
	display?: string;
	sent: boolean;
	/** Its cell runs again and has not declared it again yet. */
	released: boolean;
}

/** Views come after all output operations, in the order they were shown. */
const FIRST_VIEW = 1_000_000;

/** Keeps outputs, and finds those of a re-run cell again. */
export class OutputTable {
	#outputs: Output[] = [];
	#next = 0;
	#nextView = FIRST_VIEW;

	get all(): readonly Output[] {
		return this.#outputs;
	}

	/** True when there is something to execute besides views. */
	get any(): boolean {
		return this.#outputs.some((output) => !output.released);
	}

	/** Adds an output, or takes back the one that the same cell declared before it was run again. */
	add(output: Omit<Output, "id" | "sent" | "released">): { output: Output; again: boolean } {
		const old = this.#outputs.find(
			(known) =>
				known.released &&
				known.op === output.op &&
				known.op !== "view" &&
				known.on === output.on &&
				known.draft.cell === output.draft.cell &&
				known.stream === output.stream &&
				JSON.stringify(known.params) === JSON.stringify(output.params) &&
				(output.on === "notebook" || known.draft.functions.f?.hash === output.draft.functions.f?.hash),
		);
		if (old !== undefined) {
			old.released = false;
			old.f = output.f;
			old.draft = output.draft;
			// Fixed at once: it takes the id of the one before.
			old.draft.freeze();
			old.display = output.display;
			return { output: old, again: true };
		}
		const id = output.op === "view" ? this.#nextView++ : this.#next++;
		const added = { ...output, id, sent: false, released: false };
		this.#outputs.push(added);
		return { output: added, again: false };
	}

	find(id: number): Output | undefined {
		return this.#outputs.find((output) => output.id === id);
	}

	/** The cell runs again. */
	release(cell: string): void {
		for (const output of this.#outputs) if (output.draft.cell === cell) output.released = true;
	}

	/** Returns, and forgets, outputs whose cell ran again without them. */
	takeReleased(): Output[] {
		const gone = this.#outputs.filter((output) => output.released);
		this.#outputs = this.#outputs.filter((output) => !output.released);
		return gone;
	}

	/** Forgets one output. */
	remove(output: Output): void {
		this.#outputs = this.#outputs.filter((known) => known !== output);
	}
}

/** Returns the key the driver knows an output by. */
export function keyOf(output: Output): string {
	return output.view ?? output.draft.freeze().id;
}

/** Returns the output as the driver is told of it. */
export function specOf(output: Output): OutputSpec {
	return {
		id: output.id,
		node: output.stream.freeze().id,
		op: output.op,
		key: keyOf(output),
		params: output.view === undefined ? output.params : { ...output.params, view: output.view },
		fn: output.on === "driver" ? output.draft.functions.f : undefined,
		on: output.on,
		origin: output.draft.origin,
		display: output.display,
	};
}
