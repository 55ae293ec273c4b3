// The lint of layers: what it lets through, and that it fails on a violation.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { rows, violation } from "../../scripts/lib/layers.mjs";
import { root } from "../../scripts/lib/project.mjs";
import { put, tempFolder } from "../support/temp.ts";

test.each([
	["engine/dstream/map.ts", "../plan/types.ts"],
	["engine/plan/types.ts", "../capture/types.ts"],
	["engine/driver/clock.ts", "../runtime/messages.ts"],
	["engine/driver/clock.ts", "./queue.ts"],
	["engine/capture/scope.ts", "acorn"],
	["engine/sources/kafka.ts", "@platformatic/kafka"],
	["engine/sources/socket.ts", "../receiver/receiver.ts"],
	["engine/driver/thread.ts", "../executor/thread.ts"],
	["engine/index.ts", "./context/streaming-context.ts"],
	["engine/testing/run-batches.ts", "../driver/driver.ts"],
	["kernel-ext/main.ts", "../engine/index.ts"],
	["kernel-ext/views/model.ts", "../../widgets/theme.ts"],
	["kernel-ext/protocol/sockets.ts", "zeromq"],
	["widgets/view.ts", "../engine/views/events.ts"],
	["engine/time/clock.ts", "node:timers"],
	["test/engine/anything.test.ts", "../../kernel-ext/main.ts"],
])("%s may import %s", (path, specifier) => {
	expect(violation(path, specifier)).toBeUndefined();
});

test.each([
	["engine/plan/types.ts", "../dstream/map.ts", "engine/plan stands below engine/dstream"],
	["engine/driver/clock.ts", "../executor/runner.ts", "engine/driver must not import engine/executor"],
	["engine/context/context.ts", "../driver/driver.ts", "engine/context must not import engine/driver"],
	["engine/compile/loop.ts", "../rdd/rdd.ts", "through the registry"],
	["engine/data/hash.ts", "../../kernel-ext/main.ts", "engine must not import kernel-ext"],
	["engine/views/model.ts", "../../widgets/theme.ts", "engine must not import widgets"],
	["engine/index.ts", "../kernel-ext/main.ts", "engine must not import kernel-ext"],
	["widgets/view.ts", "../engine/driver/driver.ts", "widgets must not import engine"],
	["widgets/view.ts", "../kernel-ext/main.ts", "widgets must not import kernel-ext"],
	["engine/rdd/map.ts", "../index.ts", "the door for those outside"],
	["engine/rdd/map.ts", "lodash", "no npm package but acorn"],
	["engine/rdd/map.ts", "millrace", "import the file, not the package"],
	["engine/new/thing.ts", "../data/hash.ts", "engine/new is in no row"],
	["engine/rdd/map.ts", "../new/thing.ts", "engine/new is in no row"],
])("%s must not import %s", (path, specifier, reason) => {
	expect(violation(path, specifier)).toContain(reason);
});

test("every folder stands in one row", () => {
	const all = rows.flat();
	expect(new Set(all).size).toBe(all.length);
});

function lint(folder: string) {
	return spawnSync(process.execPath, [join(root, "scripts/layers.mjs"), folder], { encoding: "utf8" });
}

test("the lint fails with file, line and reason, for imports, re-exports, types and dynamic imports", () => {
	const folder = tempFolder();
	put(folder, "engine/dstream/map.ts", "export const map = 1;\n");
	const ways = [
		'import { map } from "../dstream/map.ts";',
		'export { map } from "../dstream/map.ts";',
		'import type { map } from "../dstream/map.ts";',
		'export const later = () => import("../dstream/map.ts");',
	];
	ways.forEach((text, i) => {
		put(folder, `engine/data/way${i}.ts`, `// A file.\n${text}\n`);
	});
	const { status, stderr } = lint(folder);
	expect(status).toBe(1);
	for (const i of ways.keys())
		expect(stderr).toContain(`engine/data/way${i}.ts:2 imports "../dstream/map.ts": engine/data`);
});

test("the lint passes without a violation", () => {
	const folder = tempFolder();
	put(folder, "engine/dstream/map.ts", 'import { hash } from "../data/hash.ts";\nexport const map = hash;\n');
	expect(lint(folder)).toMatchObject({ status: 0, stdout: "layers: 1 files, 0 imports against the layers\n" });
});
