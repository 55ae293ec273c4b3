// placeholder types: replaced by the data helper
/** An error as data: crosses threads whole. */
export interface EncodedError {
	readonly name: string;
	readonly message: string;
	readonly stack: string;
	readonly code?: string;
	readonly fields?: { readonly [name: string]: unknown };
	readonly cause?: EncodedError | { readonly value: unknown };
	readonly errors?: readonly EncodedError[];
}
