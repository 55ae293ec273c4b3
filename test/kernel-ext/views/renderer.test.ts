// The render thread: real pictures from a real worker, which is not the thread that asks, and comes back after a crash.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { apply, createModel } from "../../../engine/views/model.ts";
import type { Renderer } from "../../../kernel-ext/views/renderer.ts";
import { createRenderer } from "../../../kernel-ext/views/renderer.ts";
import { tempFolder } from "../../support/temp.ts";
import { description, Feed } from "../../widgets/sample.ts";

function using(renderer: Renderer): Renderer {
	onTestFinished(() => renderer.close());
	return renderer;
}

function model() {
	const feed = new Feed();
	return [...feed.batch(1), ...feed.batch(2)].reduce(apply, createModel(description()));
}

test("a snapshot becomes complete SVG texts of chart, batches and plan, and the asking thread goes on meanwhile", async () => {
	const renderer = using(createRenderer());
	let turns = 0;
	const beat = setInterval(() => void turns++, 1);
	const pictures = await renderer.draw(model());
	clearInterval(beat);
	expect(turns).toBeGreaterThan(5);
	for (const svg of [pictures.chart, pictures.metrics, pictures.dag]) expect(svg).toMatch(/^<svg [\s\S]*<\/svg>$/);
	expect(pictures.chart).toContain(">&lt;b&gt;bold&lt;/b&gt;<");
	expect(pictures.dag).toContain(">socketTextStream<");
});

test("a view without rows has a picture of its plan only", async () => {
	const pictures = await using(createRenderer()).draw(createModel(description()));
	expect(Object.keys(pictures)).toEqual(["dag"]);
});

test("a thread that dies rejects what was asked, and the next picture gets a new thread", async () => {
	const folder = tempFolder();
	const entry = join(folder, "thread.mjs");
	writeFileSync(
		entry,
		`import { parentPort } from "node:worker_threads";
		parentPort.on("message", ({ id }) => { if (id === 1) process.exit(3); parentPort.postMessage({ id, ok: true, pictures: { chart: "<svg/>" } }); });`,
	);
	const renderer = using(createRenderer(pathToFileURL(entry)));
	await expect(renderer.draw(model())).rejects.toThrow("The render thread ended with code 3.");
	expect(await renderer.draw(model())).toEqual({ chart: "<svg/>" });
});

test("a closed renderer says so", async () => {
	const renderer = createRenderer();
	await renderer.close();
	await expect(renderer.draw(model())).rejects.toThrow(/shuts down/);
});
