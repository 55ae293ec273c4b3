// Which version of each state partition exists, who holds it, and the image it can be made from again.
import type { StateImage, StateUse, TaskResult } from "../plan/stage.ts";

interface Tracked {
	image: StateImage;
	owner: number | undefined;
	/** The image before the newest version, until the batch that made it is over; undefined: there was none. */
	before?: { readonly image: StateImage | undefined };
}

/** State partitions by store and partition. The images are in shared memory: an executor may die at any time. */
export class StateTracker {
	#tracked = new Map<string, Tracked>();

	/** Claims the partition for a task that makes version `to`; equal versions mean it is there already. */
	use(store: string, partition: number, to: number): StateUse {
		const version = this.version(store, partition);
		if (version > to) {
			throw new Error(
				`state of ${store} partition ${partition} stands at ${version} ms; the one of ${to} ms is no longer held`,
			);
		}
		return { store, partition, from: version, to };
	}

	/** Version (batch time in ms) of a partition, 0 when there is none. */
	version(store: string, partition: number): number {
		return this.#tracked.get(`${store}#${partition}`)?.image.version ?? 0;
	}

	/** Returns whether all partitions of a store exist. */
	made(store: string, partitions: number): boolean {
		for (let partition = 0; partition < partitions; partition++) if (this.version(store, partition) === 0) return false;
		return true;
	}

	owner(store: string, partition: number): number | undefined {
		return this.#tracked.get(`${store}#${partition}`)?.owner;
	}

	image(store: string, partition: number): StateImage | undefined {
		return this.#tracked.get(`${store}#${partition}`)?.image;
	}

	/** Takes over a version that a task (or the ring) has made. */
	record(state: TaskResult["states"][number], owner: number | undefined): void {
		const name = `${state.store}#${state.partition}`;
		const old = this.#tracked.get(name)?.image;
		const image =
			state.base !== undefined
				? { version: state.version, base: state.base, deltas: [] }
				: {
						version: state.version,
						base: old?.base,
						deltas: [...(old?.deltas ?? []), state.delta as SharedArrayBuffer],
					};
		this.#tracked.set(name, { image, owner, before: { image: old } });
	}

	/**
	 * A batch failed. Where only some partitions of a store have come to its version, they go back to the one before: a
	 * state is never half of a batch. Returns the partitions that went back, with their images.
	 */
	revert(store: string, partitions: number, time: number): { partition: number; image: StateImage | undefined }[] {
		const made: number[] = [];
		for (let partition = 0; partition < partitions; partition++)
			if (this.version(store, partition) === time) made.push(partition);
		if (made.length === partitions) return [];
		return made.flatMap((partition) => {
			const name = `${store}#${partition}`;
			const before = this.#tracked.get(name)?.before;
			// Recovered from the ring: what was before is not known any more.
			if (before === undefined) return [];
			if (before.image === undefined) this.#tracked.delete(name);
			else this.#tracked.set(name, { image: before.image, owner: undefined });
			return [{ partition, image: before.image }];
		});
	}

	/** A batch is over: the versions before its own are not needed any more. */
	settle(time: number): void {
		for (const tracked of this.#tracked.values()) if (tracked.image.version <= time) tracked.before = undefined;
	}

	/** Takes over an image from the ring (recovery). */
	restore(store: string, partition: number, image: StateImage): void {
		this.#tracked.set(`${store}#${partition}`, { image: { ...image, deltas: [...image.deltas] }, owner: undefined });
	}

	/** An executor took over a partition from its image. */
	moved(store: string, partition: number, owner: number): void {
		const tracked = this.#tracked.get(`${store}#${partition}`);
		if (tracked !== undefined) tracked.owner = owner;
	}

	/** An executor could not finish a change: what it holds is not to be relied on. */
	disown(store: string, partition: number): void {
		const tracked = this.#tracked.get(`${store}#${partition}`);
		if (tracked !== undefined) tracked.owner = undefined;
	}

	/** An executor is gone: nobody holds its partitions. */
	lost(executor: number): void {
		for (const tracked of this.#tracked.values()) if (tracked.owner === executor) tracked.owner = undefined;
	}
}
