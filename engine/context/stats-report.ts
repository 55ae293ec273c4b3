// StatsReportListener: prints how the last batches were distributed in time.
import type { BatchInfo } from "../views/events.ts";
import type { ListenerMethods } from "./listeners.ts";

const PERCENTILES = [0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 1];

/**
 * A listener that prints, after each batch, the percentiles of total delay and processing time of the last
 * `numBatchInfos` batches (default 10).
 *
 * @example
 * ```ts
 * ssc.addStreamingListener(new StatsReportListener(20));
 * ```
 */
export class StatsReportListener implements ListenerMethods {
	readonly #most: number;
	readonly #print: (line: string) => void;
	readonly #batches: BatchInfo[] = [];

	/** @param print where the lines go; default: the console. */
	constructor(numBatchInfos = 10, print: (line: string) => void = (line) => console.log(line)) {
		this.#most = numBatchInfos;
		this.#print = print;
	}

	/** Called after each batch. */
	onBatchCompleted({ batch }: { readonly batch: BatchInfo }): void {
		this.#batches.push(batch);
		if (this.#batches.length > this.#most) this.#batches.shift();
		this.#report("Total delay", (info) => info.totalDelay);
		this.#report("Processing time", (info) => info.processingDelay);
	}

	#report(name: string, of: (batch: BatchInfo) => number | undefined): void {
		const times = this.#batches
			.map(of)
			.filter((ms) => ms !== undefined)
			.sort((a, b) => a - b);
		if (times.length === 0) return;
		const at = (p: number) => times[Math.min(times.length - 1, Math.floor(p * times.length))];
		this.#print(`${name}: ${PERCENTILES.map((p) => `${p * 100}% ${at(p)} ms`).join(", ")}`);
	}
}
