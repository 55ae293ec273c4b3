// Checkpoints of RDDs: their partitions as files; the handle then stands on the files, and on nothing before them.
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Draft, Session } from "../plan/session.ts";
import { filesOf, makeOutput } from "./files.ts";

interface Checkpoint {
	readonly session: Session;
	/** Undefined: local, in the memory of the program. */
	readonly folder: string | undefined;
	state: "asked" | "running" | "done";
	replacement?: Draft;
}

const checkpoints = new WeakMap<Draft, Checkpoint>();
/** Most programs have none: their actions need not look. */
let asked = 0;

/** Asks for a checkpoint after the next action that computes the RDD. */
export function askCheckpoint(session: Session, draft: Draft, folder: string | undefined): void {
	if (checkpoints.has(draft)) return;
	asked++;
	checkpoints.set(draft, { session, folder: folder && join(folder, `rdd-${randomUUID()}`), state: "asked" });
}

/** Returns the draft that stands for an RDD: its files, once there are any. */
export function standingFor(draft: Draft): Draft {
	return checkpoints.get(draft)?.replacement ?? draft;
}

/** Returns where an RDD is written to, "" for memory, undefined when it is not (yet). */
export function checkpointOf(draft: Draft): string | undefined {
	const found = checkpoints.get(draft);
	return found?.state === "done" ? (found.folder ?? "") : undefined;
}

/** Writes what was asked for among an RDD and all it stands on, the oldest first. */
export async function writeCheckpoints(draft: Draft): Promise<void> {
	if (asked === 0) return;
	const due: [Draft, Checkpoint][] = [];
	const seen = new Set<Draft>();
	const visit = (at: Draft) => {
		if (seen.has(at)) return;
		seen.add(at);
		for (const parent of at.spec.parents) visit(parent);
		const found = checkpoints.get(at);
		if (found?.state === "asked") due.push([at, found]);
	};
	visit(draft);
	for (const [at, checkpoint] of due) {
		checkpoint.state = "running";
		try {
			await write(at, checkpoint);
			checkpoint.state = "done";
			asked--;
		} catch (error) {
			checkpoint.state = "asked";
			throw error;
		}
	}
}

async function write(draft: Draft, checkpoint: Checkpoint): Promise<void> {
	const { session, folder } = checkpoint;
	if (folder === undefined) return;
	makeOutput("checkpoint", folder);
	const written = session.node({
		kind: "rdd",
		op: "writeObjects",
		step: "checkpoint",
		parents: [draft],
		payload: { path: folder },
	});
	await session.runAction(written, { action: "count" });
	const { partitioner, placement } = session.rdd(draft);
	const parts = filesOf("checkpoint", folder);
	checkpoint.replacement = session.node({
		kind: "rdd",
		op: "objectFile",
		step: "checkpoint",
		parents: [],
		params: { folder },
		payload: { parts, partitioner, placement },
	});
}
