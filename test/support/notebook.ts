// Executes notebooks with nbconvert through the kernel that the set-up installed in .venv.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** One output of an executed cell. */
export interface CellOutput {
	readonly output_type: string;
	readonly name?: string;
	readonly text?: string | string[];
	readonly data?: { readonly [mime: string]: string | string[] | object };
	readonly ename?: string;
	readonly evalue?: string;
	readonly traceback?: string[];
}

/** An executed notebook. */
export interface Notebook {
	readonly cells: readonly {
		readonly cell_type: string;
		readonly source: string | string[];
		readonly outputs?: readonly CellOutput[];
	}[];
}

/** Writes a notebook of code cells and returns its path. */
export function writeNotebook(folder: string, name: string, cells: readonly string[]): string {
	const path = join(folder, name);
	const notebook = {
		nbformat: 4,
		nbformat_minor: 5,
		metadata: { kernelspec: { name: "millrace", display_name: "Millrace (TypeScript)", language: "typescript" } },
		cells: cells.map((source, i) => ({
			cell_type: "code",
			id: `cell-${i}`,
			source,
			metadata: {},
			outputs: [],
			execution_count: null,
		})),
	};
	writeFileSync(path, JSON.stringify(notebook));
	return path;
}

/** Runs nbconvert on a notebook; the result lies in `folder` under `output`. */
export function nbconvert(
	path: string,
	to: "notebook" | "html",
	folder: string,
	output: string,
): { code: number | null; log: string } {
	const { status, stdout, stderr } = spawnSync(
		join(root, ".venv", "bin", "python"),
		["-m", "nbconvert", "--execute", "--to", to, "--output-dir", folder, "--output", output, path],
		{ encoding: "utf8", env: { ...process.env, JUPYTER_PREFER_ENV_PATH: "1" }, timeout: 120_000 },
	);
	return { code: status, log: `${stdout}\n${stderr}` };
}

/** Reads an executed notebook. */
export function readNotebook(path: string): Notebook {
	return JSON.parse(readFileSync(path, "utf8")) as Notebook;
}

/** Returns the text of an output: of a stream, or of text/plain. */
export function textOf(output: CellOutput): string {
	const text = output.text ?? (output.data?.["text/plain"] as string | string[] | undefined) ?? "";
	return Array.isArray(text) ? text.join("") : text;
}
