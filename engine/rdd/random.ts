// Seeded randomness of samples: the same seed and partition give the same numbers, in every run. Not Spark's numbers.

/** Returns a generator of numbers in [0, 1) for a partition. */
export function randomOf(seed: number, partition: number): () => number {
	// The seed may be any number: its bits count, not only its whole part.
	const bits = new Uint32Array(new Float64Array([seed]).buffer);
	let a = mix(mix(bits[0] ^ 0x9e3779b9) ^ bits[1]) ^ mix(partition + 0x7f4a7c15);
	return () => {
		a = (a + 0x9e3779b9) | 0;
		return (mix(a) >>> 0) / 2 ** 32;
	};
}

function mix(x: number): number {
	let t = x ^ (x >>> 16);
	t = Math.imul(t, 0x21f0aaad);
	t ^= t >>> 15;
	t = Math.imul(t, 0x735a2d97);
	return t ^ (t >>> 15);
}

/** Returns a whole number with Poisson's distribution. */
export function poisson(mean: number, random: () => number): number {
	// Large means in parts: exp(-mean) would be 0.
	let left = mean;
	let count = 0;
	while (left > 0) {
		const part = Math.min(left, 30);
		left -= part;
		const limit = Math.exp(-part);
		for (let product = random(); product > limit; product *= random()) count++;
	}
	return count;
}

/** Puts the items in a random order, in place. */
export function shuffle<T>(items: T[], random: () => number): T[] {
	for (let i = items.length - 1; i > 0; i--) {
		const j = Math.floor(random() * (i + 1));
		[items[i], items[j]] = [items[j], items[i]];
	}
	return items;
}
