// Live variables: after each cell or callback, functions of a running stream whose captures changed are sent again.
import { isFrozen } from "../capture/index.ts";
import type { NotebookBindings } from "../capture/types.ts";
import type { PlanDraft } from "../plan/graph.ts";
import type { ContextSession } from "./session.ts";

/** Larger captures are taken as they were at first: comparing them after every cell would cost too much. */
const LARGEST = 1024 * 1024;

/** Watches the functions of shipped stream nodes. */
export class LiveFunctions {
	readonly #session: ContextSession;
	/** Values of live names when they were last looked at. */
	#seen = new Map<string, unknown>();
	#warned = new Set<string>();

	constructor(session: ContextSession) {
		this.#session = session;
	}

	/** Remembers the values as of now: what is shipped is what is captured. */
	begin(): void {
		this.#seen.clear();
		for (const name of this.#names(this.#drafts())) this.#seen.set(name, this.#value(name));
	}

	/** Sends functions again whose live variables have new values. They take effect at the next batch boundary. */
	check(): void {
		const drafts = this.#drafts();
		const suspects = new Set<string>();
		for (const name of this.#names(drafts)) {
			const value = this.#value(name);
			const primitive = (typeof value !== "object" || value === null) && typeof value !== "function";
			if (primitive && this.#seen.has(name) && Object.is(this.#seen.get(name), value)) continue;
			this.#seen.set(name, value);
			suspects.add(name);
		}
		if (suspects.size === 0) return;
		for (const draft of drafts) {
			if (!Object.values(draft.functions).some((fn) => fn.live.some((name) => suspects.has(name)))) continue;
			this.#recapture(draft);
		}
	}

	#recapture(draft: PlanDraft): void {
		const heavy = Object.values(draft.functions).some((fn) => fn.bytes > LARGEST);
		if (heavy) {
			const { id } = draft.freeze();
			if (this.#warned.has(id)) return;
			this.#warned.add(id);
			this.#session.warn(draft.cell, `${draft.spec.op}: it captures more than 1 MB, so changes of its variables are not taken over\n`);
			return;
		}
		for (const role of draft.recapture()) {
			this.#session.client.send({ kind: "update-function", node: draft.freeze().id, role, fn: draft.functions[role] });
		}
	}

	#drafts(): PlanDraft[] {
		return this.#session.graph.drafts.filter((draft) => draft.node !== undefined);
	}

	#names(drafts: readonly PlanDraft[]): Set<string> {
		const names = new Set<string>();
		for (const draft of drafts) for (const fn of Object.values(draft.functions)) for (const name of fn.live) names.add(name);
		return names;
	}

	#value(name: string): unknown {
		const bindings: NotebookBindings | undefined = this.#session.host?.bindings;
		if (name.startsWith("#") || bindings === undefined || !bindings.has(name)) return {};
		const value = bindings.get(name);
		return isFrozen(value) ? "frozen" : value;
	}
}
