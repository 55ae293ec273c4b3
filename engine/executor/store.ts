// All state partitions an executor holds, and those that the running task has opened.
import type { StateUse, TaskResult } from "../plan/stage.ts";
import { StatePartition } from "./state.ts";

/** The executor does not hold the version a task starts from; the driver sends the task again with an image. */
export class MissingState extends Error {
	override readonly name = "MissingState";
}

/** State partitions by store and partition. */
export class StateStore {
	#partitions = new Map<string, StatePartition>();
	#open = new Map<string, StateUse>();

	/** True when the running task is changing the partition of a use already. */
	isOpen(use: StateUse): boolean {
		return this.#open.has(`${use.store}#${use.partition}`);
	}

	/**
	 * Returns the partition of a use, at version `from`, and begins its change unless the use only reads. A task that asks
	 * again gets what it has made of it so far.
	 */
	open(use: StateUse): StatePartition {
		const name = `${use.store}#${use.partition}`;
		if (this.#open.has(name)) return this.#partitions.get(name) as StatePartition;
		let partition = this.#partitions.get(name);
		if (partition === undefined || partition.version !== use.from) {
			if (use.restore !== undefined) partition = new StatePartition(use.restore);
			else if (use.from === 0) partition = new StatePartition(undefined);
			else throw new MissingState(`state ${name} is held at ${partition?.version ?? "no version"}, wanted ${use.from}`);
			this.#partitions.set(name, partition);
		}
		if (use.from !== use.to) {
			partition.begin();
			this.#open.set(name, use);
		}
		return partition;
	}

	/** Ends the changes of the task and returns the new versions. */
	commit(): TaskResult["states"] {
		const states: TaskResult["states"][number][] = [];
		for (const [name, use] of this.#open) {
			const made = (this.#partitions.get(name) as StatePartition).commit(use.to);
			states.push({ store: use.store, partition: use.partition, version: use.to, ...made });
		}
		this.#open.clear();
		return states;
	}

	/** Undoes the changes of the task; what cannot be undone exactly is dropped and made again from the ring. */
	rollback(): void {
		for (const name of this.#open.keys()) {
			if (!(this.#partitions.get(name) as StatePartition).rollback()) this.#partitions.delete(name);
		}
		this.#open.clear();
	}

	forget(stores: readonly string[]): void {
		for (const store of stores) {
			for (const name of this.#partitions.keys()) if (name.startsWith(`${store}#`)) this.#partitions.delete(name);
		}
	}
}
