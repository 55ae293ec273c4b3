// The protocol thread's side of the render thread: asks for pictures, never draws.
import { Worker } from "node:worker_threads";
import type { ViewSnapshot } from "../../engine/views/model.ts";
import type { Pictures } from "./pictures.ts";
import type { RenderReply, RenderRequest } from "./render-thread.ts";

/** Draws snapshots somewhere else. */
export interface Renderer {
	/** Loads what drawing needs, so that the first picture does not wait for it. */
	warm(): void;
	/** Resolves with the pictures; rejects when the thread died or could not draw. */
	draw(snapshot: ViewSnapshot): Promise<Pictures>;
	/** Ends the thread. Pending pictures are rejected. */
	close(): Promise<void>;
}

/** Returns a renderer whose thread starts with the first call and starts again after a crash. */
export function createRenderer(entry: URL = threadEntry()): Renderer {
	const pending = new Map<number, { resolve(pictures: Pictures): void; reject(error: Error): void }>();
	let worker: Worker | undefined;
	let nextId = 1;
	let closed = false;

	function fail(error: Error): void {
		worker = undefined;
		for (const request of pending.values()) request.reject(error);
		pending.clear();
	}

	function start(): Worker {
		// Big scene graphs are the only large thing here; the limit keeps a runaway picture out of the kernel's memory.
		const started = new Worker(entry, { resourceLimits: { maxOldGenerationSizeMb: 512 }, name: "render" });
		started.unref();
		started.on("message", (reply: RenderReply) => {
			const request = pending.get(reply.id);
			pending.delete(reply.id);
			if (reply.ok) request?.resolve(reply.pictures);
			else request?.reject(new Error(`The picture of a view could not be drawn: ${reply.message}`));
		});
		started.on("error", (error: Error) => {
			if (worker === started) fail(new Error(`The render thread died: ${error.message}`, { cause: error }));
		});
		started.on("exit", (code) => {
			if (worker === started) fail(new Error(`The render thread ended with code ${code}.`));
		});
		return started;
	}

	function ask(snapshot: ViewSnapshot | undefined): Promise<Pictures> {
		if (closed) return Promise.reject(new Error("The render thread is closed: the kernel shuts down."));
		worker ??= start();
		const request: RenderRequest = { id: nextId++, snapshot };
		return new Promise<Pictures>((resolve, reject) => {
			pending.set(request.id, { resolve, reject });
			worker?.postMessage(request);
		});
	}

	return {
		warm() {
			ask(undefined).catch(() => undefined);
		},
		draw: ask,
		async close() {
			closed = true;
			const ending = worker;
			fail(new Error("The render thread is closed: the kernel shuts down."));
			await ending?.terminate();
		},
	};
}

function threadEntry(): URL {
	// Sources in tests, built files in a kernel: the thread runs what this file is.
	return new URL(import.meta.url.endsWith(".ts") ? "./render-thread.ts" : "./render-thread.js", import.meta.url);
}
