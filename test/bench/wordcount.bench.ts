// Word count from memory and from a socket, with state and with a window, beside the loop one would write without an engine.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { builtEngine, type Engine, quantile } from "./built.ts";
import type { BenchContext } from "./harness.ts";
import { LINES_PER_FILE, WORDS_PER_LINE, wordFiles } from "./words.ts";

export const name = "wordcount";
export const about =
	"words counted per second by 1 and 2 executors, against a plain loop on one thread in the same run";

const FILES = 4;
const WORDS = LINES_PER_FILE * WORDS_PER_LINE;
const WARM_UP = 8;
const ROUNDS = 20;
const WINDOW = 10;
const SOCKET_BATCH_MS = 200;
/** Batches with input, about 7 million words each. */
const SOCKET_WARM_UP = 2;
const SOCKET_BATCHES = 6;

const add = (a: number, b: number): number => a + b;

export async function run(b: BenchContext): Promise<void> {
	const engine = await builtEngine();
	const files = wordFiles(FILES);
	b.note(`${FILES} texts of ${WORDS / 1e6} M words in turns, ${WARM_UP} rounds of warm-up, median of ${ROUNDS} rounds`);
	b.note(
		"baseline: a loop over line.split(' ') with a Map, and the same state or window kept in Maps; rounds alternate",
	);
	for (const executors of [2, 1]) await cached(b, engine, files, executors);
	for (const executors of [2, 1]) await socket(b, engine, files, executors);
	await stateful(b, engine, files, "updateStateByKey");
	await stateful(b, engine, files, "reduceByKeyAndWindow");
}

/** The loop without an engine. */
function countWords(lines: readonly string[], counts: Map<string, number>): Map<string, number> {
	for (const line of lines) for (const word of line.split(" ")) counts.set(word, (counts.get(word) ?? 0) + 1);
	return counts;
}

/** Runs both in turns and returns the words per second of each, from the median of their rounds. */
async function alternate(
	ours: (round: number) => Promise<number>,
	plain: (round: number) => number,
): Promise<{ value: number; baseline: number }> {
	const times: [number[], number[]] = [[], []];
	for (let round = 0; round < WARM_UP + ROUNDS; round++) {
		const start = performance.now();
		const found = await ours(round);
		const middle = performance.now();
		const expected = plain(round);
		const end = performance.now();
		if (found !== expected)
			throw new Error(`round ${round}: ${found} different words, the plain loop finds ${expected}`);
		if (round < WARM_UP) continue;
		times[0].push(middle - start);
		times[1].push(end - middle);
	}
	const [value, baseline] = times.map((list) => Math.round((WORDS / quantile(list, 0.5)) * 1000));
	return { value, baseline };
}

async function cached(b: BenchContext, engine: Engine, files: string[][], executors: number): Promise<void> {
	const sc = new engine.SparkContext(`local[${executors}]`, "wordcount");
	try {
		const rdds = files.map((lines) => sc.parallelize(lines, executors).cache());
		const ours = (round: number) =>
			rdds[round % FILES]
				.flatMap((l) => l.split(" "))
				.map((w) => [w, 1])
				.reduceByKey((x, y) => x + y)
				.count();
		const rates = await alternate(ours, (round) => countWords(files[round % FILES], new Map()).size);
		b.report({ metric: `cached RDD, ${executors} executors`, unit: "words/s", ...rates });
	} finally {
		await sc.stop();
	}
}

async function socket(b: BenchContext, engine: Engine, files: string[][], executors: number): Promise<void> {
	const feeder = fork(fileURLToPath(new URL("./feeder.ts", import.meta.url)), [String(FILES)], { stdio: "inherit" });
	const port = await new Promise<number>((resolve, reject) => {
		feeder.once("message", (sent) => resolve(sent as number));
		feeder.once("exit", (code) => reject(new Error(`the feeder ended with ${code}`)));
	});
	// The sender is faster than anyone can count: less may wait than by default, so that batches stay short.
	const conf = { "millrace.maxInputBytes": "32m" };
	const ssc = new engine.StreamingContext({ master: `local[${executors}]`, batch: SOCKET_BATCH_MS, conf });
	try {
		let keys = 0;
		const rate = new Promise<number>((resolve, reject) => {
			let [batches, lines, start] = [0, 0, 0];
			ssc.addStreamingListener({
				onBatchCompleted({ batch }) {
					if (batch.failed) reject(new Error(`batch ${batch.number} failed`));
					// While a large batch is counted the sender is held up, so every other batch is empty; they are in the time.
					if (batch.numRecords === 0) return;
					batches++;
					if (batches > SOCKET_WARM_UP) lines += batch.numRecords;
					if (batches === SOCKET_WARM_UP) start = performance.now();
					if (batches < SOCKET_WARM_UP + SOCKET_BATCHES) return;
					resolve(Math.round(((lines * WORDS_PER_LINE) / (performance.now() - start)) * 1000));
				},
			});
		});
		ssc
			.socketTextStream("127.0.0.1", port)
			.flatMap((l) => l.split(" "))
			.map((w) => [w, 1])
			.reduceByKey((x, y) => x + y)
			.foreachRDD(async (rdd) => {
				keys = await rdd.count();
			});
		ssc.start();
		const value = await rate;
		if (keys === 0) throw new Error("the batches from the socket had no words");
		await ssc.stop();
		const rounds = Array.from({ length: ROUNDS }, (_, round) => {
			const begin = performance.now();
			countWords(files[round % FILES], new Map());
			return performance.now() - begin;
		});
		const baseline = Math.round((WORDS / quantile(rounds, 0.5)) * 1000);
		b.report({ metric: `socket, ${executors} executors`, unit: "words/s", value, baseline });
	} finally {
		await ssc.stop();
		feeder.kill();
	}
}

async function stateful(
	b: BenchContext,
	engine: Engine,
	files: string[][],
	op: "updateStateByKey" | "reduceByKeyAndWindow",
): Promise<void> {
	const clock = new engine.ManualClock(0);
	const ssc = new engine.StreamingContext({ master: "local[2]", batch: 1000, clock });
	try {
		const rdds = files.map((lines) => ssc.sparkContext.parallelize(lines, 2).cache());
		const pairs = ssc
			.queueStream(Array.from({ length: WARM_UP + ROUNDS }, (_, round) => rdds[round % FILES]))
			.flatMap((l) => l.split(" "))
			.map((w) => [w, 1]);
		let keys = 0;
		const output =
			op === "updateStateByKey"
				? pairs.updateStateByKey((values: number[], total: number | undefined) => {
						let sum = total ?? 0;
						for (const value of values) sum += value;
						return sum;
					})
				: pairs.reduceByKeyAndWindow(
						(x, y) => x + y,
						(x, y) => x - y,
						WINDOW * 1000,
						1000,
					);
		output.foreachRDD(async (rdd) => {
			keys = await rdd.count();
		});
		ssc.start();
		const ours = async () => {
			await clock.advance(1000);
			return keys;
		};
		const total = new Map<string, number>();
		const window: Map<string, number>[] = [];
		const plain = (round: number) => {
			const counts = countWords(files[round % FILES], new Map());
			for (const [word, count] of counts) total.set(word, add(total.get(word) ?? 0, count));
			if (op === "reduceByKeyAndWindow" && window.push(counts) > WINDOW) {
				for (const [word, count] of window.shift() as Map<string, number>)
					total.set(word, (total.get(word) as number) - count);
			}
			return total.size;
		};
		b.report({ metric: `${op}, 2 executors`, unit: "words/s", ...(await alternate(ours, plain)) });
	} finally {
		await ssc.stop();
	}
}
