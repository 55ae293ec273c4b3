// @ts-check
// Reads results out of an executed notebook.

/**
 * @typedef {{ output_type: string, data?: { [mime: string]: string | string[] }, text?: string | string[], name?: string }} Output
 * @typedef {{ cell_type: string, outputs?: Output[], metadata?: { tags?: string[] } }} Cell
 */

/** @param {string | string[] | undefined} text */
const joined = (text) => (Array.isArray(text) ? text.join("") : (text ?? ""));

/**
 * Returns the text of the last result of a cell: its newest text/plain, else what it printed.
 * @param {Cell} cell
 */
function cellText(cell) {
	const outputs = cell.outputs ?? [];
	const plain = outputs.filter((output) => output.data?.["text/plain"] !== undefined).at(-1);
	if (plain) return joined(plain.data?.["text/plain"]);
	return outputs
		.filter((output) => output.output_type === "stream" && output.name !== "stderr")
		.map((output) => joined(output.text))
		.join("");
}

/**
 * Returns the text of the result of an executed notebook: that of the cell tagged `result`, else of the last cell that
 * has any. Undefined when no cell has.
 * @param {{ cells?: Cell[] }} notebook
 * @returns {string | undefined}
 */
export function resultText(notebook) {
	const cells = (notebook.cells ?? []).filter((cell) => cell.cell_type === "code");
	const tagged = cells.filter((cell) => cell.metadata?.tags?.includes("result"));
	for (const group of [tagged, cells]) {
		const text = group
			.map(cellText)
			.filter((found) => found.trim() !== "")
			.at(-1);
		if (text !== undefined) return text;
	}
	return undefined;
}

/**
 * Returns the part of nbconvert's output that is about the notebook: the cell that failed and its error, without the
 * Python frames before it. Undefined when no cell failed.
 * @param {string} output
 * @returns {string | undefined}
 */
export function cellFailure(output) {
	const start = output.lastIndexOf("An error occurred while executing the following cell");
	return start < 0 ? undefined : output.slice(start).trimEnd();
}
