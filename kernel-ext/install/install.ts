// Writes the kernelspec, the labextension and the JupyterLab settings into one Python environment.
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { kernelLogo } from "./logo.ts";

/** Where to install to, and from. */
export interface InstallOptions {
	/** Folder of the Python environment (`sys.prefix`): everything goes below its `share/jupyter`. */
	readonly prefix: string;
	/** Root of the built package; the one this module belongs to by default. */
	readonly root?: string;
	/** The environment is the project's own: JupyterLab in it then asks for no news and no updates. */
	readonly own?: boolean;
}

/** What an installation wrote: absolute paths. */
export interface Installed {
	readonly kernelspec: string;
	/** Undefined when the build has no labextension. */
	readonly labextension: string | undefined;
	readonly settings: string;
}

/** The content of `kernel.json`. */
export interface KernelSpec {
	readonly argv: readonly string[];
	readonly display_name: string;
	readonly language: string;
	readonly interrupt_mode: "message";
	readonly metadata: { readonly debugger: boolean };
}

const name = "millrace";

/** Plug-in settings that a live view needs: widget state is part of the saved notebook. */
const settings: { readonly [plugin: string]: { readonly [key: string]: unknown } } = {
	"@jupyter-widgets/jupyterlab-manager:plugin": { saveState: true },
};

/** What JupyterLab in an environment of our own does not ask its user, nor the network. */
const ownSettings: typeof settings = {
	"@jupyterlab/apputils-extension:notification": { fetchNews: "false", checkForUpdates: false },
};

/** Returns the kernelspec that starts the kernel of the package at `root`. */
export function kernelSpec(root: string): KernelSpec {
	return {
		argv: [
			// A Jupyter server does not start kernels through npm: Node 24 must be named in full.
			join(root, "node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node"),
			// An interrupt inside a timer callback would else end the process.
			"--no-force-async-hooks-checks",
			join(root, "dist", "kernel-ext", "main.js"),
			"{connection_file}",
		],
		display_name: "Millrace (TypeScript)",
		language: "typescript",
		interrupt_mode: "message",
		metadata: { debugger: false },
	};
}

/** Installs kernelspec, labextension and settings below `prefix` and returns what it wrote. Safe to repeat. */
export function install({ prefix, root = packageRoot(), own = false }: InstallOptions): Installed {
	const share = join(prefix, "share", "jupyter");
	const kernelspec = join(share, "kernels", name);
	mkdirSync(kernelspec, { recursive: true });
	writeWhole(join(kernelspec, "kernel.json"), `${JSON.stringify(kernelSpec(root), null, 2)}\n`);
	writeWhole(join(kernelspec, "logo-svg.svg"), kernelLogo);

	const built = join(root, "dist", "labextension");
	const labextension = join(share, "labextensions", name);
	const hasExtension = existsSync(built);
	if (hasExtension) replaceFolder(built, labextension);
	else rmSync(labextension, { recursive: true, force: true });

	const overrides = join(share, "lab", "settings", "overrides.json");
	mkdirSync(dirname(overrides), { recursive: true });
	writeWhole(overrides, `${JSON.stringify(mergeSettings(readOverrides(overrides), own), null, 2)}\n`);
	return { kernelspec, labextension: hasExtension ? labextension : undefined, settings: overrides };
}

/** Removes kernelspec and labextension below `prefix`. The settings stay: other extensions may rely on them. */
export function uninstall({ prefix }: { readonly prefix: string }): void {
	rmSync(join(prefix, "share", "jupyter", "kernels", name), { recursive: true, force: true });
	rmSync(join(prefix, "share", "jupyter", "labextensions", name), { recursive: true, force: true });
}

/** Returns the root folder of the package this module belongs to, from its sources or its build. */
export function packageRoot(): string {
	for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
		const file = join(folder, "package.json");
		if (existsSync(file) && JSON.parse(readFileSync(file, "utf8")).name === name) return folder;
		if (folder === dirname(folder))
			throw new Error(`No package.json of ${name} above ${fileURLToPath(import.meta.url)}`);
	}
}

type Overrides = { [plugin: string]: { [key: string]: unknown } };

function readOverrides(file: string): Overrides {
	if (!existsSync(file)) return {};
	try {
		return JSON.parse(readFileSync(file, "utf8")) as Overrides;
	} catch (cause) {
		throw new Error(`${file} is not JSON: ${(cause as Error).message}. Repair or delete it and install again.`, {
			cause,
		});
	}
}

/** Ours are added key by key: what others have set for a plug-in stays. */
function mergeSettings(present: Overrides, own: boolean): Overrides {
	const merged: Overrides = { ...present };
	for (const [plugin, values] of Object.entries(own ? { ...settings, ...ownSettings } : settings))
		merged[plugin] = { ...merged[plugin], ...values };
	return merged;
}

function writeWhole(file: string, text: string): void {
	const temporary = `${file}.${process.pid}.new`;
	writeFileSync(temporary, text);
	renameSync(temporary, file);
}

function replaceFolder(from: string, to: string): void {
	const temporary = `${to}.new`;
	mkdirSync(dirname(to), { recursive: true });
	rmSync(temporary, { recursive: true, force: true });
	cpSync(from, temporary, { recursive: true });
	rmSync(to, { recursive: true, force: true });
	renameSync(temporary, to);
}
