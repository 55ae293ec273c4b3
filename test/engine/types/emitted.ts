// The declarations that the build emits, in a temporary folder, as the cell compiler of an installed kernel sees them.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Doors of the package and their sources. */
const doors = { millrace: "engine/index", "millrace/testing": "engine/testing/index" };

/** Emitted declarations. */
export interface Emitted {
	/** Folder outside the project. */
	readonly folder: string;
	/** Absolute `.d.ts` of each door. */
	readonly typings: { readonly [specifier: string]: string };
	readonly typeRoots: readonly string[];
}

/** Emits the declarations of the doors under the options of tsconfig.build.json. */
export function emitDeclarations(): Emitted {
	const folder = mkdtempSync(join(tmpdir(), "millrace-types-"));
	const parsed = ts.getParsedCommandLineOfConfigFile(
		join(root, "tsconfig.build.json"),
		{ outDir: folder, emitDeclarationOnly: true, sourceMap: false },
		{
			...ts.sys,
			onUnRecoverableConfigFileDiagnostic(diagnostic) {
				throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n"));
			},
		},
	);
	if (parsed === undefined) throw new Error("tsconfig.build.json cannot be read");
	const program = ts.createProgram(
		Object.values(doors).map((door) => join(root, `${door}.ts`)),
		parsed.options,
	);
	program.emit();
	const typings = Object.fromEntries(
		Object.entries(doors).map(([specifier, door]) => [specifier, join(folder, `${door}.d.ts`)]),
	);
	return { folder, typings, typeRoots: [join(root, "node_modules", "@types")] };
}

/** Returns diagnostics as text. */
export function texts(diagnostics: readonly ts.Diagnostic[]): string[] {
	return diagnostics.map(
		(d) => `${d.file?.fileName ?? ""} TS${d.code} ${ts.flattenDiagnosticMessageText(d.messageText, "\n")}`,
	);
}
