// Builds what the browser loads into dist/labextension: the view module, the Vega bundle and the extension around them.
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = new URL("../", import.meta.url);
const path = (name) => fileURLToPath(new URL(name, root));

/** Name of the labextension, and of its folder under share/jupyter/labextensions. */
const NAME = "millrace";

const common = {
	bundle: true,
	format: "esm",
	platform: "browser",
	target: "es2022",
	minify: true,
	legalComments: "linked",
	charset: "utf8",
	logLevel: "warning",
};

/** Builds the extension into `outDir` and returns the sizes of its files. */
export async function buildLabextension(outDir = path("dist/labextension/")) {
	const { version } = JSON.parse(await readFile(path("package.json"), "utf8"));
	await rm(outDir, { recursive: true, force: true });
	await mkdir(`${outDir}/static`, { recursive: true });
	await build({
		...common,
		entryPoints: [
			{ in: path("widgets/stream-view.ts"), out: "stream-view" },
			{ in: path("widgets/vega-bundle.ts"), out: "vega" },
		],
		outdir: `${outDir}/static`,
	});
	await build({
		...common,
		format: "iife",
		entryPoints: [{ in: path("widgets/labextension.ts"), out: "remoteEntry" }],
		outdir: `${outDir}/static`,
	});
	const manifest = {
		name: NAME,
		version,
		description: "Live views of Millrace streams: the view module and Vega, for use without a network",
		license: "Apache-2.0",
		jupyterlab: {
			extension: true,
			outputDir: ".",
			_build: { load: "static/remoteEntry.js", extension: "./extension" },
		},
	};
	await writeFile(`${outDir}/package.json`, `${JSON.stringify(manifest, undefined, "\t")}\n`);
	const sizes = {};
	for (const name of ["stream-view.js", "vega.js", "remoteEntry.js"])
		sizes[name] = (await stat(`${outDir}/static/${name}`)).size;
	return sizes;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const sizes = await buildLabextension(process.argv[2]);
	for (const [name, bytes] of Object.entries(sizes)) console.log(`${name} ${Math.ceil(bytes / 1024)} KiB`);
}
