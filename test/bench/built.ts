// The engine as users get it: the build in dist/, which `npm run bench` brings up to date first.

export type Engine = typeof import("../../engine/index.ts");

/** Address of a file of the build. */
export function built(path: string): URL {
	return new URL(`../../dist/${path}`, import.meta.url);
}

/** Returns the built engine. */
export async function builtEngine(): Promise<Engine> {
	return (await import(built("engine/index.js").href)) as Engine;
}

/** Returns the value below which a share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}
