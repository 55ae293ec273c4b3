// Entry of the render thread: snapshots in, SVG text out. Started on first use, ends with the kernel.
import { parentPort } from "node:worker_threads";
import type { ViewSnapshot } from "../../engine/views/model.ts";
import type { Pictures } from "./pictures.ts";

/** A request of the protocol thread; `snapshot` absent only loads Vega. */
export interface RenderRequest {
	readonly id: number;
	readonly snapshot?: ViewSnapshot;
}

/** The answer to the request of the same id. */
export type RenderReply =
	| { readonly id: number; readonly ok: true; readonly pictures: Pictures }
	| { readonly id: number; readonly ok: false; readonly message: string };

// One picture after the other, so that a burst of requests does not hold several scene graphs at once.
let last: Promise<void> = Promise.resolve();

parentPort?.on("message", (request: RenderRequest) => {
	last = last.then(() => answer(request));
});

async function answer({ id, snapshot }: RenderRequest): Promise<void> {
	let reply: RenderReply;
	try {
		const { draw } = await import("./pictures.ts");
		reply = { id, ok: true, pictures: snapshot === undefined ? {} : await draw(snapshot) };
	} catch (error) {
		reply = { id, ok: false, message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
	}
	parentPort?.postMessage(reply);
}
