// The text of the word counts: lines of ten words, the words' frequencies after Zipf's law, the same in every run.

export const LINES_PER_FILE = 100_000;
export const WORDS_PER_LINE = 10;
const VOCABULARY = 100_000;
const CONSONANTS = "bcdfghjklmnprs";
const VOWELS = "aeiou";
const SYLLABLES = CONSONANTS.length * VOWELS.length;

/** Returns the word of a rank: the more frequent, the fewer syllables. */
export function wordOf(rank: number): string {
	let text = "";
	for (let rest = rank; rest >= 0; rest = Math.floor(rest / SYLLABLES) - 1) {
		const syllable = rest % SYLLABLES;
		text += CONSONANTS[Math.floor(syllable / VOWELS.length)] + VOWELS[syllable % VOWELS.length];
	}
	return text;
}

/** Returns uniform numbers in [0, 1): the generator mulberry32, whose name and constants are common knowledge. */
function uniform(seed: number): () => number {
	let state = seed | 0;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

/** Returns ranks below `n`, rank k with a share of 1 / (k + 1). */
function zipf(n: number, random: () => number): () => number {
	const upTo = new Float64Array(n);
	let sum = 0;
	for (let rank = 0; rank < n; rank++) {
		sum += 1 / (rank + 1);
		upTo[rank] = sum;
	}
	return () => {
		const point = random() * sum;
		let [low, high] = [0, n - 1];
		while (low < high) {
			const middle = (low + high) >> 1;
			if (upTo[middle] < point) low = middle + 1;
			else high = middle;
		}
		return low;
	};
}

/** Returns the lines of the first files, 100 000 a file, one million words each. */
export function wordFiles(files: number): string[][] {
	const vocabulary = Array.from({ length: VOCABULARY }, (_, rank) => wordOf(rank));
	const next = zipf(VOCABULARY, uniform(1));
	return Array.from({ length: files }, () =>
		Array.from({ length: LINES_PER_FILE }, () => {
			let line = vocabulary[next()];
			for (let i = 1; i < WORDS_PER_LINE; i++) line += ` ${vocabulary[next()]}`;
			// Joined again: a line built piece by piece would be flattened by the first who reads it, on his time.
			return Buffer.from(line).toString("latin1");
		}),
	);
}
