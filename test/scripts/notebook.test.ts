// The result that the self-check prints.
import { expect, test } from "vitest";
import { cellFailure, resultText } from "../../scripts/lib/notebook.mjs";

const result = (text: string | string[]) => ({ output_type: "execute_result", data: { "text/plain": text } });
const printed = (text: string, name = "stdout") => ({ output_type: "stream", name, text });
const code = (outputs: object[], tags?: string[]) => ({ cell_type: "code", outputs, metadata: { tags } }) as never;

test("the text of the cell tagged result is taken", () => {
	const cells = [
		code([result("a")]),
		code([result("old"), result(["to  4\n", "be  2"])], ["result"]),
		code([result("c")]),
	];
	expect(resultText({ cells })).toBe("to  4\nbe  2");
});

test("without a tag the last cell with output is taken, text before print, print before nothing", () => {
	expect(resultText({ cells: [code([result("a")]), code([printed("p")]), code([])] })).toBe("p");
	expect(resultText({ cells: [code([printed("p"), result("r")])] })).toBe("r");
	expect(resultText({ cells: [code([printed("warning", "stderr")])] })).toBeUndefined();
	expect(resultText({})).toBeUndefined();
});

test("of a failed notebook the cell and its error are kept, without the frames of Python", () => {
	const failure = "An error occurred while executing the following cell:\n---\nb\n---\nCannot find name 'b'.";
	const output = `Traceback (most recent call last):\n  File "x.py", line 1\nnbclient.exceptions.CellExecutionError: ${failure}\n\n`;
	expect(cellFailure(output)).toBe(failure);
	expect(cellFailure("No such kernel named millrace")).toBeUndefined();
});
