// Output of `print()`: one display per output operation, holding the newest batches, rewritten as they come.
import { randomUUID } from "node:crypto";
import type { Outputs } from "../protocol/outputs.ts";
import type { Scheduler } from "./scheduler.ts";

/** Batches that a display holds. */
export const MAX_PRINTED_BATCHES = 8;
const MAX_CHARACTERS = 64 * 1024;
const MIN_INTERVAL = 100;

/** The displays of all `print()` operations of one stream. */
export class PrintDisplays {
	readonly #outputs: Outputs;
	readonly #scheduler: Scheduler;
	readonly #displays = new Map<number, PrintDisplay>();

	constructor(outputs: Outputs, scheduler: Scheduler) {
		this.#outputs = outputs;
		this.#scheduler = scheduler;
	}

	/** Shows the text of one more batch. */
	print(output: number, text: string, cell: string | undefined, displayId?: string): void {
		let display = this.#displays.get(output);
		if (display === undefined || (displayId !== undefined && display.displayId !== displayId)) {
			display?.close();
			display = new PrintDisplay(this.#outputs, this.#scheduler, cell, displayId);
			this.#displays.set(output, display);
		}
		display.add(text);
	}

	/** Publishes what is waiting. */
	flush(): void {
		for (const display of this.#displays.values()) display.flush();
	}

	/** Forgets the displays of a cell that is run again. */
	closeCell(cell: string): void {
		for (const [output, display] of this.#displays) {
			if (display.cell !== cell) continue;
			display.close();
			this.#displays.delete(output);
		}
	}
}

class PrintDisplay {
	readonly cell: string | undefined;
	readonly #outputs: Outputs;
	readonly #scheduler: Scheduler;
	readonly displayId: string;
	#batches: string[] = [];
	#dropped = 0;
	#shown = false;
	#dirty = false;
	#lastSent = Number.NEGATIVE_INFINITY;
	#cancel: (() => void) | undefined;

	/** @param displayId of the place that the cell has taken already. */
	constructor(outputs: Outputs, scheduler: Scheduler, cell: string | undefined, displayId: string | undefined) {
		this.#outputs = outputs;
		this.#scheduler = scheduler;
		this.cell = cell;
		this.displayId = displayId ?? randomUUID();
		this.#shown = displayId !== undefined;
	}

	add(text: string): void {
		this.#batches.push(text.endsWith("\n") ? text : `${text}\n`);
		let size = this.#batches.reduce((sum, batch) => sum + batch.length, 0);
		while (this.#batches.length > 1 && (this.#batches.length > MAX_PRINTED_BATCHES || size > MAX_CHARACTERS)) {
			size -= (this.#batches.shift() as string).length;
			this.#dropped += 1;
		}
		this.#dirty = true;
		const wait = this.#lastSent + MIN_INTERVAL - this.#scheduler.now();
		if (wait <= 0) this.flush();
		else {
			this.#cancel ??= this.#scheduler.after(wait, () => {
				this.#cancel = undefined;
				this.flush();
			});
		}
	}

	flush(): void {
		if (!this.#dirty) return;
		const head = this.#dropped === 0 ? "" : `… ${this.#dropped.toLocaleString("en-US")} earlier batches\n`;
		const bundle = { "text/plain": (head + this.#batches.join("")).trimEnd() };
		if (this.#shown) this.#outputs.updateDisplayData(this.displayId, bundle, {});
		else {
			// Without a front end that routes by display, a first output under another cell than the running one is lost.
			const cell = this.#outputs.sawCellId ? this.cell : (this.#outputs.currentCell ?? this.cell);
			if (cell === undefined) {
				this.#outputs.stream(undefined, "stdout", this.#batches.join(""));
				this.#batches = [];
			} else {
				this.#outputs.displayData(cell, bundle, {}, this.displayId);
				this.#shown = true;
			}
		}
		this.#dirty = false;
		this.#lastSent = this.#scheduler.now();
	}

	close(): void {
		this.#cancel?.();
		this.#dirty = false;
	}
}
