// How the parts of the engine are started: in threads of their own, or all in one thread for tests.
import type { MessagePort } from "node:worker_threads";

/** A started part: its port, and its end. */
export interface Started {
	/** Our end of the channel to it. */
	readonly port: MessagePort;
	/** Ends it at once, whatever it is doing (in-process: between two tasks). */
	terminate(): void;
	/** From now on its end is expected and not reported. */
	dismiss(): void;
	/** Registers what to do when it has ended without being told to. */
	onExit(listener: (reason: string) => void): void;
}

/** The parts that can be started. */
export type Part = "driver" | "executor" | "receiver";

/** Starts parts. `options` is plain data; `ports` are transferred. */
export interface Spawner {
	readonly mode: "threads" | "in-process";
	spawn(part: Part, options: unknown, ports?: { readonly [name: string]: MessagePort }): Started;
}

const spawners = new Map<string, Spawner>();

/** Makes an implementation known; the door of the engine injects both. */
export function provideSpawner(spawner: Spawner): void {
	spawners.set(spawner.mode, spawner);
}

/** Returns the implementation of a mode; throws when none was provided. */
export function spawnerOf(mode: Spawner["mode"]): Spawner {
	const found = spawners.get(mode);
	if (found === undefined) throw new Error(`no runtime was provided for the mode "${mode}"`);
	return found;
}
