// The contract of a bench and what runs and prints it. A bench is a file test/bench/NAME.bench.ts.
import { cpus, totalmem } from "node:os";

/** One measured figure. */
export interface BenchRow {
	/** What was measured, e.g. `words/s, 2 executors`. */
	readonly metric: string;
	readonly value: number;
	/** Unit of `value` and `baseline`: `words/s`, `ms`, `MB`. */
	readonly unit: string;
	/** The same figure of what it is compared with, measured in the same run. */
	readonly baseline?: number;
	/** `value / baseline` by default; above 1 is better only where more is better. */
	readonly ratio?: number;
}

/** What a bench is given. */
export interface BenchContext {
	/** Adds a figure to the report; it is printed at once. */
	report(row: BenchRow): void;
	/** Prints a remark: sizes, seeds, what the baseline is. */
	note(text: string): void;
}

/** What a file `test/bench/NAME.bench.ts` exports. */
export interface Bench {
	/** The NAME of its file. */
	readonly name: string;
	/** One line: what is measured, against which baseline. */
	readonly about: string;
	run(b: BenchContext): Promise<void>;
}

/** Everything a run found, as `--json` writes it. */
export interface BenchReport {
	readonly name: string;
	readonly about: string;
	readonly command: string;
	readonly machine: string;
	readonly node: string;
	readonly date: string;
	readonly rows: readonly BenchRow[];
	readonly notes: readonly string[];
}

/** Returns the machine in one line: processor, number of cores, memory, platform. */
export function machine(): string {
	const list = cpus();
	const model = list[0]?.model.trim() || "unknown processor";
	const memory = (totalmem() / 2 ** 30).toFixed(0);
	return `${model}, ${list.length} cores, ${memory} GB, ${process.platform}-${process.arch}`;
}

/** Returns `row` with its ratio filled in where there is a baseline. */
export function withRatio(row: BenchRow): BenchRow {
	if (!Number.isFinite(row.value))
		throw new Error(`Bench figure "${row.metric}" is ${row.value}; a finite number is expected.`);
	if (row.ratio !== undefined || row.baseline === undefined || row.baseline === 0) return row;
	return { ...row, ratio: row.value / row.baseline };
}

/** Returns a figure as it is printed: three significant digits, thousands and millions shortened. */
export function figure(value: number): string {
	const size = Math.abs(value);
	if (size >= 1e6) return `${(value / 1e6).toPrecision(3)} M`;
	if (size >= 1e4) return `${(value / 1e3).toPrecision(3)} k`;
	return size >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

/** Runs one bench and returns its report; `print` gets the lines as they come. */
export async function runBench(bench: Bench, command: string, print: (line: string) => void): Promise<BenchReport> {
	const rows: BenchRow[] = [];
	const notes: string[] = [];
	const head = {
		name: bench.name,
		about: bench.about,
		command,
		machine: machine(),
		node: process.version,
		date: new Date().toISOString(),
	};
	print(`${bench.name}: ${bench.about}`);
	print(`  ${head.command} · Node ${head.node} · ${head.machine}`);
	await bench.run({
		report(given) {
			const row = withRatio(given);
			rows.push(row);
			const compared = row.baseline === undefined ? "" : `baseline ${figure(row.baseline)}`;
			const ratio = row.ratio === undefined ? "" : `× ${row.ratio.toFixed(2)}`;
			print(
				`  ${row.metric.padEnd(44)} ${`${figure(row.value)} ${row.unit}`.padStart(18)}  ${compared.padEnd(18)} ${ratio}`.trimEnd(),
			);
		},
		note(text) {
			notes.push(text);
			print(`  ${text}`);
		},
	});
	if (rows.length === 0) throw new Error(`Bench "${bench.name}" reported no figures.`);
	return { ...head, rows, notes };
}

/** Returns the bench that a module exports; throws when it is none. */
export function asBench(module: { readonly [name: string]: unknown }, file: string): Bench {
	const { name, about, run } = module;
	if (typeof name !== "string" || typeof about !== "string" || typeof run !== "function") {
		throw new Error(
			`${file} must export name (text), about (text) and run(b); found ${Object.keys(module).join(", ") || "nothing"}.`,
		);
	}
	return { name, about, run: run as Bench["run"] };
}
