// A TCP server in a process of its own that sends the words' text over and over, as fast as it is taken.
// Sends its port to the process that forked it; ends with it.
import { createServer, type Socket } from "node:net";
import { wordFiles } from "./words.ts";

/** What one `write` hands over. */
const PIECE = 1 << 20;

const text = Buffer.from(
	wordFiles(Number(process.argv[2] ?? 4))
		.flatMap((lines) => lines.map((line) => `${line}\n`))
		.join(""),
);

function feed(socket: Socket): void {
	let at = 0;
	const more = (): void => {
		for (let room = true; room && !socket.destroyed; ) {
			room = socket.write(text.subarray(at, at + PIECE));
			at = at + PIECE >= text.length ? 0 : at + PIECE;
		}
	};
	socket.on("drain", more);
	socket.on("error", () => socket.destroy());
	more();
}

const server = createServer(feed).listen(0, "127.0.0.1", () => {
	process.send?.((server.address() as { port: number }).port);
});
process.on("disconnect", () => process.exit());
