// HyperLogLog: how many distinct values there are, about, in 2^p bytes. Values count by value, as keys do.
import { hashKey } from "../data/index.ts";

/** Fixed, so that sketches of different tasks and runs fit together. */
const SEEDS = [0x3243f6a9, 0x5a308d31] as const;

/** Returns the precision for a relative standard deviation, as Spark chooses it. */
export function precisionOf(relativeSD: number): number {
	return Math.max(4, Math.ceil((2 * Math.log(1.054 / relativeSD)) / Math.LN2));
}

/** Adds a value to the registers of precision `p`. */
export function addTo(registers: Uint8Array, p: number, value: unknown): void {
	// Two hashes of 32 bits: one alone would see collisions from a hundred thousand values on.
	const high = finish(hashKey(value, SEEDS[0]));
	const low = finish(hashKey(value, SEEDS[1]));
	const index = high >>> (32 - p);
	const rest = (high << p) >>> 0;
	// Leading zeros of the 64 - p bits that are left.
	const rank = rest !== 0 ? Math.clz32(rest) + 1 : Math.min(32 - p + Math.clz32(low) + 1, 64 - p + 1);
	if (rank > registers[index]) registers[index] = rank;
}

/** FNV-like hashes of short text differ in few bits; the estimate needs all of them to. */
function finish(hash: number): number {
	let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
	h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
	return (h ^ (h >>> 16)) >>> 0;
}

/** Merges registers into the first; returns it. */
export function mergeRegisters(into: Uint8Array, other: Uint8Array): Uint8Array {
	for (let i = 0; i < into.length; i++) if (other[i] > into[i]) into[i] = other[i];
	return into;
}

/** Returns the number of distinct values (Ertl's improved raw estimator: unbiased over the whole range, no tables). */
export function estimate(registers: Uint8Array): number {
	const m = registers.length;
	const q = 64 - Math.log2(m);
	const counts = new Array<number>(q + 2).fill(0);
	for (const rank of registers) counts[rank]++;
	let z = m * tau(1 - counts[q + 1] / m);
	for (let k = q; k >= 1; k--) z = 0.5 * (z + counts[k]);
	z += m * sigma(counts[0] / m);
	return Math.round((m * m) / (2 * Math.LN2 * z));
}

function sigma(x: number): number {
	if (x === 1) return Number.POSITIVE_INFINITY;
	let power = x;
	let y = 1;
	let z = x;
	for (let before = Number.NaN; before !== z; ) {
		power *= power;
		before = z;
		z += power * y;
		y += y;
	}
	return z;
}

function tau(x: number): number {
	if (x === 0 || x === 1) return 0;
	let root = x;
	let y = 1;
	let z = 1 - x;
	for (let before = Number.NaN; before !== z; ) {
		root = Math.sqrt(root);
		before = z;
		y *= 0.5;
		z -= (1 - root) ** 2 * y;
	}
	return z / 3;
}
