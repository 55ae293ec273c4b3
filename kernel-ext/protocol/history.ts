// The inputs of this session, kept in memory, and the answers to history_request.

interface Entry {
	readonly line: number;
	readonly input: string;
	output?: string;
}

/** A line of history_reply. */
export type HistoryLine = readonly [session: number, line: number, input: string | readonly [string, string | null]];

const SESSION = 1;
/** Inputs kept. */
const MOST = 10_000;

/** Memory of a session's inputs. */
export class History {
	readonly #entries: Entry[] = [];

	add(line: number, input: string): void {
		this.#entries.push({ line, input });
		if (this.#entries.length > MOST) this.#entries.shift();
	}

	/** Keeps the text of the result of input `line`. */
	setOutput(line: number, output: string): void {
		const entry = this.#entries.at(-1);
		if (entry?.line === line) entry.output = output;
	}

	/** Returns what `request` (content of history_request) asks for. */
	answer(request: { readonly [name: string]: unknown }): HistoryLine[] {
		const n = typeof request.n === "number" ? request.n : undefined;
		let found: Entry[];
		switch (request.hist_access_type) {
			case "range": {
				const session = typeof request.session === "number" ? request.session : 0;
				if (session > 0 && session !== SESSION) return [];
				const start = typeof request.start === "number" ? request.start : 0;
				const stop = typeof request.stop === "number" ? request.stop : Number.POSITIVE_INFINITY;
				found = this.#entries.filter((entry) => entry.line >= start && entry.line < stop);
				break;
			}
			case "search": {
				const pattern = globExpression(String(request.pattern ?? "*"));
				found = this.#entries.filter((entry) => pattern.test(entry.input));
				if (request.unique === true) {
					const newest = new Map(found.map((entry) => [entry.input, entry]));
					found = found.filter((entry) => newest.get(entry.input) === entry);
				}
				if (n !== undefined) found = n > 0 ? found.slice(-n) : [];
				break;
			}
			default:
				found = n === undefined ? this.#entries : n > 0 ? this.#entries.slice(-n) : [];
		}
		return found.map((entry) => [
			SESSION,
			entry.line,
			request.output === true ? [entry.input, entry.output ?? null] : entry.input,
		]);
	}
}

/** `*` and `?` as in file names; anchored at both ends. */
function globExpression(pattern: string): RegExp {
	const text = pattern
		.replace(/[.+^${}()|[\]\\]/g, "\\$&")
		.replace(/\*/g, ".*")
		.replace(/\?/g, ".");
	return new RegExp(`^${text}$`, "s");
}
