// A TCP source in the process of the tests: it goes on sending while a cell keeps the notebook's thread busy.
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";

/** A server that sends lines of words to everybody who connects. */
export interface WordSource {
	readonly port: number;
	close(): Promise<void>;
}

/** Starts to send a line every 10 ms. */
export async function startWords(): Promise<WordSource> {
	const lines = ["the mill turns while the river runs", "a stream of words runs through the mill"];
	let sent = 0;
	const server = createServer((socket) => {
		const timer = setInterval(() => socket.write(`${lines[sent++ % lines.length]}\n`), 10);
		socket.on("error", () => socket.destroy());
		socket.on("close", () => clearInterval(timer));
		open.add(socket);
		socket.on("close", () => open.delete(socket));
	});
	const open = new Set<import("node:net").Socket>();
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	return {
		port: (server.address() as AddressInfo).port,
		async close() {
			for (const socket of open) socket.destroy();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}
