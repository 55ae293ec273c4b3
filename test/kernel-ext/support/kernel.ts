// A kernel as a child process and a thin ZeroMQ client for checks on the wire.
import { type ChildProcess, spawn } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Dealer, Request, Subscriber } from "zeromq";

/** The sockets that a client sends on. */
type Channel = "shell" | "control" | "stdin";

/** A received message. */
export interface Received {
	readonly type: string;
	readonly header: { readonly [name: string]: unknown };
	readonly parent: { readonly msg_id?: string; readonly msg_type?: string };
	readonly metadata: { readonly [name: string]: unknown };
	// biome-ignore lint/suspicious/noExplicitAny: tests read contents of all message types.
	readonly content: any;
	readonly buffers: readonly Buffer[];
	/** Frames before the delimiter. */
	readonly topics: readonly string[];
}

/** What one request led to. */
export interface Answered {
	readonly id: string;
	readonly reply: Received;
	/** iopub messages of the request up to its idle, without status. */
	readonly outputs: readonly Received[];
	/** execution_state of its status messages. */
	readonly states: readonly string[];
}

const MAIN = fileURLToPath(new URL("../../../kernel-ext/main.ts", import.meta.url));
const KEY = "a key for tests";
const LIMIT_MS = 30_000;

async function freePorts(count: number): Promise<number[]> {
	const servers = await Promise.all(
		Array.from(
			{ length: count },
			() =>
				new Promise<ReturnType<typeof createServer>>((resolve) => {
					const server = createServer().listen(0, "127.0.0.1", () => resolve(server));
				}),
		),
	);
	const ports = servers.map((server) => (server.address() as { port: number }).port);
	await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
	return ports;
}

function sign(parts: readonly Buffer[]): Buffer {
	const hmac = createHmac("sha256", KEY);
	for (const part of parts) hmac.update(part);
	return Buffer.from(hmac.digest("hex"));
}

/** A started kernel and the client's ends of its sockets. */
export class TestKernel {
	readonly process: ChildProcess;
	readonly folder: string;
	readonly #identity = randomUUID();
	// Like jupyter_client: one identity on shell and stdin, so that a question finds its way.
	readonly shell = new Dealer({ linger: 0, routingId: this.#identity });
	readonly stdin = new Dealer({ linger: 0, routingId: this.#identity });
	readonly control = new Dealer({ linger: 0 });
	readonly iopub = new Subscriber({ linger: 0, receiveHighWaterMark: 0 });
	readonly heartbeat = new Request({ linger: 0, receiveTimeout: 5_000 });
	readonly session = randomUUID();
	/** Everything received, in order. */
	readonly received: Received[] = [];
	readonly replies: Received[] = [];
	/** What came on stdin. */
	readonly questions: Received[] = [];
	/** What the process wrote to its own standard error. */
	stderr = "";
	#watchers = new Set<() => void>();

	private constructor(process: ChildProcess, folder: string) {
		this.process = process;
		this.folder = folder;
		process.stderr?.on("data", (data) => {
			this.stderr += data;
		});
	}

	/** Starts a kernel in a folder of its own and waits until it answers kernel_info. `main` is its entry, `data` the user's data folder. */
	static async start(main = MAIN, data?: string): Promise<TestKernel> {
		const folder = mkdtempSync(join(tmpdir(), "millrace-kernel-"));
		const [shell, control, stdin, iopub, hb] = await freePorts(5);
		const file = join(folder, "connection.json");
		const ports = { shell_port: shell, control_port: control, stdin_port: stdin, iopub_port: iopub, hb_port: hb };
		const connection = { ip: "127.0.0.1", transport: "tcp", key: KEY, signature_scheme: "hmac-sha256", ...ports };
		writeFileSync(file, JSON.stringify(connection));
		const kernel = new TestKernel(spawnKernel(file, folder, main, data), folder);
		kernel.iopub.connect(`tcp://127.0.0.1:${iopub}`);
		kernel.iopub.subscribe();
		kernel.shell.connect(`tcp://127.0.0.1:${shell}`);
		kernel.stdin.connect(`tcp://127.0.0.1:${stdin}`);
		kernel.control.connect(`tcp://127.0.0.1:${control}`);
		kernel.heartbeat.connect(`tcp://127.0.0.1:${hb}`);
		void kernel.#read(kernel.iopub, kernel.received);
		void kernel.#read(kernel.shell, kernel.replies);
		void kernel.#read(kernel.control, kernel.replies);
		void kernel.#read(kernel.stdin, kernel.questions);
		// A subscription takes a moment to reach the publisher: ask until an idle comes back.
		for (;;) {
			const id = kernel.send("kernel_info_request", {});
			await kernel.until(() => kernel.replyTo(id), LIMIT_MS, "kernel_info_reply");
			try {
				await kernel.until(() => kernel.idleOf(id), 300, "idle");
				return kernel;
			} catch {
				// Not subscribed yet.
			}
		}
	}

	async #read(socket: Dealer | Subscriber, into: Received[]): Promise<void> {
		try {
			for await (const frames of socket) {
				into.push(parse(frames));
				for (const watcher of this.#watchers) watcher();
			}
		} catch {
			// Closed.
		}
	}

	/** Sends a request and returns its msg_id. */
	send(
		type: string,
		content: object,
		options: {
			channel?: Channel;
			metadata?: object;
			buffers?: readonly Uint8Array[];
			signature?: Buffer;
			id?: string;
			parent?: object;
		} = {},
	): string {
		const id = options.id ?? randomUUID();
		const header = {
			msg_id: id,
			session: this.session,
			username: "test",
			date: new Date().toISOString(),
			msg_type: type,
			version: "5.4",
		};
		const parts = [header, options.parent ?? {}, options.metadata ?? {}, content].map((part) =>
			Buffer.from(JSON.stringify(part)),
		);
		const frames = [Buffer.from("<IDS|MSG>"), options.signature ?? sign(parts), ...parts, ...(options.buffers ?? [])];
		this.sendFrames(frames, options.channel);
		return id;
	}

	#sending: Promise<unknown> = Promise.resolve();
	sendFrames(frames: readonly Uint8Array[], channel: Channel = "shell"): void {
		this.#sending = this.#sending.then(() => this[channel].send([...frames] as Buffer[]));
	}

	/** Resolves with what `find` returns once it is not undefined or false. */
	until<T>(find: () => T | undefined | false, ms = LIMIT_MS, what = "the expected message"): Promise<T> {
		return new Promise((resolve, reject) => {
			const check = (): void => {
				const found = find();
				if (found === undefined || found === false) return;
				clearTimeout(timer);
				this.#watchers.delete(check);
				resolve(found);
			};
			const timer = setTimeout(() => {
				this.#watchers.delete(check);
				reject(new Error(`${what} did not come within ${ms} ms. Kernel's stderr: ${this.stderr}`));
			}, ms);
			this.#watchers.add(check);
			check();
		});
	}

	replyTo(id: string): Received | undefined {
		return this.replies.find((message) => message.parent.msg_id === id);
	}

	ofRequest(id: string): Received[] {
		return this.received.filter((message) => message.parent.msg_id === id);
	}

	idleOf(id: string): Received | undefined {
		return this.received.find(
			({ parent, type, content }) => parent.msg_id === id && type === "status" && content.execution_state === "idle",
		);
	}

	/** Resolves when a request is answered and idle. */
	async answered(id: string, ms = LIMIT_MS): Promise<Answered> {
		const reply = await this.until(() => this.replyTo(id), ms, "the reply");
		await this.until(() => this.idleOf(id), ms, "idle");
		const all = this.ofRequest(id);
		const last = all.findIndex(({ type, content }) => type === "status" && content.execution_state === "idle");
		const upToIdle = all.slice(0, last + 1);
		return {
			id,
			reply,
			outputs: upToIdle.filter((message) => message.type !== "status"),
			states: upToIdle.filter(({ type }) => type === "status").map(({ content }) => content.execution_state),
		};
	}

	/** Sends an execute_request. */
	submit(code: string, content: object = {}, metadata: object = {}): string {
		const request = {
			code,
			silent: false,
			store_history: true,
			user_expressions: {},
			allow_stdin: false,
			stop_on_error: true,
		};
		return this.send("execute_request", { ...request, ...content }, { metadata });
	}

	/** Runs a cell and resolves with what it led to. */
	execute(code: string, content: object = {}, metadata: object = {}): Promise<Answered> {
		return this.answered(this.submit(code, content, metadata));
	}

	/** Sends a request and resolves with what it led to. */
	request(type: string, content: object, channel: "shell" | "control" = "shell"): Promise<Answered> {
		return this.answered(this.send(type, content, { channel }));
	}

	/** Interrupts through the control channel. */
	interrupt(): Promise<Answered> {
		return this.request("interrupt_request", {}, "control");
	}

	/** Resolves with the exit code. */
	exited(): Promise<number | string | null> {
		const { exitCode, signalCode } = this.process;
		if (exitCode !== null || signalCode !== null) return Promise.resolve(exitCode ?? signalCode);
		return new Promise((resolve) => this.process.once("exit", (code, signal) => resolve(code ?? signal)));
	}

	/** Ends the kernel, whatever it does, and removes its folder. */
	async stop(): Promise<void> {
		this.process.kill("SIGKILL");
		await this.exited();
		for (const socket of [this.shell, this.control, this.stdin, this.iopub, this.heartbeat]) socket.close();
		rmSync(this.folder, { recursive: true, force: true });
	}
}

/** Starts the kernel's process on a connection file. */
export function spawnKernel(file: string, cwd: string, main = MAIN, data = join(cwd, "data")): ChildProcess {
	const env = { ...process.env, JPY_PARENT_PID: String(process.pid), MILLRACE_DATA_DIR: data };
	return spawn(process.execPath, ["--no-force-async-hooks-checks", main, file], {
		cwd,
		env,
		stdio: ["ignore", "pipe", "pipe"],
	});
}

function parse(frames: readonly Buffer[]): Received {
	const at = frames.findIndex((frame) => frame.toString() === "<IDS|MSG>");
	const parts = frames.slice(at + 2, at + 6);
	if (frames[at + 1].toString() !== sign(parts).toString()) throw new Error("The kernel sent a wrong signature");
	const [header, parent, metadata, content] = parts.map((part) => JSON.parse(part.toString()));
	const topics = frames.slice(0, at).map((frame) => frame.toString());
	return { type: header.msg_type, header, parent, metadata, content, buffers: frames.slice(at + 6), topics };
}

/** Text of the stream outputs of a request. */
export function textOf(outputs: readonly Received[], name: "stdout" | "stderr" = "stdout"): string {
	return outputs
		.filter((message) => message.type === "stream" && message.content.name === name)
		.map((message) => message.content.text)
		.join("");
}

/** text/plain of the execute_result of a request. */
export function resultOf(outputs: readonly Received[]): string | undefined {
	return outputs.find((message) => message.type === "execute_result")?.content.data["text/plain"];
}
