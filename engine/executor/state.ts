// State of one partition in its executor: insertion order, one undo log, versions by batch time.
import { compact, decodePairs, encodePairs, keyOf } from "../data/index.ts";
import type { StateAccess } from "../plan/operators.ts";
import type { StateImage } from "../plan/stage.ts";

const HOLE = Symbol("hole");
/** A new base is written after this many deltas, so that a recovery reads at most this many. */
const DELTAS_PER_BASE = 10;

/** One state partition. A task changes it between `begin` and `commit`; `rollback` leaves nothing behind. */
export class StatePartition implements StateAccess {
	#keys: unknown[] = [];
	#values: unknown[] = [];
	#ids = new Map<unknown, number>();
	#holes = 0;
	#objects = false;
	#undo: { id: number; key: unknown; value: unknown }[] | undefined;
	#before = 0;
	#changed = new Set<number>();
	#removed: unknown[] = [];
	#deltas = 0;
	#deltaBytes = 0;
	#baseBytes = 0;
	version: number;

	constructor(image: StateImage | undefined) {
		this.version = image?.version ?? 0;
		if (image === undefined) return;
		for (const data of image.base === undefined ? image.deltas : [image.base, ...image.deltas]) this.#apply(data);
		this.#deltas = image.deltas.length;
		this.#baseBytes = image.base?.byteLength ?? 0;
		this.#deltaBytes = image.deltas.reduce((sum, delta) => sum + delta.byteLength, 0);
		this.#squeeze();
	}

	#apply(data: SharedArrayBuffer): void {
		const { keys, values } = decodePairs(data);
		for (let i = 0; i < keys.length; i++) {
			const value = values[i];
			const id = this.find(keys[i]);
			// A removed key travels as a pair with the value undefined, which no state can have.
			if (value === undefined) {
				if (id >= 0) this.removeAt(id);
			} else if (id >= 0) this.setAt(id, value);
			else this.append(keys[i], value);
		}
	}

	get length(): number {
		return this.#keys.length;
	}

	/** Number of keys that are there. */
	get size(): number {
		return this.#keys.length - this.#holes;
	}

	find(key: unknown): number {
		return this.#ids.get(keyOf(key)) ?? -1;
	}

	alive(id: number): boolean {
		return this.#keys[id] !== HOLE;
	}

	keyAt(id: number): unknown {
		return this.#keys[id] === HOLE ? undefined : this.#keys[id];
	}

	valueAt(id: number): unknown {
		return this.#values[id];
	}

	setAt(id: number, value: unknown): void {
		const old = this.#values[id];
		const object = (typeof value === "object" && value !== null) || typeof value === "function";
		// An object may have been changed in place: it counts as changed whenever it is set.
		if (!object && Object.is(old, value)) return;
		if (object) this.#objects = true;
		if (this.#undo !== undefined) {
			if (id < this.#before) this.#undo.push({ id, key: this.#keys[id], value: old });
			this.#changed.add(id);
		}
		this.#values[id] = value;
	}

	append(key: unknown, value: unknown): void {
		const own = typeof key === "string" ? compact(key) : key;
		const id = this.#keys.push(own) - 1;
		this.#values.push(value);
		this.#ids.set(keyOf(own), id);
		if (typeof value === "object" && value !== null) this.#objects = true;
		if (this.#undo !== undefined) this.#changed.add(id);
	}

	removeAt(id: number): void {
		const key = this.#keys[id];
		if (key === HOLE) return;
		if (this.#undo !== undefined) {
			if (id < this.#before) {
				this.#undo.push({ id, key, value: this.#values[id] });
				this.#removed.push(key);
			}
			this.#changed.delete(id);
		}
		this.#ids.delete(keyOf(key));
		this.#keys[id] = HOLE;
		this.#values[id] = undefined;
		this.#holes++;
	}

	table(): { keys: unknown[]; values: unknown[] } {
		if (this.#holes === 0) return { keys: this.#keys.slice(), values: this.#values.slice() };
		const keys: unknown[] = [];
		const values: unknown[] = [];
		for (let id = 0; id < this.#keys.length; id++) {
			if (this.#keys[id] === HOLE) continue;
			keys.push(this.#keys[id]);
			values.push(this.#values[id]);
		}
		return { keys, values };
	}

	/** Starts the undo log. */
	begin(): void {
		this.#undo = [];
		this.#before = this.#keys.length;
		this.#changed.clear();
		this.#removed = [];
	}

	/** Ends the change: the partition stands at `version`; returns what makes it from the version before. */
	commit(version: number): { base?: SharedArrayBuffer; delta?: SharedArrayBuffer } {
		this.#undo = undefined;
		this.version = version;
		if (this.#holes > 16 && this.#holes * 2 > this.#keys.length) this.#squeeze();
		// `#changed` is in order of change; new keys must keep the order of their ids.
		const ids = [...this.#changed].sort((a, b) => a - b);
		const fresh = this.#baseBytes === 0 || this.#deltas >= DELTAS_PER_BASE - 1 || this.#deltaBytes > this.#baseBytes;
		if (fresh || ids.length * 2 > this.size) {
			const { keys, values } = this.table();
			const base = encodePairs(keys, values);
			this.#baseBytes = base.byteLength;
			this.#deltas = 0;
			this.#deltaBytes = 0;
			return { base };
		}
		const keys = [...this.#removed];
		const values: unknown[] = keys.map(() => undefined);
		for (const id of ids) {
			if (this.#keys[id] === HOLE) continue;
			keys.push(this.#keys[id]);
			values.push(this.#values[id]);
		}
		const delta = encodePairs(keys, values);
		this.#deltas++;
		this.#deltaBytes += delta.byteLength;
		return { delta };
	}

	/** Undoes everything since `begin`. False when that cannot be done exactly: the partition must be made again. */
	rollback(): boolean {
		const undo = this.#undo;
		if (undo === undefined) return true;
		this.#undo = undefined;
		// Values that are objects may have been changed in place by the user's function.
		if (this.#objects) return false;
		for (let id = this.#before; id < this.#keys.length; id++) {
			if (this.#keys[id] !== HOLE) this.#ids.delete(keyOf(this.#keys[id]));
			else this.#holes--;
		}
		this.#keys.length = this.#before;
		this.#values.length = this.#before;
		for (let i = undo.length - 1; i >= 0; i--) {
			const { id, key, value } = undo[i];
			if (this.#keys[id] === HOLE) {
				this.#keys[id] = key;
				this.#ids.set(keyOf(key), id);
				this.#holes--;
			}
			this.#values[id] = value;
		}
		return true;
	}

	#squeeze(): void {
		if (this.#holes === 0) return;
		const { keys, values } = this.table();
		const changed = new Set<number>();
		this.#ids = new Map();
		let next = 0;
		for (let id = 0; id < this.#keys.length; id++) {
			if (this.#keys[id] === HOLE) continue;
			if (this.#changed.has(id)) changed.add(next);
			this.#ids.set(keyOf(this.#keys[id]), next++);
		}
		this.#keys = keys;
		this.#values = values;
		this.#changed = changed;
		this.#holes = 0;
	}
}
