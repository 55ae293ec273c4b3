// Leads positions in compiled cells back to the text that the user typed.
import { decodeMappings, type Mappings, trace } from "./mappings.ts";

/** A 1-based position in a cell. */
export interface CellPosition {
	readonly url: string;
	readonly line: number;
	readonly column: number;
}

/** Keeps the source maps of cells by script name and answers where a generated position comes from. */
export class CellPositions {
	readonly #maps = new Map<string, string | Mappings>();

	/** Remembers the map (version 3, JSON) of a script. */
	add(url: string, map: string): void {
		this.#maps.set(url, map);
	}

	/** True when the script is a known cell. */
	has(url: string): boolean {
		return this.#maps.has(url);
	}

	/** Forgets a script. */
	delete(url: string): void {
		this.#maps.delete(url);
	}

	/** Returns the place in the cell for a 1-based place in the script, or undefined when the script is no cell. */
	locate(url: string, line: number, column: number): CellPosition | undefined {
		let map = this.#maps.get(url);
		if (map === undefined) return undefined;
		if (typeof map === "string") {
			map = decodeMappings((JSON.parse(map) as { mappings: string }).mappings);
			this.#maps.set(url, map);
		}
		// Generated lines without a segment belong to the code before them.
		for (let at = line - 1; at >= 0; at--) {
			const found = trace(map, at, at === line - 1 ? column - 1 : Number.POSITIVE_INFINITY);
			if (found) return { url, line: found.line + 1, column: found.column + 1 };
		}
		return undefined;
	}
}
