// The words that the notebook thread and the protocol thread share: kernel section, stream credit, closed flag.

/** Count of kernel frames on the notebook thread's stack; terminate is posted only while it is 0. */
const SECTION = 0;
/** Stream messages that the protocol thread has taken, modulo 2^32. */
const TAKEN = 1;
/** 1 once the sockets are closed. */
const CLOSED = 2;
/** Counts answers to questions of cells. */
const INPUT = 3;
const WORDS = 4;

/** Stream messages that may be under way before the writer waits. */
const MAX_UNDER_WAY = 512;

/** Shared words of the kernel's two threads. */
export class SharedWords {
	readonly buffer: SharedArrayBuffer;
	readonly #words: Int32Array;
	#sent = 0;

	constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(4 * WORDS)) {
		this.buffer = buffer;
		this.#words = new Int32Array(buffer);
	}

	/** Runs kernel code that must not be cut short by an interrupt. */
	kernel<T>(f: () => T): T {
		Atomics.add(this.#words, SECTION, 1);
		try {
			return f();
		} finally {
			Atomics.sub(this.#words, SECTION, 1);
		}
	}

	/**
	 * Forgets sections whose frames an interrupt has removed; called where the stack is known to be empty.
	 * (A terminate posted just before a section began can still cut it.)
	 */
	resetSection(): void {
		Atomics.store(this.#words, SECTION, 0);
	}

	/** True while kernel code runs on the notebook thread. */
	get inSection(): boolean {
		return Atomics.load(this.#words, SECTION) > 0;
	}

	/** Called after a stream message was posted: waits (at most 200 ms) while the reader is far behind. */
	streamSent(): void {
		this.#sent = (this.#sent + 1) | 0;
		for (let tries = 0; tries < 10; tries++) {
			const taken = Atomics.load(this.#words, TAKEN);
			if (((this.#sent - taken) | 0) < MAX_UNDER_WAY) return;
			Atomics.wait(this.#words, TAKEN, taken, 20);
		}
	}

	/** Called by the reader for every stream message. */
	streamTaken(): void {
		Atomics.add(this.#words, TAKEN, 1);
		Atomics.notify(this.#words, TAKEN);
	}

	/** Called by the protocol thread when it has answered a question. */
	inputAnswered(): void {
		Atomics.add(this.#words, INPUT, 1);
		Atomics.notify(this.#words, INPUT);
	}

	/** Waits until `answer` gives something. In pieces: an interrupt ends it between two of them. */
	waitInput<T>(answer: () => T | undefined): T {
		for (;;) {
			const seen = Atomics.load(this.#words, INPUT);
			const given = answer();
			if (given !== undefined) return given;
			Atomics.wait(this.#words, INPUT, seen, 50);
		}
	}

	/** Called by the protocol thread when its sockets are closed. */
	setClosed(): void {
		Atomics.store(this.#words, CLOSED, 1);
		Atomics.notify(this.#words, CLOSED);
	}

	/** Waits until the sockets are closed, at most `ms`. */
	waitClosed(ms: number): void {
		Atomics.wait(this.#words, CLOSED, 0, ms);
	}
}
