// Entry of the labextension: registers with JupyterLab, has widgets saved with the notebook, and shows views without a kernel.
/// <reference lib="dom" />
import type { App } from "./without-kernel.ts";
import { standInWithoutKernel } from "./without-kernel.ts";

const NAME = "millrace";
const WIDGETS_PLUGIN = "@jupyter-widgets/jupyterlab-manager:plugin";
const SETTINGS_PACKAGE = "@jupyterlab/settingregistry";

type Values = { [name: string]: unknown };

interface SettingPlugin {
	readonly data: { composite: Values; user: Values };
}

interface SettingRegistry {
	load(plugin: string): Promise<unknown>;
	readonly plugins: { readonly [id: string]: SettingPlugin | undefined };
	readonly pluginChanged: { emit(plugin: string): void };
}

type ShareScope = { readonly [name: string]: { readonly [version: string]: { get(): Promise<() => unknown> } } };

let shared: ShareScope = {};

// The default of `saveState` is false: a notebook opened without a kernel would show nothing of its widgets. The kernel's
// installer changes the default for its own environment; this does it where only the extension was installed, for the
// page and without writing the user's settings. What the user has chosen stays.
async function saveWidgets(registry: SettingRegistry): Promise<void> {
	await registry.load(WIDGETS_PLUGIN);
	const plugin = registry.plugins[WIDGETS_PLUGIN];
	if (plugin === undefined || plugin.data.user.saveState !== undefined || plugin.data.composite.saveState === true)
		return;
	plugin.data.composite.saveState = true;
	registry.pluginChanged.emit(WIDGETS_PLUGIN);
}

async function settingsToken(): Promise<unknown> {
	const versions = Object.values(shared[SETTINGS_PACKAGE] ?? {});
	if (versions.length === 0) return undefined;
	const settings = (await versions[0].get())() as { ISettingRegistry?: unknown };
	return settings.ISettingRegistry;
}

async function plugin(): Promise<unknown> {
	const token = await settingsToken();
	return {
		id: `${NAME}:plugin`,
		description: "Live views of Millrace streams",
		autoStart: true,
		optional: token === undefined ? [] : [token],
		activate(app: App, settings?: SettingRegistry | null) {
			standInWithoutKernel(app);
			// JupyterLab without the widget manager has no such settings, and no widgets to save.
			if (settings) saveWidgets(settings).catch(() => undefined);
		},
	};
}

const scope = globalThis as unknown as { _JUPYTERLAB?: { [name: string]: unknown } };
scope._JUPYTERLAB ??= {};
scope._JUPYTERLAB[NAME] = {
	init(shareScope: ShareScope) {
		shared = shareScope;
	},
	async get(name: string) {
		if (name !== "./extension") throw new Error(`Millrace's labextension has no module ${name}, only ./extension.`);
		const made = await plugin();
		// Without __esModule the extension is listed and never activated.
		return () => ({ __esModule: true, default: made });
	},
};
