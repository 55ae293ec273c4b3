// The inputs of this session and of those before it, and the answers to history_request.
import type { Entry, HistoryStore } from "./history-store.ts";

/** A line of history_reply. */
export type HistoryLine = readonly [session: number, line: number, input: string | readonly [string, string | null]];

/** Inputs of this session kept in memory. */
const MOST = 10_000;
/** Longest output remembered. */
const LONGEST_OUTPUT = 10_000;

type Found = readonly [session: number, entry: Entry];

/** Memory of inputs. */
export class History {
	readonly #store: HistoryStore | undefined;
	readonly #entries: Entry[] = [];

	/** Without a store there is this session only. */
	constructor(store?: HistoryStore) {
		this.#store = store;
	}

	add(line: number, input: string): void {
		this.#entries.push({ line, input });
		if (this.#entries.length > MOST) this.#entries.shift();
		this.#store?.append({ l: line, i: input });
	}

	/** Keeps the text of the result of input `line`. */
	setOutput(line: number, text: string): void {
		const entry = this.#entries.at(-1);
		if (entry?.line !== line) return;
		entry.output = text.slice(0, LONGEST_OUTPUT);
		this.#store?.append({ l: line, o: entry.output });
	}

	/** Lets the file of the session go. */
	close(): void {
		this.#store?.close();
	}

	/** Returns what `request` (content of history_request) asks for. */
	answer(request: { readonly [name: string]: unknown }): HistoryLine[] {
		const found = this.#find(request);
		return found.map(([session, { line, input, output }]) => [
			session,
			line,
			request.output === true ? [input, output ?? null] : input,
		]);
	}

	#find(request: { readonly [name: string]: unknown }): Found[] {
		switch (request.hist_access_type) {
			case "range":
				return this.#range(integer(request.session) ?? 0, integer(request.start) ?? 0, integer(request.stop));
			case "search": {
				const pattern = String(request.pattern ?? "*");
				const found = this.#all().filter(([, { input }]) => matches(pattern, input));
				return newest(request.unique === true ? unique(found) : found, integer(request.n));
			}
			default:
				return newest(this.#all(), integer(request.n));
		}
	}

	/** Session 0 is this one, −1 the one before it; other numbers are as in the lines. */
	#range(session: number, start: number, stop: number | undefined): Found[] {
		const own = this.#store?.session ?? 1;
		const others = this.#store?.others() ?? new Map<number, readonly Entry[]>();
		let number = session > 0 ? session : own;
		if (session < 0) number = [...others.keys()].filter((other) => other < own).at(session) ?? Number.NaN;
		const entries = number === own ? this.#entries : (others.get(number) ?? []);
		const end = stop ?? Number.POSITIVE_INFINITY;
		return entries.filter(({ line }) => line >= start && line < end).map((entry) => [number, entry]);
	}

	#all(): Found[] {
		const own = this.#store?.session ?? 1;
		const found: Found[] = [];
		for (const [session, entries] of this.#store?.others() ?? [])
			for (const entry of entries) found.push([session, entry]);
		for (const entry of this.#entries) found.push([own, entry]);
		return found;
	}
}

function integer(value: unknown): number | undefined {
	return typeof value === "number" && Number.isFinite(value) ? Math.trunc(value) : undefined;
}

function newest(found: Found[], n: number | undefined): Found[] {
	return n === undefined ? found : n > 0 ? found.slice(-n) : [];
}

/** Of equal inputs the newest one. */
function unique(found: Found[]): Found[] {
	const last = new Map(found.map((each) => [each[1].input, each]));
	return found.filter((each) => last.get(each[1].input) === each);
}

/** `*` and `?` as in file names, anchored at both ends. Linear in the text: a pattern cannot hold up the thread. */
export function matches(pattern: string, text: string): boolean {
	let p = 0;
	let t = 0;
	let star = -1;
	let resume = 0;
	while (t < text.length) {
		if (pattern[p] === "*") {
			star = p++;
			resume = t;
		} else if (p < pattern.length && (pattern[p] === "?" || pattern[p] === text[t])) {
			p++;
			t++;
		} else if (star >= 0) {
			p = star + 1;
			t = ++resume;
		} else return false;
	}
	while (pattern[p] === "*") p++;
	return p === pattern.length;
}
