// Receivers that die, servers that come late or go away, and input that no one would send on purpose.
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import type { ManualClock, StreamingContext } from "../../engine/index.ts";
import { killDriver, killReceiverHost } from "../../engine/testing/faults.ts";
import { type Cell, fewCells } from "../support/matrix.ts";
import { Events, LineServer, manual, write } from "./support.ts";

interface Lines {
	readonly ssc: StreamingContext;
	readonly events: Events;
	readonly lines: string[];
	/** Makes batches until so many lines have come. */
	until(count: number): Promise<void>;
}

/** Runs a context that collects the lines of a port. */
async function receiving(
	cell: Cell,
	port: number,
	body: (lines: Lines, clock: ManualClock) => Promise<void>,
): Promise<string[]> {
	const { ssc, clock } = manual(cell, { "spark.streaming.blockInterval": 20 });
	const events = new Events(ssc);
	const lines: string[] = [];
	ssc.socketTextStream("127.0.0.1", port).foreachRDD(async (rdd) => {
		lines.push(...(await rdd.collect()));
	});
	const until = async (count: number) => {
		while (lines.length < count) await clock.advance(1000);
	};
	try {
		await ssc.start();
		await body({ ssc, events, lines, until }, clock);
	} finally {
		await ssc.stop();
	}
	return lines;
}

async function serving<T>(body: (server: LineServer) => Promise<T>): Promise<T> {
	const server = await LineServer.listen();
	try {
		return await body(server);
	} finally {
		await server.close();
	}
}

describe.each(fewCells)("$name", (cell) => {
	test("a receiver host that dies comes back, and every line sent to a connection counts once", () =>
		serving(async (server) => {
			const lines = await receiving(cell, server.port, async ({ ssc, events, until }) => {
				await write(await server.connection(1), "a\nb\nc\n");
				await until(3);
				for (let n = 2; n <= 3; n++) {
					const seen = events.all.length;
					await killReceiverHost(ssc);
					await events.until((event) => event.type === "ReceiverError", seen);
					await write(await server.connection(n), `d${n}\ne${n}\n`);
					await until(n * 2 + 1);
				}
				expect(events.of("ReceiverError")[0].receiver).toMatchObject({
					active: false,
					lastErrorMessage: expect.stringContaining("the receiver host ended"),
				});
				expect(events.of("ReceiverStarted").length).toBeGreaterThanOrEqual(3);
				expect(events.of("ReceiverStarted").at(-1)?.receiver.active).toBe(true);
			});
			expect(lines).toEqual(["a", "b", "c", "d2", "e2", "d3", "e3"]);
		}));

	test("a driver that dies takes its receivers with it, and the next one connects again", () =>
		serving(async (server) => {
			const lines = await receiving(cell, server.port, async ({ ssc, until }) => {
				await write(await server.connection(1), "a\nb\n");
				await until(2);
				await killDriver(ssc);
				await write(await server.connection(2), "c\n");
				await until(3);
			});
			expect(lines).toEqual(["a", "b", "c"]);
		}));

	test("a port nobody listens on is tried again with growing waits, and lines come when the server does", async () => {
		const { port } = await serving(async (server) => ({ port: server.port }));
		let late: LineServer | undefined;
		try {
			const lines = await receiving(cell, port, async ({ ssc, events, until }) => {
				const waits = () =>
					events.of("ReceiverError").map(({ receiver }) => /with delay (\d+) ms/.exec(receiver.lastErrorMessage)?.[1]);
				await events.until(() => waits().length >= 3);
				expect(waits().slice(0, 3)).toEqual(["200", "400", "800"]);
				const { receiver } = events.of("ReceiverError")[0];
				expect(receiver).toMatchObject({ active: false, name: expect.stringContaining(String(port)) });
				expect(receiver.lastError).toContain("ECONNREFUSED");
				expect(receiver.lastErrorTime).toBeGreaterThan(0);
				await expect(ssc.awaitBatches(1, { timeout: 1 })).rejects.toMatchObject({
					code: "STREAM_TIMEOUT",
					message: expect.stringContaining(`receiver error: socket 127.0.0.1:${port}`),
				});
				late = await LineServer.listen(port);
				const socket = await late.connection(1);
				await write(socket, "at last\n");
				await until(1);
				// A connection that was there starts the waits anew.
				const seen = events.all.length;
				socket.end();
				await events.until(
					(event) => event.type === "ReceiverError" && event.receiver.lastErrorMessage.includes("delay 200 ms"),
					seen,
				);
				await write(await late.connection(2), "and again\n");
				await until(2);
			});
			expect(lines).toEqual(["at last", "and again"]);
		} finally {
			await late?.close();
		}
	});

	test("broken UTF-8, odd line ends, cut characters, a last line without an end and a very long line all arrive", () =>
		serving(async (server) => {
			const long = "x".repeat(3_000_000);
			const lines = await receiving(cell, server.port, async ({ events, until }, clock) => {
				const socket = await server.connection(1);
				await write(
					socket,
					Buffer.concat([Buffer.from("bad "), Buffer.from([0xff, 0xc3]), Buffer.from("!\nwindows\r\nplain\n\n")]),
				);
				// The bytes of one character in two writes and, with a batch between them, two blocks.
				const euro = Buffer.from("€ sign\n");
				await write(socket, euro.subarray(0, 1));
				await clock.advance(1000);
				await write(socket, euro.subarray(1));
				await until(5);
				await write(socket, `${long}\nlast`);
				await until(6);
				socket.end();
				await events.until((event) => event.type === "ReceiverError");
				await until(7);
			});
			expect(lines.slice(0, 5)).toEqual(["bad \uFFFD\uFFFD!", "windows", "plain", "", "€ sign"]);
			expect(lines[5]).toHaveLength(long.length);
			expect(lines[5] === long).toBe(true);
			expect(lines[6]).toBe("last");
			expect(lines).toHaveLength(7);
		}));

	test("a graceful stop works off everything that was received, the last line without its end too", () =>
		serving(async (server) => {
			const { ssc, clock } = manual(cell);
			const events = new Events(ssc);
			const lines: string[] = [];
			ssc.socketTextStream("127.0.0.1", server.port).foreachRDD(async (rdd) => {
				lines.push(...(await rdd.collect()));
			});
			await ssc.start();
			const socket = await server.connection(1);
			await write(socket, "a\n");
			while (lines.length < 1) await clock.advance(1000);
			// The server's end reaches the receiver after the lines: when it is told, all are there.
			const last = write(socket, "b\nc\nunfinished");
			socket.end();
			await last;
			await events.until((event) => event.type === "ReceiverError");
			await ssc.stop({ graceful: true });
			expect(lines).toEqual(["a", "b", "c", "unfinished"]);
			expect(events.of("StreamingStopped")).toHaveLength(1);
		}));

	test("the connection is closed when the context stops", () =>
		serving(async (server) => {
			const { ssc } = manual(cell);
			ssc.socketTextStream("127.0.0.1", server.port).foreachRDD(() => undefined);
			await ssc.start();
			const socket = await server.connection(1);
			const closed = once(socket.resume(), "close");
			await ssc.stop();
			await closed;
		}));
});
