// The block generator for lines of text: bytes go from the socket straight into shared memory, only a cut line is moved.
import { countShared } from "../data/index.ts";

const SMALLEST = 16 * 1024;
const LARGEST = 1024 * 1024;
const NEWLINE = 10;

/** Longest line in bytes; a stream without line ends must not fill the memory. */
export const LONGEST_LINE = 64 * 1024 * 1024;

/** A closed block: whole lines, UTF-8. */
export interface TextBlock {
	readonly data: SharedArrayBuffer;
	readonly bytes: number;
	readonly records: number;
}

/** Collects bytes into blocks that end at a line end. */
export class TextBlocks {
	#data = new SharedArrayBuffer(SMALLEST);
	#view = new Uint8Array(this.#data);
	#used = 0;
	/** Bytes up to and with the last line end. */
	#whole = 0;
	#records = 0;
	#size = SMALLEST;
	readonly #emit: (block: TextBlock) => void;

	constructor(emit: (block: TextBlock) => void) {
		this.#emit = emit;
	}

	/** Bytes received and not yet emitted. */
	get pending(): number {
		return this.#used;
	}

	/** Returns the free rest of the open block: whatever is written there is taken by `took`. */
	room(): Uint8Array {
		if (this.#used === this.#data.byteLength) this.#grow();
		return this.#view.subarray(this.#used);
	}

	/**
	 * `n` bytes were written at the start of `from`, which `room` returned some time ago: Node asks for the next buffer
	 * early, and the block may have been cut since. Throws RangeError for a line that is too long.
	 */
	took(n: number, from: Uint8Array): void {
		if (from.buffer === this.#data && from.byteOffset === this.#used) {
			this.#advance(n);
			return;
		}
		for (let at = 0; at < n; ) {
			const room = this.room();
			const part = from.subarray(at, Math.min(n, at + room.byteLength));
			room.set(part);
			at += part.byteLength;
			this.#advance(part.byteLength);
		}
	}

	#advance(n: number): void {
		const end = this.#used + n;
		const written = this.#view.subarray(0, end);
		for (let at = written.indexOf(NEWLINE, this.#used); at >= 0; at = written.indexOf(NEWLINE, at + 1)) {
			this.#records++;
			this.#whole = at + 1;
		}
		this.#used = end;
		if (end === this.#data.byteLength) {
			if (this.#whole > 0) this.cut();
			else if (end >= LONGEST_LINE) throw new RangeError(`a line is longer than ${LONGEST_LINE / 2 ** 20} MB`);
		}
	}

	/** Emits the whole lines there are as a block; does nothing when there are none. */
	cut(): void {
		if (this.#whole === 0) return;
		const { size, rest } = { size: this.#whole, rest: this.#used - this.#whole };
		const full = this.#used === this.#data.byteLength;
		this.#size = full
			? Math.min(this.#size * 2, LARGEST)
			: this.#used * 8 < this.#size
				? Math.max(this.#size / 2, SMALLEST)
				: this.#size;
		const carried = this.#view.slice(this.#whole, this.#used);
		let data = this.#data;
		if (size * 2 < data.byteLength) {
			data = new SharedArrayBuffer(size);
			new Uint8Array(data).set(this.#view.subarray(0, size));
		}
		countShared(data.byteLength);
		this.#emit({ data, bytes: size, records: this.#records });
		// The emitted block is shared now; only when it was copied may the old memory be used again.
		if (data === this.#data || this.#data.byteLength !== this.#size) {
			this.#data = new SharedArrayBuffer(Math.max(this.#size, rest * 2));
			this.#view = new Uint8Array(this.#data);
		}
		this.#view.set(carried);
		this.#used = rest;
		this.#whole = 0;
		this.#records = 0;
	}

	/** Ends the input: a last line without a line end is a line, too. */
	finish(): void {
		if (this.#used > this.#whole) {
			this.room()[0] = NEWLINE;
			this.#advance(1);
		}
		this.cut();
	}

	#grow(): void {
		const data = new SharedArrayBuffer(this.#data.byteLength * 2);
		const view = new Uint8Array(data);
		view.set(this.#view);
		this.#data = data;
		this.#view = view;
		this.#size = Math.min(Math.max(this.#size, data.byteLength), LARGEST);
	}
}
