// Rows of a batch as live views draw them.

/** Rows of one batch, ready to draw: bounded, plain JSON values. */
export interface ViewRows {
	/** Column names: `key`, `value` for pairs, property names for objects, `value` otherwise. */
	readonly columns: readonly {
		readonly name: string;
		readonly type: "string" | "number" | "boolean" | "date" | "json";
	}[];
	/** At most the view's row limit; strings are cut at 200 characters. */
	readonly rows: readonly (readonly (string | number | boolean | null)[])[];
	/** Number of records in the RDD, also those not in `rows`. */
	readonly total: number;
}
