// How views write numbers, times and states as text: one spelling for pages, saved notebooks and consoles.

import type { ViewSnapshot } from "./model.ts";
import { newestEnded } from "./model.ts";

/** Returns a number as the views write it: `12,345`, `0.0312`, `1.5e+21`. */
export function formatNumber(value: number): string {
	if (!Number.isFinite(value)) return String(value);
	if (Number.isInteger(value) && Math.abs(value) < 1e15) return value.toLocaleString("en-US");
	const size = Math.abs(value);
	if (size >= 1e15 || (size < 1e-4 && size > 0)) return value.toExponential(3);
	return size >= 1 ? value.toLocaleString("en-US", { maximumFractionDigits: 3 }) : String(Number(value.toPrecision(4)));
}

/** Returns one line of state: `counts · batch 12 · 1,204 records · processing 35 ms · total delay 40 ms · running`. */
export function summary(snapshot: ViewSnapshot): string {
	const batch = newestEnded(snapshot);
	const parts = [snapshot.title];
	if (batch === undefined) parts.push("no batch yet");
	else {
		parts.push(`batch ${batch.number}`, `${formatNumber(batch.records)} records`);
		if (batch.processing !== null) parts.push(`processing ${formatMs(batch.processing)}`);
		if (batch.total !== null) parts.push(`total delay ${formatMs(batch.total)}`);
	}
	if (snapshot.failed > 0) parts.push(failedText(snapshot));
	parts.push(stateText(snapshot));
	return parts.join(" · ");
}

/** Returns how many batches failed: `1 failed batch`. */
export function failedText(snapshot: ViewSnapshot): string {
	return `${formatNumber(snapshot.failed)} failed batch${snapshot.failed === 1 ? "" : "es"}`;
}

/** Returns the state of the stream in one word or two. */
export function stateText(snapshot: ViewSnapshot): string {
	if (snapshot.stopping) return "stopping";
	return { INITIALIZED: "not started", ACTIVE: "running", STOPPED: "stopped" }[snapshot.state];
}

/** Returns what is wrong with the stream now, or undefined. */
export function problemOf(snapshot: ViewSnapshot): string | undefined {
	const { error } = snapshot;
	if (error !== null) {
		const batch = snapshot.batches.find((candidate) => candidate.time === error.batchTime);
		return `${batch === undefined ? "Error" : `Batch ${formatNumber(batch.number)} failed`}: ${error.message}`;
	}
	const receiver = snapshot.receivers.find((candidate) => !candidate.active && candidate.lastErrorMessage !== "");
	if (receiver !== undefined) return `Receiver ${receiver.name}: ${receiver.lastErrorMessage}`;
	return undefined;
}

/** Returns a duration as the views write it: `0.4 ms`, `35 ms`, `1.24 s`. */
export function formatMs(ms: number): string {
	if (ms >= 1000) return `${(ms / 1000).toLocaleString("en-US", { maximumFractionDigits: 2 })} s`;
	return `${ms >= 10 ? Math.round(ms) : Number(ms.toFixed(1))} ms`;
}

/** Returns a cell of a table as text. */
export function cellText(value: string | number | boolean | null): string {
	return typeof value === "number" ? formatNumber(value) : String(value);
}
