// StatsReportListener: percentiles of the last batches, older ones are forgotten.
import { expect, test } from "vitest";
import { type BatchInfo, StatsReportListener } from "../../../engine/index.ts";

const batch = (totalDelay: number | undefined, processingDelay: number): { batch: BatchInfo } => ({
	batch: {
		batchTime: 0,
		number: 1,
		numRecords: 0,
		inputs: [],
		submissionTime: 0,
		outputs: [],
		failed: false,
		totalDelay,
		processingDelay,
	},
});

test("reports the distribution of the last batches only", () => {
	const lines: string[] = [];
	const listener = new StatsReportListener(2, (line) => lines.push(line));
	listener.onBatchCompleted(batch(100, 1));
	listener.onBatchCompleted(batch(30, 2));
	listener.onBatchCompleted(batch(10, 3));
	expect(lines.at(-2)).toBe(
		"Total delay: 0% 10 ms, 5% 10 ms, 10% 10 ms, 25% 10 ms, 50% 30 ms, 75% 30 ms, 90% 30 ms, 95% 30 ms, 100% 30 ms",
	);
	expect(lines.at(-1)).toMatch(/^Processing time: 0% 2 ms.*100% 3 ms$/);
});

test("a batch without a delay is left out", () => {
	const lines: string[] = [];
	new StatsReportListener(1, (line) => lines.push(line)).onBatchCompleted(batch(undefined, 5));
	expect(lines).toEqual([expect.stringMatching(/^Processing time: 0% 5 ms/)]);
});
