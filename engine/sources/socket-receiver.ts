// The receiver behind socketTextStream: a TCP client whose bytes land in shared memory without a copy.
import { connect, type Socket, type TcpSocketConnectOpts } from "node:net";
import { type ReceiverFactory, registerReceiver } from "../receiver/registry.ts";
import { TextBlocks } from "../receiver/text-blocks.ts";

/** Connects to host and port and hands over lines; a closed or refused connection means restart. */
export const socketReceiver: ReceiverFactory = (supervisor) => {
	const host = supervisor.params.host as string;
	const port = supervisor.params.port as number;
	const blocks = new TextBlocks((block) => supervisor.block({ format: "text", ...block }));
	let ended = false;
	const over = (message: string, error?: unknown) => {
		if (ended) return;
		ended = true;
		socket.destroy();
		blocks.finish();
		supervisor.restart(message, error);
	};
	const onread = {
		buffer: () => blocks.room(),
		callback: (n: number, from: Uint8Array) => {
			try {
				blocks.took(n, from);
			} catch (error) {
				over(`Error receiving data from ${host}:${port}`, error);
			}
			return !supervisor.paused();
		},
	};
	const socket: Socket = connect({ host, port, onread } as TcpSocketConnectOpts);
	socket.on("connect", () => supervisor.started());
	socket.on("error", (error) => over(`Error connecting to ${host}:${port}`, error));
	socket.on("end", () => over(`Socket data stream of ${host}:${port} had no more data`));
	socket.on("close", () => over(`Connection to ${host}:${port} was closed`));
	return {
		cut: () => blocks.cut(),
		stop() {
			ended = true;
			socket.destroy();
			blocks.finish();
		},
		pause: () => socket.pause(),
		resume: () => socket.resume(),
	};
};

registerReceiver("socketTextStream", socketReceiver);
