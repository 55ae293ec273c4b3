// The built labextension: what JupyterLab reads, and that saving of widgets is turned on without touching user settings.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import vm from "node:vm";
import { beforeAll, describe, expect, test } from "vitest";
import { buildLabextension } from "../../widgets/build.mjs";

const PLUGIN = "@jupyter-widgets/jupyterlab-manager:plugin";

interface Extension {
	init(scope: object): void;
	get(name: string): Promise<
		() => {
			__esModule: boolean;
			default: {
				id: string;
				autoStart: boolean;
				optional: unknown[];
				activate(app: unknown, settings?: unknown): void;
			};
		}
	>;
}

describe("the labextension", () => {
	let folder: string;
	beforeAll(async () => {
		folder = mkdtempSync(join(tmpdir(), "millrace-labextension-"));
		await buildLabextension(folder);
		return () => rmSync(folder, { recursive: true, force: true });
	});

	function load(scope: object = {}): Extension {
		const page = vm.createContext({ console });
		vm.runInContext(readFileSync(join(folder, "static", "remoteEntry.js"), "utf8"), page);
		const extension = (page as unknown as { _JUPYTERLAB: { millrace: Extension } })._JUPYTERLAB.millrace;
		extension.init(scope);
		return extension;
	}

	const token = { name: "ISettingRegistry" };
	const scope = {
		"@jupyterlab/settingregistry": { "4.6.6": { get: async () => () => ({ ISettingRegistry: token }) } },
	};

	async function activateWith(data: { user: object; composite: object } | undefined) {
		const emitted: string[] = [];
		const registry = {
			plugins: {} as { [id: string]: unknown },
			load: async () => {
				if (data === undefined) throw new Error("no such plugin");
				registry.plugins[PLUGIN] = { data };
			},
			pluginChanged: { emit: (id: string) => emitted.push(id) },
			set: () => {
				throw new Error("user settings are not ours to write");
			},
		};
		const extension = (await load(scope).get("./extension"))().default;
		extension.activate({}, registry);
		await new Promise((resolve) => setImmediate(resolve));
		return emitted;
	}

	test("its manifest names files that are there, and nothing else is needed", () => {
		const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
		expect(manifest.name).toBe("millrace");
		expect(manifest.jupyterlab).toMatchObject({
			extension: true,
			outputDir: ".",
			_build: { extension: "./extension" },
		});
		expect(existsSync(join(folder, manifest.jupyterlab._build.load))).toBe(true);
		expect(
			readdirSync(join(folder, "static"))
				.filter((name) => name.endsWith(".js"))
				.sort(),
		).toEqual(["remoteEntry.js", "stream-view.js", "vega.js"]);
	});

	test("the view module is small and loads Vega only from beside itself", () => {
		const module = readFileSync(join(folder, "static", "stream-view.js"), "utf8");
		expect(module.length).toBeLessThan(150_000);
		expect(module).not.toMatch(/cdn|unpkg|jsdelivr/);
		expect(module).toContain('"./vega.js"');
		expect(module).not.toMatch(/\bimport\s*[{*"]/);
	});

	test("JupyterLab's loader gets a plugin it will activate", async () => {
		const made = (await load(scope).get("./extension"))();
		expect(made.__esModule).toBe(true);
		expect(made.default).toMatchObject({ id: "millrace:plugin", autoStart: true });
		expect(made.default.optional).toEqual([token]);
		await expect(load().get("./other")).rejects.toThrow(/no module .\/other/);
	});

	test("without JupyterLab's settings it activates and does nothing", async () => {
		const made = (await load().get("./extension"))();
		expect(made.default.optional).toEqual([]);
		expect(() => made.default.activate({})).not.toThrow();
	});

	test("saving of widgets is turned on where nobody decided, and announced", async () => {
		const data = { user: {}, composite: { saveState: false } };
		expect(await activateWith(data)).toEqual([PLUGIN]);
		expect(data).toEqual({ user: {}, composite: { saveState: true } });
	});

	test("what the user has chosen stays, and without the widget manager nothing happens", async () => {
		const data = { user: { saveState: false }, composite: { saveState: false } };
		expect(await activateWith(data)).toEqual([]);
		expect(data.composite.saveState).toBe(false);
		expect(await activateWith(undefined)).toEqual([]);
	});
});
