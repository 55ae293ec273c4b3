// Node ids: the same program gives the same ids on every run, process and host, also when cells are run again.
import { createHash } from "node:crypto";
import { stableText } from "./stable.ts";

/** Counts equal keys in the order of the cells' first execution, and gives a re-run cell its numbers back. */
export class Identity {
	/** Key → owner of each number: a cell, or undefined for plain Node. */
	#owners = new Map<string, { cell: string | undefined; used: boolean }[]>();

	/** What was assigned on an RDD of a batch: counted with it, forgotten with it. */
	#ofBatch = new Map<string, { count: Map<string, number>; ids: string[] }>();

	/** Returns the id of a node on an RDD of a batch, which carries the batch in its own id. */
	assignOnBatch(rdd: string, path: unknown): string {
		let scope = this.#ofBatch.get(rdd);
		if (scope === undefined) {
			scope = { count: new Map(), ids: [] };
			this.#ofBatch.set(rdd, scope);
		}
		const key = stableText([rdd, path]);
		const k = scope.count.get(key) ?? 0;
		scope.count.set(key, k + 1);
		const id = createHash("sha1").update(`${key}#${k}`).digest("hex").slice(0, 12);
		scope.ids.push(id);
		return id;
	}

	/** An RDD of a batch is given back; returns the ids of the nodes on it. */
	dropBatch(rdd: string): readonly string[] {
		const ids = this.#ofBatch.get(rdd)?.ids ?? [];
		this.#ofBatch.delete(rdd);
		return ids;
	}

	/**
	 * Returns the id of a node. `root` is the name of the root source, `path` the operator path (operator, identity of
	 * the parents, identifying parameters), `binding` the notebook name that holds the handle.
	 */
	assign(parts: { root: string; path: unknown; binding: string | undefined; cell: string | undefined }): string {
		const key = stableText([parts.root, parts.path, parts.binding ?? null]);
		let owners = this.#owners.get(key);
		if (owners === undefined) {
			owners = [];
			this.#owners.set(key, owners);
		}
		let k = parts.cell === undefined ? -1 : owners.findIndex((owner) => owner.cell === parts.cell && !owner.used);
		if (k < 0) k = owners.push({ cell: parts.cell, used: true }) - 1;
		else owners[k].used = true;
		return createHash("sha1").update(`${key}#${k}`).digest("hex").slice(0, 12);
	}

	/** The cell runs again: its numbers may be given out again, in the same order. */
	release(cell: string): void {
		for (const owners of this.#owners.values()) {
			for (const owner of owners) if (owner.cell === cell) owner.used = false;
		}
	}
}
