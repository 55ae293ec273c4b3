// The receiver host with the test in the driver's place: back-off, credit, what a stop hands over.
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { afterEach, describe, expect, test, vi } from "vitest";
import { ReceiverHost } from "../../../engine/receiver/host.ts";
import { registerReceiver, type Supervisor } from "../../../engine/receiver/registry.ts";
import type { ReceiverCommand, ReceiverOptions, ReceiverReport } from "../../../engine/runtime/receiver-messages.ts";
import "../../../engine/sources/receivers.ts";
import { LineServer, write } from "../../faults/support.ts";

/** Largest block a text receiver makes. */
const BLOCK = 2 ** 20;

class Host {
	readonly reports: ReceiverReport[] = [];
	readonly #port: MessagePort;
	readonly #host: ReceiverHost;
	#changed: (() => void)[] = [];

	constructor(options: Partial<ReceiverOptions> = {}) {
		const { port1, port2 } = new MessageChannel();
		this.#port = port1;
		this.#host = new ReceiverHost(port2, {
			blockInterval: 1000,
			maxInputBytes: 2 ** 28,
			outstanding: 0,
			generation: 1,
			...options,
		});
		port1.on("message", (report: ReceiverReport) => {
			this.reports.push(report);
			for (const resolve of this.#changed.splice(0)) resolve();
		});
	}

	send(command: ReceiverCommand): void {
		this.#port.postMessage(command);
	}

	start(op: string, params: { [name: string]: string | number } = {}): void {
		this.send({ kind: "start", receiver: { stream: "s", op, name: op, params, functions: {} } });
	}

	async until(accept: () => boolean): Promise<void> {
		while (!accept()) await new Promise<void>((resolve) => this.#changed.push(resolve));
	}

	#cuts = 0;
	async cut(): Promise<void> {
		const id = ++this.#cuts;
		this.send({ kind: "cut", id });
		await this.until(() => this.reports.some((report) => report.kind === "cut-done" && report.id === id));
	}

	of<K extends ReceiverReport["kind"]>(kind: K): Extract<ReceiverReport, { kind: K }>[] {
		return this.reports.filter((report) => report.kind === kind) as Extract<ReceiverReport, { kind: K }>[];
	}

	get bytes(): number {
		return this.of("block").reduce((sum, { block }) => sum + block.bytes, 0);
	}

	close(): void {
		this.#host.close();
		this.#port.close();
	}
}

const hosts: Host[] = [];
function host(options?: Partial<ReceiverOptions>): Host {
	const made = new Host(options);
	hosts.push(made);
	return made;
}
afterEach(() => {
	vi.useRealTimers();
	for (const each of hosts.splice(0)) each.close();
});

describe("restarts", () => {
	test("waits double from 0.2 s up to 2 s, and begin anew after a connection", async () => {
		vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
		let connects = false;
		registerReceiver("test-fails", (supervisor: Supervisor) => {
			if (connects) supervisor.started();
			supervisor.restart("no", new Error("nobody there"));
			return { cut() {}, stop() {}, pause() {}, resume() {} };
		});
		const each = host();
		each.start("test-fails");
		const waits = () => each.of("error").map(({ message }) => Number(/with delay (\d+) ms/.exec(message)?.[1]));
		for (let n = 1; n <= 6; n++) {
			await each.until(() => waits().length === n);
			connects = n === 5;
			vi.advanceTimersByTime(waits()[n - 1] - 1);
			expect(waits()).toHaveLength(n);
			vi.advanceTimersByTime(1);
		}
		await each.until(() => waits().length === 7);
		expect(waits()).toEqual([200, 400, 800, 1600, 2000, 200, 400]);
		expect(each.of("error")[0].detail).toContain("nobody there");
	});

	test("a receiver that cannot even be made is tried again, and the reason is told", async () => {
		registerReceiver("test-throws", () => {
			throw new TypeError("no such thing");
		});
		const each = host();
		each.start("test-throws");
		await each.until(() => each.of("error").length === 1);
		expect(each.of("error")[0]).toMatchObject({
			stream: "s",
			message: "Restarting receiver with delay 200 ms: Error starting receiver",
			detail: "TypeError: no such thing",
		});
	});
});

describe("credit", () => {
	test("the socket is paused at the limit, the sender stalls, and everything arrives once there is credit", async () => {
		const server = await LineServer.listen();
		try {
			const limit = 300_000;
			const each = host({ maxInputBytes: limit });
			each.start("socketTextStream", { host: "127.0.0.1", port: server.port });
			const socket = await server.connection(1);
			// More than the buffers of the system and the limit together hold.
			const lines = 400_000;
			const line = `${"0123456789".repeat(7)}12345678\n`;
			const sent = write(socket, line.repeat(lines));
			let all = false;
			void sent.then(() => {
				all = true;
			});
			let credited = 0;
			let most = 0;
			while (credited < lines * line.length) {
				await each.until(() => each.bytes - credited >= limit || (all && each.bytes > credited));
				const before = each.bytes;
				// Many turns of the loop, in which a socket that is not paused would be read.
				if (before - credited >= limit) {
					for (let turn = 0; turn < 5; turn++) await each.cut();
					expect(each.bytes - before).toBeLessThanOrEqual(BLOCK);
				} else await each.cut();
				most = Math.max(most, each.bytes - credited);
				if (credited === 0) expect(all).toBe(false);
				each.send({ kind: "credit", bytes: each.bytes - credited });
				credited = each.bytes;
				// What the last cut left open.
				if (all) await each.cut();
			}
			await sent;
			expect(most).toBeLessThanOrEqual(limit + BLOCK);
			expect(each.bytes).toBe(lines * line.length);
			expect(each.of("block").reduce((sum, { block }) => sum + block.records, 0)).toBe(lines);
			for (const { block } of each.of("block")) expect(Buffer.from(block.data, 0, block.bytes).at(-1)).toBe(10);
		} finally {
			await server.close();
		}
	});

	test("a host that begins at the limit takes at most a block before it waits", async () => {
		const server = await LineServer.listen();
		try {
			const each = host({ maxInputBytes: 1000, outstanding: 5000 });
			each.start("socketTextStream", { host: "127.0.0.1", port: server.port });
			await each.until(() => each.of("started").length === 1);
			const socket = await server.connection(1);
			const sent = write(socket, "0123456789\n".repeat(2_000_000));
			for (let turn = 0; turn < 50; turn++) await each.cut();
			expect(each.bytes).toBeLessThanOrEqual(BLOCK);
			each.close();
			await sent.catch(() => undefined);
		} finally {
			await server.close();
		}
	});
});

test("stop hands over what was received, the unfinished line too, before it says that all have stopped", async () => {
	const server = await LineServer.listen();
	try {
		const each = host();
		each.start("socketTextStream", { host: "127.0.0.1", port: server.port });
		const socket = await server.connection(1);
		await write(socket, "one\n");
		while (each.bytes < 4) await each.cut();
		await write(socket, "two\nthr");
		socket.end();
		await each.until(() => each.of("error").length === 1);
		each.send({ kind: "stop" });
		await each.until(() => each.of("all-stopped").length === 1);
		const text = each.of("block").map(({ block }) => Buffer.from(block.data, 0, block.bytes).toString());
		expect(text.join("")).toBe("one\ntwo\nthr\n");
		expect(each.reports.at(-1)).toEqual({ kind: "all-stopped" });
		expect(each.reports.at(-2)).toMatchObject({ kind: "stopped", stream: "s" });
	} finally {
		await server.close();
	}
});
