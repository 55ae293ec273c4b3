// The driver: batch clock, generator, schedulers, receivers, journal and events of one context. Long because it wires every part once.
import type { MessagePort } from "node:worker_threads";
import { Conf } from "../conf/index.ts";
import { hashSeed } from "../data/index.ts";
import { encodeError, streamError } from "../errors/index.ts";
import type { JournalContents } from "../journal/index.ts";
import { dstreamOperator } from "../plan/operators.ts";
import { nodeLabel } from "../plan/view.ts";
import type { Spawner } from "../runtime/index.ts";
import type {
	ActionRequest,
	DriverCommand,
	DriverOptions,
	DriverReport,
	DriverRequest,
	OutputSpec,
} from "../runtime/messages.ts";
import { type Clock, ManualClock, SystemClock } from "../time/index.ts";
import type { BatchInfo, ViewCommand } from "../views/events.ts";
import { JobScheduler, type JobSet } from "./batches.ts";
import { DagScheduler, timeOf } from "./dag.ts";
import { EventBus } from "./events.ts";
import { DriverFunctions } from "./functions.ts";
import { JobGenerator } from "./generator.ts";
import { Journal } from "./journal.ts";
import { Outputs, statefulParts } from "./outputs.ts";
import { RddGraph } from "./rdds.ts";
import { ReceiverTracker } from "./receivers.ts";
import { StateTracker } from "./state-tracker.ts";
import { StreamGraph } from "./stream-graph.ts";
import { TaskScheduler } from "./tasks.ts";

/** Encoded bytes of kept partitions that one executor may also hold decoded. */
const CACHE_BYTES = 128 * 2 ** 20;

/** Ports of a driver: to the notebook, to the ring, and to a view host where there is one. */
export interface DriverPorts {
	readonly notebook: MessagePort;
	readonly ring: MessagePort;
	readonly events?: MessagePort;
}

/** Serves its ports until it is closed. */
export class Driver {
	readonly #options: DriverOptions;
	readonly #ports: DriverPorts;
	readonly #conf: Conf;
	readonly #clock: Clock;
	readonly #events: EventBus;
	readonly #journal: Journal;
	readonly #rdds: RddGraph;
	readonly #states = new StateTracker();
	readonly #tasks: TaskScheduler;
	readonly #dag: DagScheduler;
	readonly #graph: StreamGraph;
	readonly #tracker: ReceiverTracker;
	readonly #functions: DriverFunctions;
	readonly #outputs: Outputs;
	readonly #jobs: JobScheduler;
	readonly #generator: JobGenerator;
	/** Jobs of the actions that are under way, by the ids of their requests. */
	readonly #actions = new Map<number, { readonly job: number; readonly batchTime: number }>();
	#registered: OutputSpec[] = [];
	/** Plan changes that wait for the next batch boundary. */
	#changes: (() => void)[] = [];
	#batchMs = 0;
	#remember = 0;
	#state: "INITIALIZED" | "ACTIVE" | "STOPPED" = "INITIALIZED";
	#stopping: Promise<void> | undefined;
	/** Failed batches count as empty for later ones, except where Spark's rules are asked for. */
	readonly #skipFailed: boolean;

	constructor(ports: DriverPorts, options: DriverOptions, spawner: Spawner) {
		this.#ports = ports;
		this.#options = options;
		this.#conf = new Conf(options.conf);
		this.#skipFailed = this.#conf.get("compat") !== "spark";
		this.#clock = options.clock.kind === "manual" ? new ManualClock(options.clock.now) : new SystemClock();
		this.#events = new EventBus(options.run, ports.notebook, ports.events);
		this.#journal = new Journal(ports.ring);
		this.#rdds = new RddGraph(options.defaultParallelism, this.#conf.get("spark.default.parallelism"));
		this.#tasks = new TaskScheduler(
			spawner,
			options.executors,
			this.#rdds.functions,
			this.#states,
			{
				finished: (result, executor, batchTime) => {
					if (result.skipped !== undefined) this.#jobs.skipped(batchTime, result.skipped);
					for (const state of result.states) {
						this.#states.record(state, executor);
						this.#journal.append({ kind: "state", state });
					}
					for (const { key, ref } of result.materialized) this.#dag.keep(key, ref);
				},
				kept: (key) => this.#dag.kept(key),
				executorAdded: (executor) => this.#events.listener({ type: "ExecutorAdded", executor, reason: "" }),
				executorLost: (executor, reason) => this.#events.listener({ type: "ExecutorLost", executor, reason }),
				accumulated: (updates) => this.#report({ kind: "accumulated", updates }),
				console: (stream, text, cell) => this.#events.send({ kind: "console", stream, text, cell }),
			},
			{ maxFailures: this.#conf.get("spark.task.maxFailures"), cacheBytes: CACHE_BYTES },
		);
		this.#dag = new DagScheduler(this.#tasks, this.#states, hashSeed(options.seed), (rdd, partition, ref) => {
			const time = timeOf(rdd);
			if (time > 0) this.#journal.append({ kind: "kept", key: `${rdd}/${partition}`, time, ref });
		});
		this.#functions = new DriverFunctions(
			this.#rdds,
			{
				runAction: (rdd, action, params, fns) =>
					this.#outputs.action(rdd, action, params ?? {}, fns, this.#outputs.job(undefined, rdd.time)),
				accumulated: (updates) => this.#report({ kind: "accumulated", updates }),
			},
			this.#conf.get("millrace.driverFunctionTimeout"),
		);
		this.#tracker = new ReceiverTracker(
			spawner,
			{
				blockInterval: this.#conf.get("spark.streaming.blockInterval"),
				maxInputBytes: this.#conf.get("millrace.maxInputBytes"),
			},
			options.run * 1_000_000,
			{
				listener: (event) => this.#events.listener(event),
				block: (stream, block) => this.#journal.append({ kind: "block", stream, block }),
			},
		);
		this.#graph = new StreamGraph(
			this.#rdds,
			{
				blocks: (stream, time) => this.#tracker.blocks(stream, time),
				chooseFiles: (stream, time, choose) => this.#generator.chooseFiles(stream, time, choose),
				driverFunction: (node, role) => this.#functions.plain(this.#rdds.fn(node, role)),
				warn: ({ origin }, text) =>
					this.#events.send({ kind: "console", stream: "stderr", text: `${text}\n`, cell: origin.cell }),
				stateMade: (store, partitions) => this.#states.made(store, partitions),
				dequeue: (stream, all, time) => this.#generator.dequeue(stream, all, time),
				call: (node, role, rdds, time, list) =>
					this.#functions.call(this.#rdds.fn(node, role), node.id, rdds, time, true, list),
			},
			this.#skipFailed,
		);
		this.#outputs = new Outputs({
			dag: this.#dag,
			states: this.#states,
			rdds: this.#rdds,
			functions: this.#functions,
			events: this.#events,
			report: (report) => this.#report(report),
			takeBack: (rdd) => {
				this.#dag.forget(this.#rdds.takeBack([rdd]));
				this.#forgetFunctions();
			},
		});
		this.#jobs = new JobScheduler(this.#outputs, this.#events, {
			computed: (set, failed) => this.#computed(set, failed),
			completed: (time, failed) => this.#completed(time, failed),
			closed: () => this.#throttle(),
		});
		this.#generator = new JobGenerator(
			{
				clock: this.#clock,
				graph: this.#graph,
				tracker: this.#tracker,
				journal: this.#journal,
				batchMs: () => this.#batchMs,
				outputs: () => this.#registered,
				atBoundary: () => this.#atBoundary(),
				inputs: (time) => this.#inputs(time),
				submit: (set) => {
					this.#jobs.submit(set);
					this.#throttle();
				},
				idle: (time) => this.#idle(time),
				failed: (time, output, error) => this.#outputs.failed(output, time, error),
			},
			(node, count) => this.#report({ kind: "dequeued", node, count }),
		);
		ports.notebook.on("message", (command: DriverCommand) => this.#take(command));
		ports.events?.on("message", (command: ViewCommand) => this.#view(command));
		if (options.recover) void this.#journal.read().then((contents) => this.#recover(contents));
	}

	/** Ends everything at once, as a crash would: nothing is written or sent any more. */
	close(): void {
		this.#events.stop();
		this.#ports.ring.close();
		this.#ports.events?.close();
		void this.#generator.stop();
		this.#tracker.close();
		this.#tasks.stop();
	}

	#report(report: DriverReport): void {
		this.#ports.notebook.postMessage(report);
	}

	#take(command: DriverCommand): void {
		switch (command.kind) {
			case "add-nodes":
				this.#rdds.add(command.nodes);
				this.#journal.append({ kind: "nodes", nodes: command.nodes.filter((node) => node.kind !== "rdd") });
				return;
			case "persist":
				this.#persist(command.node, command.on);
				return;
			case "add-output":
				this.#atNextBoundary(() => this.#addOutput(command.output));
				return;
			case "remove-output":
				this.#atNextBoundary(() => this.#removeOutput(command.key));
				return;
			case "update-function":
				this.#atNextBoundary(() => {
					this.#rdds.functions.update(command.node, command.role, command.fn, this.#stepOf(command.node));
					this.#journal.append({ kind: "function", node: command.node, role: command.role, fn: command.fn });
				});
				return;
			case "keep-outputs":
				this.#atNextBoundary(() => {
					for (const { key } of this.#registered) if (!command.keys.includes(key)) this.#removeOutput(key);
				});
				return;
			case "enqueue":
				this.#generator.push(command.node, command.entries);
				this.#journal.append({ kind: "enqueue", node: command.node, entries: command.entries });
				return;
			case "foreach-done":
				this.#outputs.answered(command.output, command.time, command.error);
				return;
			case "plan-view":
				this.#events.send({ kind: "plan", plan: command.plan });
				return;
			case "request":
				void this.#answer(command.id, command.request);
				return;
		}
	}

	#view(command: ViewCommand): void {
		switch (command.kind) {
			case "stop":
				// The notebook thread may be busy: the stream is stopped here, the notebook learns of it.
				this.#report({ kind: "stop-asked", graceful: command.graceful });
				void this.#stop(command.graceful);
				return;
			case "close-view":
				this.#atNextBoundary(() => this.#removeOutput(command.view));
				return;
		}
	}

	#persist(node: string, on: boolean): void {
		// A batch's RDD may be gone by now: then nothing is kept of it either.
		const rdd = this.#rdds.known(node);
		if (rdd === undefined) return;
		rdd.persist = on;
		if (!on) this.#dag.forget([rdd.id]);
	}

	async #answer(id: number, request: DriverRequest): Promise<void> {
		try {
			this.#report({ kind: "reply", id, value: await this.#do(request, id) });
		} catch (error) {
			this.#report({ kind: "reply", id, error: encodeError(error) });
		}
	}

	async #do(request: DriverRequest, id: number): Promise<unknown> {
		switch (request.kind) {
			case "start":
				return this.#start(request.batchMs, request.remember, request.now);
			case "stop":
				return this.#stop(request.graceful);
			case "action":
				return this.#action(request.action, id);
			case "advance":
				return this.#advance(request.to);
			case "cancel": {
				const { job, batchTime, reason } = request;
				// A number that no job has yet must not hit one that comes.
				if (batchTime === undefined)
					return this.#outputs.knows(job as number) && this.#tasks.cancel(job as number, reason) ? 1 : 0;
				const { jobs, left } = this.#jobs.cancel(batchTime, reason);
				// What functions of foreachRDD have asked for on RDDs of the batch is work of the batch, too.
				const asked = [...this.#actions.values()].filter((action) => action.batchTime === batchTime);
				for (const action of asked) this.#tasks.cancel(action.job, reason);
				for (const id of jobs) this.#tasks.cancel(id, reason);
				return left;
			}
			case "cancel-actions":
				for (const asked of request.ids) {
					const action = this.#actions.get(asked);
					if (action !== undefined) this.#tasks.cancel(action.job, request.reason);
				}
				return undefined;
			case "kill":
				if (request.part === "executor") this.#tasks.kill(request.index);
				else this.#tracker.kill();
				return undefined;
		}
	}

	#start(batchMs: number, remember: number, now: number | undefined): { zeroTime: number } {
		// Asked again after a restart: the ring knew of the start already.
		if (this.#state === "ACTIVE") return { zeroTime: this.#graph.zeroTime };
		if (now !== undefined && this.#clock instanceof ManualClock) this.#clock.setTime(now);
		this.#setBatch(batchMs, remember);
		this.#state = "ACTIVE";
		this.#atBoundary();
		this.#startReceivers();
		const zeroTime = this.#generator.start();
		this.#journal.append({ kind: "run", zeroTime, batchMs, remember });
		this.#events.listener({ type: "StreamingStarted", time: this.#clock.now() });
		this.#context();
		return { zeroTime };
	}

	#setBatch(batchMs: number, remember: number): void {
		this.#batchMs = batchMs;
		this.#remember = remember;
		this.#graph.setBatch(batchMs);
	}

	#startReceivers(): void {
		const specs = [];
		for (const node of this.#rdds.nodes.values()) {
			if (node.kind !== "dstream" || node.params.receiver !== true) continue;
			specs.push({
				stream: node.id,
				op: node.op,
				name: nodeLabel(node),
				params: node.params,
				functions: node.functions,
			});
		}
		this.#tracker.start(specs, this.#batchMs);
	}

	#context(): void {
		const { appName, master } = this.#options;
		this.#events.send({ kind: "context", state: this.#state, appName, master, batchMs: this.#batchMs });
	}

	/** A second caller (the notebook after the button of a view) waits for the same end. */
	#stop(graceful: boolean): Promise<void> {
		this.#stopping ??= this.#end(graceful);
		return this.#stopping;
	}

	async #end(graceful: boolean): Promise<void> {
		const wasActive = this.#state === "ACTIVE";
		this.#state = "STOPPED";
		const limit = this.#conf.get("spark.streaming.gracefulStopTimeout") ?? 10 * this.#batchMs;
		if (wasActive) {
			await this.#tracker.stop(graceful ? Math.max(limit, 1000) : 1000);
			await this.#generator.stop();
			if (graceful && this.#tracker.hasUnallocated) await this.#generator.drain();
			if (!graceful) this.#jobs.dropWaiting();
			await within(this.#jobs.whenIdle(), graceful ? Math.max(limit, 2000) : 2000);
		}
		this.#context();
		this.#events.listener({ type: "StreamingStopped", time: this.#clock.now(), reason: graceful ? "graceful" : "" });
		this.#journal.flush();
		this.#events.stop();
		this.#tracker.close();
		this.#tasks.stop();
	}

	async #action(request: ActionRequest, id: number): Promise<unknown> {
		const rdd = this.#rdds.planned(request.node);
		const fns = Object.fromEntries(
			Object.entries(request.functions).map(([role, fn]) => [
				role,
				this.#rdds.functions.byContent(fn, request.step, rdd.time),
			]),
		);
		const context = { ...this.#outputs.job(undefined, rdd.time), cell: request.cell };
		this.#actions.set(id, context);
		try {
			const results = await this.#outputs.encoded(rdd, request.action, request.params, fns, context);
			return results.map((result) => result.segments[0]);
		} finally {
			this.#actions.delete(id);
		}
	}

	async #advance(to: number): Promise<void> {
		if (!(this.#clock instanceof ManualClock))
			throw streamError("STREAM_STATE", { step: "advance", message: "the context does not run on a ManualClock" });
		if (to >= this.#clock.now()) this.#clock.setTime(to);
		await this.#generator.whenGenerated();
		await this.#jobs.whenIdle();
	}

	#atNextBoundary(change: () => void): void {
		this.#changes.push(change);
	}

	#atBoundary(): void {
		const changes = this.#changes.splice(0);
		if (changes.length === 0) return;
		for (const change of changes) change();
		this.#graph.plan(
			this.#registered.map((output) => output.node),
			this.#remember,
		);
	}

	#addOutput(output: OutputSpec): void {
		if (output.fn !== undefined) this.#rdds.functions.update(output.key, "f", output.fn, output.op);
		this.#registered = [...this.#registered.filter((known) => known.key !== output.key), output].sort(
			(a, b) => a.id - b.id,
		);
		this.#journal.append({ kind: "output", key: output.key, output });
	}

	#removeOutput(key: string): void {
		for (const output of this.#registered) if (output.key === key) this.#outputs.dropped(output.id);
		this.#registered = this.#registered.filter((output) => output.key !== key);
		this.#journal.append({ kind: "output-removed", key });
	}

	#inputs(time: number): BatchInfo["inputs"] {
		const inputs: BatchInfo["inputs"][number][] = [];
		for (const node of this.#rdds.nodes.values()) {
			if (node.kind !== "dstream" || !dstreamOperator(node.op).source) continue;
			const blocks = this.#tracker.blocks(node.id, time);
			let numRecords = blocks.reduce((sum, block) => sum + block.records, 0);
			for (const entry of node.op === "queueStream"
				? this.#generator.dequeue(node.id, node.params.oneAtATime === false, time)
				: []) {
				if (entry.kind === "slices") numRecords += entry.slices.reduce((sum, slice) => sum + slice.records, 0);
			}
			inputs.push({ streamId: node.id, name: nodeLabel(node), numRecords });
		}
		return inputs;
	}

	async #idle(time: number): Promise<void> {
		this.#report({ kind: "idle-batch", time, seq: this.#events.seq });
		this.#journal.append({ kind: "commit", time });
		this.#tracker.release(time);
		await this.#clear(time);
	}

	/** Executors are done with a batch. A state that only some partitions of a failed batch have reached goes back. */
	#computed(set: JobSet, failed: boolean): void {
		const seen = new Set<string>();
		for (const part of failed ? set.jobs.flatMap(({ rdd }) => statefulParts(rdd, set.time)) : []) {
			if (seen.has(part.id)) continue;
			seen.add(part.id);
			for (const { partition, image } of this.#states.revert(part.node, part.partitions, set.time)) {
				this.#journal.append({ kind: "state-reset", store: part.node, partition, image });
			}
		}
	}

	/** Sources wait while too many batches do, however little they have in them. */
	#throttle(): void {
		this.#tracker.hold(this.#jobs.unfinishedWithInput > this.#conf.get("millrace.maxPendingBatches"));
	}

	async #completed(time: number, failed: boolean): Promise<void> {
		if (failed && this.#skipFailed) this.#dag.failedTimes.add(time);
		this.#journal.append({ kind: "commit", time });
		this.#states.settle(time);
		// What the notebook has not worked on still counts as waiting: it is held for it.
		this.#tracker.release(time);
		await this.#clear(time);
	}

	/** Forgets what no later batch needs. Batches that still wait for the notebook hold back what they stand on. */
	async #clear(time: number): Promise<void> {
		const oldest = this.#jobs.oldest ?? time;
		const upTo = Math.min(time, oldest);
		const gone = await this.#graph.clear(upTo);
		this.#dag.forget(gone.rdds);
		if (gone.blocks.length > 0) this.#journal.append({ kind: "drop-blocks", ids: gone.blocks });
		const past = upTo - this.#graph.longest;
		this.#dag.forgetUpTo(past);
		this.#tracker.clear(past);
		this.#generator.clear(past);
		this.#rdds.functions.forgetContent(past);
		this.#forgetFunctions();
		for (const failed of this.#dag.failedTimes) if (failed <= past) this.#dag.failedTimes.delete(failed);
		this.#journal.append({ kind: "trim", time: past });
	}

	#forgetFunctions(): void {
		const functions = this.#rdds.functions.takeDropped();
		if (functions.length === 0) return;
		this.#tasks.forget({ functions });
		this.#functions.forget(functions);
	}

	/** Operator that a function belongs to: a stream's or an output's. */
	#stepOf(node: string): string {
		return this.#rdds.nodes.get(node)?.op ?? this.#registered.find(({ key }) => key === node)?.op ?? "";
	}

	/** Goes on where the driver before stopped: same plan, same batches, state and kept partitions from the ring. */
	#recover(contents: JournalContents): void {
		this.#restore(contents);
		const queues = contents.queues.map(({ node, entries, enqueued }) => ({
			node,
			enqueued,
			taken: enqueued - entries.length,
		}));
		this.#report({ kind: "recovered", queues });
	}

	#restore(contents: JournalContents): void {
		if (contents.run !== undefined) this.#setBatch(contents.run.batchMs, contents.run.remember);
		this.#rdds.add(contents.nodes);
		for (const output of contents.outputs) this.#addOutput(output as OutputSpec);
		for (const { node, role, fn } of contents.functions)
			this.#rdds.functions.update(node, role, fn, this.#stepOf(node));
		this.#graph.plan(
			this.#registered.map((output) => output.node),
			contents.run?.remember ?? 0,
		);
		for (const { node, entries } of contents.queues) this.#generator.push(node, entries);
		for (const { stream, block } of contents.blocks) this.#tracker.add(stream, block);
		for (const { store, partition, image } of contents.states) {
			this.#states.restore(store, partition, image);
			this.#graph.hasYielded(store);
		}
		for (const { key, ref } of contents.kept) this.#dag.keep(key, ref);
		// A view may have asked for the end meanwhile.
		if (contents.run === undefined || this.#state === "STOPPED") return;
		const { zeroTime } = contents.run;
		const committed = new Set(contents.commits);
		const batches = [...contents.batches].sort((a, b) => a.time - b.time);
		let last = Math.max(zeroTime, contents.trimmed, ...contents.commits);
		for (const batch of batches) {
			this.#tracker.restore(batch.time, new Set(batch.blocks));
			for (const { node, entries } of batch.dequeued) this.#generator.restoreDequeued(batch.time, node, entries);
			last = Math.max(last, batch.time);
			// What is done and only held for windows does not count as waiting.
			if (committed.has(batch.time)) this.#tracker.release(batch.time);
		}
		this.#state = "ACTIVE";
		this.#startReceivers();
		for (const batch of batches)
			if (!committed.has(batch.time) && batch.time > contents.trimmed) this.#generator.enqueue(batch.time);
		this.#generator.begin(zeroTime, last + this.#batchMs);
		this.#context();
	}
}

/** Resolves when `promise` does, at the latest after `ms`. */
async function within(promise: Promise<void>, ms: number): Promise<void> {
	let timer: ReturnType<typeof setTimeout> | undefined;
	await Promise.race([promise, new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)))]);
	clearTimeout(timer);
}
