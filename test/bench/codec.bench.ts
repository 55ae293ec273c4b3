// How fast records are written and read as columns, beside v8.serialize, which structured clone uses.
import { deserialize, serialize } from "node:v8";
import { decodePairs, decodeRecords, encodePairs, encodeRecords } from "../../engine/data/index.ts";
import type { BenchContext } from "./harness.ts";

export const name = "codec";
export const about = "records written and read as columns per second, against v8.serialize of the same records";

const COUNT = 100_000;

export async function run(b: BenchContext): Promise<void> {
	const pairs = Array.from({ length: COUNT }, (_, i): [string, number] => [`word${(i * 7919) % 50_000}`, i % 100]);
	const objects = pairs.map(([key, value]) => ({ key, value }));
	const keys = pairs.map((p) => p[0]);
	const values = Float64Array.from(pairs, (p) => p[1]);
	b.note(`${COUNT} records a run, 50 000 different keys, the best of 40 runs`);
	for (const [shape, records] of [
		["[string, number]", pairs],
		["{ key, value }", objects],
	] as const) {
		const [columns, clone] = [encodeRecords(records), serialize(records)];
		b.report({
			metric: `write ${shape}`,
			unit: "records/s",
			value: rate(() => encodeRecords(records)),
			baseline: rate(() => serialize(records)),
		});
		b.report({
			metric: `read ${shape}`,
			unit: "records/s",
			value: rate(() => decodeRecords(columns)),
			baseline: rate(() => deserialize(clone)),
		});
	}
	const [columns, clone] = [encodePairs(keys, values), serialize(pairs)];
	b.report({
		metric: "write columns of pairs",
		unit: "records/s",
		value: rate(() => encodePairs(keys, values)),
		baseline: rate(() => serialize(pairs)),
	});
	b.report({
		metric: "read columns of pairs",
		unit: "records/s",
		value: rate(() => decodePairs(columns)),
		baseline: rate(() => deserialize(clone)),
	});
}

function rate(f: () => unknown): number {
	let best = Number.POSITIVE_INFINITY;
	for (let i = 0; i < 40; i++) {
		const start = performance.now();
		f();
		best = Math.min(best, performance.now() - start);
	}
	return Math.round((COUNT / best) * 1000);
}
