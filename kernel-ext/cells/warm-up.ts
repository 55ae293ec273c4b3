// Makes the first cell of a user as fast as later ones: loads the libraries and runs every part of the compiler once.
import type { CompilerOptions } from "./host.ts";
import type { CellCompiler } from "./types.ts";

const PLAIN = 'const seen = [1, 2].map((n) => n + 1);\nconsole.log(seen, await Promise.resolve("x"));\nseen.length';
const STREAM = `import { seconds, StreamingContext } from "millrace";
const context = new StreamingContext("local[2]", "warm-up", seconds(1));
context.socketTextStream("localhost", 9999).flatMap((line) => line.split(" ")).map((word) => [word, 1]).reduceByKey((a, b) => a + b)`;

/** Resolves when the compiler has compiled and completed a cell; leaves no names behind and never fails. */
export async function warmUp(compiler: CellCompiler, options: CompilerOptions): Promise<void> {
	const folder = process.cwd();
	try {
		await compiler.compile({ url: "warm-up.ts", code: PLAIN, folder });
		await compiler.compile({ url: "warm-up.ts", code: PLAIN.replace("+ 1", "+ 2"), folder });
		if (options.typings.millrace) await compiler.compile({ url: "warm-up.ts", code: STREAM, folder });
		await compiler.complete("console.", 8, folder);
	} catch {
		// What is wrong here is wrong for the first cell as well, and is reported there.
	}
}
