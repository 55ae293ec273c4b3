// Content of kernel_info_reply.
import { createRequire } from "node:module";
import { PROTOCOL_VERSION } from "./wire.ts";

const require = createRequire(import.meta.url);

function version(request: string): string {
	return (require(request) as { version: string }).version;
}

/** Returns what the kernel says about itself. */
export function kernelInfo(): object {
	const own = version(import.meta.url.endsWith(".ts") ? "../../package.json" : "../../../package.json");
	const typescript = version("typescript/package.json");
	return {
		status: "ok",
		protocol_version: PROTOCOL_VERSION,
		implementation: "millrace",
		implementation_version: own,
		language_info: {
			name: "typescript",
			version: typescript,
			mimetype: "text/x-typescript",
			file_extension: ".ts",
			pygments_lexer: "typescript",
			codemirror_mode: { name: "javascript", typescript: true },
			nbconvert_exporter: "script",
		},
		banner: `Millrace ${own}: TypeScript ${typescript} on Node ${process.version}, with a stream engine`,
		help_links: [{ text: "TypeScript handbook", url: "https://www.typescriptlang.org/docs/handbook/intro.html" }],
		// One thread runs user code: subshells and a debugger would promise what it cannot do while a cell spins.
		supported_features: [],
		debugger: false,
	};
}
