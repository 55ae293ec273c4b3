// The view host: what it publishes, when, to whom, and what it does not publish.
import { describe, expect, test, vi } from "vitest";
import type { EncodedContent } from "../../../engine/views/delta.ts";
import { decodeDelta, patch } from "../../../engine/views/delta.ts";
import type { ViewSnapshot } from "../../../engine/views/model.ts";
import { MIN_INTERVAL, PICTURE_TIMEOUT, STORED_INTERVAL, SYNC_INTERVAL } from "../../../kernel-ext/views/display.ts";
import { BARRIER_TIMEOUT, createViewHost, DISPOSE_TIMEOUT } from "../../../kernel-ext/views/host.ts";
import { WINDOW } from "../../../kernel-ext/views/pages.ts";
import { MAX_PRINTED_BATCHES } from "../../../kernel-ext/views/prints.ts";
import { description, Feed, wordRows } from "../../widgets/sample.ts";
import type { FakeModel } from "./fakes.ts";
import { FakeOutputs, FakePort, FakeRenderer, ManualScheduler, settle } from "./fakes.ts";

const WIDGET = "application/vnd.jupyter.widget-view+json";
const VEGALITE = "application/vnd.vegalite.v5+json";

function setUp() {
	const outputs = new FakeOutputs();
	const scheduler = new ManualScheduler();
	const renderer = new FakeRenderer();
	const host = createViewHost(outputs.asOutputs(), { scheduler, renderer });
	const feed = new Feed();
	const port = new FakePort();
	return { outputs, scheduler, renderer, host, feed, port };
}

/** A page that follows a model through its messages, as the browser's module does. */
class FakePage {
	snapshot: ViewSnapshot | undefined;
	received = 0;
	readonly #model: FakeModel;
	readonly #name: string;
	#seen: number;

	constructor(outputs: FakeOutputs, model: FakeModel, name = "page-1") {
		this.#model = model;
		this.#name = name;
		this.#seen = outputs.log.length;
		this.snapshot = structuredClone(model.state.snapshot) as ViewSnapshot;
		model.receive({ kind: "hello", page: name, have: this.snapshot.version });
		this.read(outputs);
		this.ack();
	}

	/** Takes in what was published since; returns the number of custom messages. */
	read(outputs: FakeOutputs): number {
		let messages = 0;
		for (const entry of outputs.log.slice(this.#seen)) {
			if (entry.kind === "update" && entry.id === this.#model.id) this.snapshot = entry.state.snapshot as ViewSnapshot;
			if (entry.kind !== "custom" || entry.id !== this.#model.id) continue;
			messages += 1;
			const content = entry.content as unknown as EncodedContent & { n: number };
			this.received = content.n;
			this.snapshot = patch(this.snapshot, decodeDelta(content, entry.buffers));
			expect(this.snapshot).toBeDefined();
		}
		this.#seen = outputs.log.length;
		return messages;
	}

	ack(): void {
		this.#model.receive({ kind: "ack", page: this.#name, n: this.received });
	}
}

describe("opening", () => {
	test("the first display has every form: widget, Vega-Lite, SVG, HTML, text", async () => {
		const { outputs, host } = setUp();
		await host.open(description(), "c3");
		expect(outputs.log.map((entry) => entry.kind)).toEqual(["comm_open", "display"]);
		const [{ bundle, cell }] = outputs.of("display");
		expect(cell).toBe("c3");
		expect(Object.keys(bundle)).toEqual([WIDGET, VEGALITE, "image/svg+xml", "text/html", "text/plain"]);
		expect(bundle[WIDGET]).toEqual({ version_major: 2, version_minor: 1, model_id: outputs.models[0].id });
		expect((bundle[VEGALITE] as { $schema: string }).$schema).toBe("https://vega.github.io/schema/vega-lite/v5.json");
	});

	test("the widget is an anywidget of version 0 with a small module and the snapshot", async () => {
		const { outputs, host } = setUp();
		await host.open(description(), "c3");
		const { state } = outputs.of("comm_open")[0];
		expect(state).toMatchObject({
			_model_module: "anywidget",
			_model_module_version: "0",
			_view_name: "AnyView",
			_view_module_version: "0",
		});
		expect(String(state._esm).length).toBeLessThan(1000);
		expect(String(state._esm)).not.toMatch(/^\s*import\s/m);
		expect((state.snapshot as ViewSnapshot).title).toBe("counts");
	});

	test("a renderer that hangs delays the display by at most five seconds, then it comes without SVG", async () => {
		const { outputs, host, renderer, scheduler } = setUp();
		renderer.mode = "hang";
		const opened = host.open(description(), "c3");
		await scheduler.advance(PICTURE_TIMEOUT - 1);
		expect(outputs.of("display")).toEqual([]);
		await scheduler.advance(1);
		await opened;
		expect(Object.keys(outputs.of("display")[0].bundle)).toEqual([WIDGET, VEGALITE, "text/html", "text/plain"]);
	});

	test("a renderer that fails is said once, under the cell, and the display comes without SVG", async () => {
		const { outputs, host, renderer, feed, port } = setUp();
		renderer.mode = "fail";
		await host.open(description(), "c3");
		host.attachEvents(port.asPort());
		port.send([...feed.start(), ...feed.batch(1)]);
		await host.beforeIdle([{ run: 1, seq: feed.seq }]);
		expect(outputs.of("stream")).toEqual([
			{
				kind: "stream",
				cell: "c3",
				name: "stderr",
				text: "Millrace: a view is stored without its chart. out of ink\n",
			},
		]);
		expect(outputs.of("update_display")[0].bundle["text/html"]).toContain("stream");
	});

	test("the same stream can be shown twice and in other cells, each with a widget of its own", async () => {
		const { outputs, host, feed, port } = setUp();
		await Promise.all([
			host.open(description(), "c3"),
			host.open(description(), "c4"),
			host.open(description({ view: "view-2" }), "c4"),
		]);
		host.attachEvents(port.asPort());
		port.send([...feed.start(), ...feed.batch(1)]);
		await settle();
		const rows = outputs.models.map((model) => (model.state.snapshot as ViewSnapshot).rows?.batch);
		expect(rows).toEqual([1, 1, undefined]);
		expect(outputs.models.map((model) => (model.state.snapshot as ViewSnapshot).completed)).toEqual([1, 1, 1]);
	});

	test("a view opened while the stream runs starts with the batches so far", async () => {
		const { outputs, host, feed, port } = setUp();
		host.attachEvents(port.asPort());
		port.send([...feed.start(), ...feed.batch(1), ...feed.batch(2)]);
		await host.open(description({ view: "late", state: "ACTIVE" }), "c9");
		expect(outputs.of("display")[0].bundle["text/plain"]).toMatch(/^counts · batch 2 · /);
	});
});

describe("pages", () => {
	test("without a page nothing is sent between barriers, but the state for a page that comes is the newest", async () => {
		const { outputs, host, feed, port, scheduler } = setUp();
		outputs.sawCellId = true;
		await host.open(description(), "c3");
		host.attachEvents(port.asPort());
		outputs.clear();
		port.send([...feed.start(), ...feed.batch(1), ...feed.batch(2)]);
		await scheduler.advance(60_000);
		expect(outputs.log).toEqual([]);
		expect((outputs.models[0].state.snapshot as ViewSnapshot).rows?.batch).toBe(2);
	});

	test("a page that acknowledges gets binary deltas that add up to the snapshot, at most twenty a second", async () => {
		const { outputs, host, feed, port, scheduler } = setUp();
		await host.open(description(), "c3");
		host.attachEvents(port.asPort());
		const page = new FakePage(outputs, outputs.models[0]);
		let messages = 0;
		port.send(feed.start());
		for (let number = 1; number <= 100; number++) {
			port.send(feed.batch(number));
			await scheduler.advance(10);
			messages += page.read(outputs);
			page.ack();
		}
		await scheduler.advance(100);
		messages += page.read(outputs);
		expect(messages).toBeGreaterThan(10);
		expect(messages).toBeLessThanOrEqual(22);
		expect(page.snapshot).toEqual(outputs.models[0].state.snapshot);
		expect(outputs.of("custom").every((entry) => entry.buffers.length > 0)).toBe(true);
	});

	test("when acknowledgements stop, sending stops; when they come again, one message brings all", async () => {
		const { outputs, host, feed, port, scheduler } = setUp();
		await host.open(description(), "c3");
		host.attachEvents(port.asPort());
		const page = new FakePage(outputs, outputs.models[0]);
		outputs.clear();
		for (let number = 1; number <= 50; number++) {
			port.send(feed.batch(number));
			await scheduler.advance(MIN_INTERVAL);
		}
		expect(outputs.of("custom")).toHaveLength(WINDOW);
		const quiet = outputs.log.length;
		await scheduler.advance(60_000);
		expect(outputs.log).toHaveLength(quiet);
		page.received = WINDOW;
		page.ack();
		await scheduler.advance(MIN_INTERVAL);
		expect(outputs.of("custom")).toHaveLength(WINDOW + 1);
		expect((outputs.models[0].state.snapshot as ViewSnapshot).rows?.batch).toBe(50);
	});

	test("the fastest page drives, a slow one does not hold it up", async () => {
		const { outputs, host, feed, port, scheduler } = setUp();
		await host.open(description(), "c3");
		host.attachEvents(port.asPort());
		const fast = new FakePage(outputs, outputs.models[0], "fast");
		new FakePage(outputs, outputs.models[0], "slow");
		for (let number = 1; number <= 20; number++) {
			port.send(feed.batch(number));
			await scheduler.advance(MIN_INTERVAL);
			expect(fast.read(outputs)).toBeGreaterThan(0);
			fast.ack();
		}
		expect(fast.snapshot?.rows?.batch).toBe(20);
	});

	test("a page that lost a message asks, and gets the whole snapshot in one message", async () => {
		const { outputs, host, feed, port, scheduler } = setUp();
		await host.open(description(), "c3");
		host.attachEvents(port.asPort());
		const page = new FakePage(outputs, outputs.models[0]);
		port.send([...feed.start(), ...feed.batch(1)]);
		await scheduler.advance(500);
		page.read(outputs);
		outputs.clear();
		outputs.models[0].receive({ kind: "resync", page: "page-1", have: 1 });
		await scheduler.advance(MIN_INTERVAL);
		const [answer] = outputs.of("custom");
		const content = answer.content as unknown as EncodedContent;
		expect(content.from).toBe(-1);
		expect(patch(undefined, decodeDelta(content, answer.buffers))).toEqual(outputs.models[0].state.snapshot);
	});

	test("the synced state follows every two seconds, for notebooks that are saved meanwhile", async () => {
		const { outputs, host, feed, port, scheduler } = setUp();
		await host.open(description(), "c3");
		host.attachEvents(port.asPort());
		port.send(feed.start());
		const page = new FakePage(outputs, outputs.models[0]);
		await scheduler.advance(SYNC_INTERVAL);
		const before = outputs.of("update").length;
		for (let number = 1; number <= 100; number++) {
			port.send(feed.batch(number));
			await scheduler.advance(100);
			page.read(outputs);
			page.ack();
		}
		const updates = outputs.of("update").length - before;
		expect(updates).toBeGreaterThanOrEqual(4);
		expect(updates).toBeLessThanOrEqual(6);
	});

	test("nonsense from a page changes nothing", async () => {
		const { outputs, host, feed, port, scheduler } = setUp();
		outputs.sawCellId = true;
		await host.open(description(), "c3");
		host.attachEvents(port.asPort());
		outputs.clear();
		for (const content of [
			null,
			7,
			"hello",
			{},
			{ kind: "hello" },
			{ kind: "ack", page: "p", n: "x" },
			{ kind: "ack", page: "x".repeat(100), n: 1 },
			{ kind: "no", page: "p" },
		]) {
			outputs.models[0].receive(content);
		}
		port.send([...feed.start(), ...feed.batch(1)]);
		await scheduler.advance(1000);
		expect(outputs.log).toEqual([]);
		expect(port.commands).toEqual([]);
	});

	test("an acknowledgement of messages that were never sent opens no more than the window", async () => {
		const { outputs, host, feed, port, scheduler } = setUp();
		await host.open(description(), "c3");
		host.attachEvents(port.asPort());
		new FakePage(outputs, outputs.models[0]);
		outputs.models[0].receive({ kind: "ack", page: "page-1", n: 1e9 });
		outputs.clear();
		for (let number = 1; number <= 50; number++) {
			port.send(feed.batch(number));
			await scheduler.advance(MIN_INTERVAL);
		}
		expect(outputs.of("custom")).toHaveLength(WINDOW);
	});
});

describe("barriers", () => {
	test("under nbclient a barrier rewrites the display without the widget, and syncs the state", async () => {
		const { outputs, host, feed, port } = setUp();
		await host.open(description(), "c3");
		host.attachEvents(port.asPort());
		outputs.clear();
		port.send([...feed.start(), ...feed.batch(1), ...feed.batch(2)]);
		await host.beforeIdle([{ run: 1, seq: feed.seq }]);
		expect(outputs.log.map((entry) => entry.kind)).toEqual(["update", "update_display"]);
		const { bundle } = outputs.of("update_display")[0];
		expect(Object.keys(bundle)).toEqual([VEGALITE, "image/svg+xml", "text/html", "text/plain"]);
		expect(bundle["text/plain"]).toMatch(/^counts · batch 2 · /);
		expect((outputs.of("update")[0].state.snapshot as ViewSnapshot).rows?.batch).toBe(2);
	});

	test("under nbclient a stop that is told after the barrier does not bring the widget back", async () => {
		const { outputs, host, feed, port } = setUp();
		await host.open(description(), "c3");
		host.attachEvents(port.asPort());
		port.send([...feed.start(), ...feed.batch(1)]);
		await host.beforeIdle([{ run: 1, seq: feed.seq }]);
		outputs.clear();
		port.send(feed.stop());
		await vi.waitFor(() => expect(outputs.of("update_display").length).toBeGreaterThan(0));
		const bundle = outputs.of("update_display").at(-1)?.bundle ?? {};
		expect(Object.keys(bundle)).toEqual([VEGALITE, "image/svg+xml", "text/html", "text/plain"]);
		expect(bundle["text/plain"]).toMatch(/ · stopped/);
	});

	test("where a cell id was seen, or a page, the widget stays in", async () => {
		for (const who of ["cell id", "page"]) {
			const { outputs, host, feed, port } = setUp();
			outputs.sawCellId = who === "cell id";
			await host.open(description(), "c3");
			if (who === "page") new FakePage(outputs, outputs.models[0]);
			host.attachEvents(port.asPort());
			port.send([...feed.start(), ...feed.batch(1)]);
			await host.beforeIdle([{ run: 1, seq: feed.seq }]);
			expect(Object.keys(outputs.of("update_display")[0].bundle)).toContain(WIDGET);
		}
	});

	test("pages get everything at a barrier, also without credit", async () => {
		const { outputs, host, feed, port, scheduler } = setUp();
		await host.open(description(), "c3");
		host.attachEvents(port.asPort());
		const page = new FakePage(outputs, outputs.models[0]);
		for (let number = 1; number <= 10; number++) {
			port.send(feed.batch(number));
			await scheduler.advance(MIN_INTERVAL);
		}
		page.read(outputs);
		expect(page.snapshot?.rows?.batch).toBeLessThan(10);
		await host.beforeIdle([{ run: 1, seq: feed.seq }]);
		page.read(outputs);
		expect(page.snapshot?.rows?.batch).toBe(10);
	});

	test("a barrier waits for events that are still on their way", async () => {
		const { outputs, host, feed, port } = setUp();
		await host.open(description(), "c3");
		host.attachEvents(port.asPort());
		const events = [...feed.start(), ...feed.batch(1)];
		let done = false;
		const idle = host.beforeIdle([{ run: 1, seq: feed.seq }]).then(() => void (done = true));
		port.send(events.slice(0, -1));
		await settle();
		expect(done).toBe(false);
		port.send(events.slice(-1));
		await idle;
		expect(outputs.of("update_display")[0].bundle["text/plain"]).toContain("batch 1");
	});

	test("a driver that died or was replaced does not hold up the cell", async () => {
		const { host, port, feed, scheduler } = setUp();
		host.attachEvents(port.asPort());
		port.send(feed.start());
		const waiting = host.beforeIdle([{ run: 1, seq: 1000 }]);
		port.close();
		await waiting;
		const never = host.beforeIdle([{ run: 77, seq: 1 }]);
		await scheduler.advance(BARRIER_TIMEOUT);
		await never;
	});

	test("a cell that waited for nothing publishes nothing, and a second barrier without news neither", async () => {
		const { outputs, host, feed, port } = setUp();
		await host.open(description(), "c3");
		host.attachEvents(port.asPort());
		port.send([...feed.start(), ...feed.batch(1)]);
		outputs.clear();
		await host.beforeIdle([]);
		expect(outputs.log).toEqual([]);
		await host.beforeIdle([{ run: 1, seq: feed.seq }]);
		outputs.clear();
		await host.beforeIdle([{ run: 1, seq: feed.seq }]);
		expect(outputs.log).toEqual([]);
	});

	test("idle waits for a display that is still being drawn", async () => {
		const { outputs, host } = setUp();
		void host.open(description(), "c3");
		expect(outputs.of("display")).toEqual([]);
		await host.beforeIdle([]);
		expect(outputs.of("display")).toHaveLength(1);
	});

	test("a host that shows no widgets sees the stored form change while a cell sleeps, with the widget still in it", async () => {
		const { outputs, host, feed, port, scheduler } = setUp();
		await host.open(description(), "c3");
		host.attachEvents(port.asPort());
		port.send([...feed.start(), ...feed.batch(1)]);
		await scheduler.advance(STORED_INTERVAL);
		const updates = outputs.of("update_display");
		expect(updates).toHaveLength(1);
		expect(Object.keys(updates[0].bundle)).toContain(WIDGET);
		await scheduler.advance(10 * STORED_INTERVAL);
		expect(outputs.of("update_display")).toHaveLength(1);
	});

	test("while no cell runs, a host that shows no widgets sees it ever more rarely; a running cell brings it back", async () => {
		const { outputs, host, feed, port, scheduler } = setUp();
		await host.open(description(), "c3");
		host.attachEvents(port.asPort());
		const countFor = async (seconds: number) => {
			outputs.clear();
			for (let second = 0; second < seconds; second++) {
				port.send(feed.batch(feed.seq));
				await scheduler.advance(1000);
			}
			return outputs.of("update_display").length;
		};
		expect(await countFor(600)).toBeLessThan(16);
		outputs.currentRequest = {};
		await countFor(61);
		expect(await countFor(60)).toBeGreaterThan(18);
	});
});

describe("stop, replace, shut down", () => {
	test("the stop button reaches the driver directly and every view says stopping", async () => {
		const { outputs, host, feed, port } = setUp();
		await Promise.all([host.open(description(), "c3"), host.open(description({ view: "view-2" }), "c4")]);
		host.attachEvents(port.asPort());
		port.send(feed.start());
		outputs.models[0].receive({ kind: "stop" });
		expect(port.commands).toEqual([{ kind: "stop", graceful: true }]);
		expect(outputs.models.map((model) => (model.state.snapshot as ViewSnapshot).stopping)).toEqual([true, true]);
		outputs.models[1].receive({ kind: "stop", graceful: false });
		expect(port.commands.at(-1)).toEqual({ kind: "stop", graceful: false });
	});

	test("when the stream stops, the stored form is written once more without any barrier", async () => {
		const { outputs, host, feed, port, scheduler } = setUp();
		outputs.sawCellId = true;
		await host.open(description(), "c3");
		host.attachEvents(port.asPort());
		port.send([...feed.start(), ...feed.batch(1)]);
		await scheduler.advance(1000);
		expect(outputs.of("update_display")).toEqual([]);
		port.send(feed.stop());
		await scheduler.advance(0);
		expect(outputs.of("update_display").at(-1)?.bundle["text/plain"]).toContain("stopped");
	});

	test("a cell that is run again closes its views, tells the driver, and leaves others alone", async () => {
		const { outputs, host, feed, port } = setUp();
		await Promise.all([host.open(description(), "c3"), host.open(description({ view: "view-2" }), "c4")]);
		host.attachEvents(port.asPort());
		port.send(feed.start());
		host.cellReplaced("c3");
		expect(outputs.of("comm_close")).toEqual([{ kind: "comm_close", id: "model-1" }]);
		expect(port.commands).toEqual([{ kind: "close-view", view: "view-1" }]);
		outputs.clear();
		port.send(feed.batch(1));
		await host.beforeIdle([{ run: 1, seq: feed.seq }]);
		expect(outputs.of("update_display")).toHaveLength(1);
	});

	test("a view that is shown twice is computed until its last display is closed", async () => {
		const { outputs, host, feed, port } = setUp();
		await Promise.all([host.open(description(), "c3"), host.open(description(), "c4")]);
		host.attachEvents(port.asPort());
		port.send(feed.start());
		outputs.models[0].closedByPage();
		expect(port.commands).toEqual([]);
		host.cellReplaced("c4");
		expect(port.commands).toEqual([{ kind: "close-view", view: "view-1" }]);
	});

	test("a cell replaced while its first picture is drawn shows nothing", async () => {
		const { outputs, host } = setUp();
		const opening = host.open(description(), "c3");
		host.cellReplaced("c3");
		await opening;
		expect(outputs.of("display")).toEqual([]);
	});

	test("shutdown writes the last state without the widget and ends the renderer", async () => {
		const { outputs, host, feed, port, renderer } = setUp();
		outputs.sawCellId = true;
		await host.open(description(), "c3");
		host.attachEvents(port.asPort());
		port.send([...feed.start(), ...feed.batch(1)]);
		await host.dispose();
		const { bundle } = outputs.of("update_display").at(-1)!;
		expect(Object.keys(bundle)).toEqual([VEGALITE, "image/svg+xml", "text/html", "text/plain"]);
		expect(bundle["text/plain"]).toContain("batch 1");
		expect(renderer.closed).toBe(true);
	});

	test("shutdown waits for the last picture only briefly, and takes the one before it", async () => {
		const { outputs, host, feed, port, renderer, scheduler } = setUp();
		await host.open(description(), "c3");
		host.attachEvents(port.asPort());
		port.send([...feed.start(), ...feed.batch(1)]);
		await host.beforeIdle([{ run: 1, seq: feed.seq }]);
		port.send(feed.batch(2));
		renderer.mode = "hang";
		const disposed = host.dispose();
		await scheduler.advance(DISPOSE_TIMEOUT);
		await disposed;
		const { bundle } = outputs.of("update_display").at(-1)!;
		expect(bundle["text/plain"]).toContain("batch 1");
		expect(bundle["image/svg+xml"]).toContain("<svg");
		expect(Object.keys(bundle)).not.toContain(WIDGET);
	});
});

describe("drivers", () => {
	test("a restarted driver takes over the views of the one that died", async () => {
		const { outputs, host, feed, port } = setUp();
		await host.open(description(), "c3");
		host.attachEvents(port.asPort());
		port.send([...feed.start(), ...feed.batch(1)]);
		port.close();
		const again = new FakePort();
		host.attachEvents(again.asPort());
		feed.run = 2;
		feed.seq = 0;
		again.send([...feed.start(), ...feed.batch(2)]);
		await settle();
		const shown = outputs.models[0].state.snapshot as ViewSnapshot;
		expect(shown.batches.map((batch) => batch.number)).toEqual([1, 2]);
		outputs.models[0].receive({ kind: "stop" });
		expect(again.commands).toHaveLength(1);
		expect(port.commands).toEqual([]);
	});

	test("a new context leaves the views of the stopped one as they are", async () => {
		const { outputs, host, feed, port } = setUp();
		await host.open(description(), "c3");
		host.attachEvents(port.asPort());
		port.send([...feed.start(), ...feed.batch(1), ...feed.stop()]);
		await host.open(description({ view: "next-1" }), "c5");
		const next = new FakePort();
		host.attachEvents(next.asPort());
		const other = new Feed();
		next.send([...other.start(), ...other.batch(1, {}, wordRows(1), "next-1")]);
		await settle();
		const [old, fresh] = outputs.models.map((model) => model.state.snapshot as ViewSnapshot);
		expect([old.state, old.completed]).toEqual(["STOPPED", 1]);
		expect([fresh.state, fresh.completed, fresh.rows?.batch]).toEqual(["ACTIVE", 1, 1]);
	});
});

describe("what is not a view", () => {
	test("print() owns one display, rewritten as batches come and complete at a barrier", async () => {
		const { outputs, host, feed, port } = setUp();
		outputs.sawCellId = true;
		host.attachEvents(port.asPort());
		for (let number = 1; number <= 25; number++) {
			port.send([feed.make({ kind: "print", output: 0, batchTime: number, text: `Time: ${number}`, cell: "c5" })]);
		}
		await host.beforeIdle([{ run: 1, seq: feed.seq }]);
		expect(outputs.of("display").map((entry) => entry.cell)).toEqual(["c5"]);
		const text = String(outputs.of("update_display").at(-1)?.bundle["text/plain"]);
		expect(text.split("\n")).toHaveLength(MAX_PRINTED_BATCHES + 1);
		expect(text.startsWith(`… ${25 - MAX_PRINTED_BATCHES} earlier batches\nTime: ${26 - MAX_PRINTED_BATCHES}\n`)).toBe(
			true,
		);
		expect(text).toMatch(/Time: 25$/);
	});

	test("under nbclient the first print goes to the cell that runs, where it is kept", () => {
		const { outputs, host, feed, port } = setUp();
		outputs.currentCell = "c8";
		host.attachEvents(port.asPort());
		port.send([feed.make({ kind: "print", output: 0, batchTime: 1, text: "x", cell: "c5" })]);
		expect(outputs.of("display").map((entry) => entry.cell)).toEqual(["c8"]);
	});

	test("console output goes under its cell, and the same failure of an output is reported once", () => {
		const { outputs, host, feed, port } = setUp();
		host.attachEvents(port.asPort());
		const failure = {
			kind: "output-error",
			output: 0,
			batchTime: 1,
			cell: "c5",
			error: { name: "RangeError", message: "no", stack: "" },
		} as const;
		port.send([
			feed.make({ kind: "console", stream: "stdout", text: "hi\n", cell: "c2" }),
			feed.make(failure),
			feed.make({ ...failure, batchTime: 2 }),
		]);
		expect(outputs.log).toEqual([
			{ kind: "stream", cell: "c2", name: "stdout", text: "hi\n" },
			{ kind: "error", cell: "c5", ename: "RangeError", evalue: "no" },
		]);
	});
});
