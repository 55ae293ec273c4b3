// Live variables: after each cell or callback, functions of a running stream whose captures changed are sent again.
import { isFrozen } from "../capture/index.ts";
import type { NotebookBindings } from "../capture/types.ts";
import { CaptureError } from "../errors/index.ts";
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

	/** Streams whose cells ran again without them: they still run. */
	readonly #released: () => readonly PlanDraft[];
	/** What was last said about a function that could not be captured again, so that it is said once. */
	#refused = new Map<PlanDraft, string>();

	constructor(session: ContextSession, released: () => readonly PlanDraft[]) {
		this.#session = session;
		this.#released = released;
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
			this.#session.warn(
				draft.cell,
				`${draft.spec.op}: it captures more than 1 MB, so changes of its variables are not taken over\n`,
			);
			return;
		}
		try {
			for (const role of draft.recapture()) this.#send(draft, role);
			this.#refused.delete(draft);
		} catch (error) {
			// The stream goes on with the old value; the cell that changed the variable has done nothing wrong by itself.
			if (!(error instanceof CaptureError)) throw error;
			if (this.#refused.get(draft) === error.message) return;
			this.#refused.set(draft, error.message);
			const { host } = this.#session;
			if (host === undefined) this.#session.warn(draft.cell, `${error.message}\n`);
			else host.reportError(draft.cell, error);
		}
	}

	/** Sends all functions with live variables as they were last captured (to a new driver). */
	sendAgain(): void {
		for (const draft of this.#drafts()) {
			for (const [role, fn] of Object.entries(draft.functions)) if (fn.live.length > 0) this.#send(draft, role);
		}
	}

	#send(draft: PlanDraft, role: string): void {
		const fn = draft.functions[role];
		this.#session.shipHandles(fn);
		this.#session.client.send({ kind: "update-function", node: draft.freeze().id, role, fn });
	}

	#drafts(): PlanDraft[] {
		return [...this.#session.graph.drafts, ...this.#released()].filter((draft) => draft.node !== undefined);
	}

	#names(drafts: readonly PlanDraft[]): Set<string> {
		const names = new Set<string>();
		for (const draft of drafts)
			for (const fn of Object.values(draft.functions)) for (const name of fn.live) names.add(name);
		return names;
	}

	#value(name: string): unknown {
		const bindings: NotebookBindings | undefined = this.#session.host?.bindings;
		if (name.startsWith("#") || bindings === undefined || !bindings.has(name)) return {};
		const value = bindings.get(name);
		return isFrozen(value) ? "frozen" : value;
	}
}
