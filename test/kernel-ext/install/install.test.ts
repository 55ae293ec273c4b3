// What the installer writes into a Python environment.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { expect, test } from "vitest";
import { install, kernelSpec, packageRoot, uninstall } from "../../../kernel-ext/install/install.ts";
import { root } from "../../../scripts/lib/project.mjs";
import { put, tempFolder } from "../../support/temp.ts";

const json = (file: string) => JSON.parse(readFileSync(file, "utf8"));

test("the kernelspec names Node 24 in full, the kernel's flag and the connection file", () => {
	const { argv, ...rest } = kernelSpec(root);
	expect(argv).toEqual([
		join(root, "node_modules/node/bin/node"),
		"--no-force-async-hooks-checks",
		join(root, "dist/kernel-ext/main.js"),
		"{connection_file}",
	]);
	expect(isAbsolute(argv[0])).toBe(true);
	expect(rest).toMatchObject({
		language: "typescript",
		interrupt_mode: "message",
		display_name: "Millrace (TypeScript)",
	});
});

test("everything is written below the prefix, and writing it again changes nothing", () => {
	const prefix = tempFolder();
	const from = tempFolder();
	put(from, "dist/labextension/package.json", '{"name":"millrace"}');
	put(from, "dist/labextension/static/remoteEntry.js", "//");
	const first = install({ prefix, root: from });
	expect(first.kernelspec).toBe(join(prefix, "share/jupyter/kernels/millrace"));
	expect(readdirSync(first.kernelspec).sort()).toEqual(["kernel.json", "logo-svg.svg"]);
	expect(json(join(first.kernelspec, "kernel.json"))).toEqual(kernelSpec(from));
	expect(existsSync(join(prefix, "share/jupyter/labextensions/millrace/static/remoteEntry.js"))).toBe(true);
	expect(json(first.settings)).toEqual({ "@jupyter-widgets/jupyterlab-manager:plugin": { saveState: true } });
	const before = readdirSync(prefix, { recursive: true }).sort();
	expect(install({ prefix, root: from })).toEqual(first);
	expect(readdirSync(prefix, { recursive: true }).sort()).toEqual(before);
});

test("a newer build replaces the whole labextension, and a build without one removes it", () => {
	const prefix = tempFolder();
	const old = tempFolder();
	put(old, "dist/labextension/static/old.js", "");
	install({ prefix, root: old });
	const newer = tempFolder();
	put(newer, "dist/labextension/static/new.js", "");
	install({ prefix, root: newer });
	const target = join(prefix, "share/jupyter/labextensions/millrace");
	expect(readdirSync(join(target, "static"))).toEqual(["new.js"]);
	expect(install({ prefix, root: tempFolder() }).labextension).toBeUndefined();
	expect(existsSync(target)).toBe(false);
});

test("settings of others stay, also those of the same plug-in", () => {
	const prefix = tempFolder();
	const present = { a: { b: 1 }, "@jupyter-widgets/jupyterlab-manager:plugin": { other: 2, saveState: false } };
	put(prefix, "share/jupyter/lab/settings/overrides.json", JSON.stringify(present));
	expect(json(install({ prefix, root: tempFolder() }).settings)).toEqual({
		a: { b: 1 },
		"@jupyter-widgets/jupyterlab-manager:plugin": { other: 2, saveState: true },
	});
});

test("settings that are no JSON are named and left alone", () => {
	const prefix = tempFolder();
	const file = put(prefix, "share/jupyter/lab/settings/overrides.json", "{ broken");
	expect(() => install({ prefix, root: tempFolder() })).toThrow(`${file} is not JSON`);
	expect(readFileSync(file, "utf8")).toBe("{ broken");
});

test("uninstalling takes kernel and labextension away", () => {
	const prefix = tempFolder();
	const { kernelspec } = install({ prefix, root: tempFolder() });
	uninstall({ prefix });
	expect(existsSync(kernelspec)).toBe(false);
});

test("the package finds its own root", () => {
	expect(packageRoot()).toBe(root);
});
