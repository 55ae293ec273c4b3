// Entry of the labextension: registers with JupyterLab and turns on that widgets are saved with the notebook.
/// <reference lib="dom" />

const NAME = "millrace";
const WIDGETS_PLUGIN = "@jupyter-widgets/jupyterlab-manager:plugin";
const SETTINGS_PACKAGE = "@jupyterlab/settingregistry";

type Values = { [name: string]: unknown };

interface SettingPlugin {
	readonly id: string;
	data: { composite: Values; user: Values };
}

interface SettingRegistry {
	transform(plugin: string, transforms: { compose?(plugin: SettingPlugin): SettingPlugin }): { dispose(): void };
	readonly plugins: { readonly [id: string]: unknown };
	reload(plugin: string): Promise<unknown>;
}

type ShareScope = { readonly [name: string]: { readonly [version: string]: { get(): Promise<() => unknown> } } };

let shared: ShareScope = {};

// The default of `saveState` is false: a notebook opened without a kernel would show nothing of its widgets.
// Only the default is changed; what the user has chosen stays.
function saveWidgets(registry: SettingRegistry): void {
	try {
		registry.transform(WIDGETS_PLUGIN, {
			compose(plugin) {
				if (plugin.data.user.saveState === undefined)
					plugin.data = { ...plugin.data, composite: { ...plugin.data.composite, saveState: true } };
				return plugin;
			},
		});
	} catch (error) {
		console.warn(
			"Millrace could not turn on that widget state is saved: another extension shapes the same settings.",
			error,
		);
		return;
	}
	if (registry.plugins[WIDGETS_PLUGIN] !== undefined) registry.reload(WIDGETS_PLUGIN).catch(() => undefined);
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
		activate(_app: unknown, settings?: SettingRegistry | null) {
			if (settings) saveWidgets(settings);
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
