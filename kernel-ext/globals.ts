// Types of the functions that the kernel gives every cell without an import. Read by the cell compiler only.
export {};

declare global {
	/**
	 * Asks the user for a line of text and waits for it. An empty answer is `initial`, if there is one. Throws where the
	 * front end cannot ask, as in nbconvert.
	 */
	function prompt(message?: string, initial?: string): string | null;
	/** Asks the user a question and waits: true for `y` and `yes`. */
	function confirm(message?: string): boolean;
	/** Shows a message and waits until the user has pressed Enter. */
	function alert(message?: string): void;
}
