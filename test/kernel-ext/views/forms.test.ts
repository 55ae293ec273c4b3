// The stored forms of a view: HTML and text are readable, complete, and never run what is in the data.
import { describe, expect, test } from "vitest";
import { apply, createModel } from "../../../engine/views/model.ts";
import { escapeHtml, viewHtml } from "../../../kernel-ext/views/html.ts";
import { viewText } from "../../../kernel-ext/views/text.ts";
import { description, Feed, receiver } from "../../widgets/sample.ts";

const nasty = '<img src=x onerror="alert(1)">';
const rows = {
	columns: [
		{ name: `k${nasty}`, type: "string" as const },
		{ name: "n", type: "number" as const },
	],
	rows: [
		[nasty, 1234567.5],
		["b\u001b[31m\n", 2],
		[null, null],
	],
	total: 70,
} as const;
const model = new Feed()
	.batch(3, { numRecords: 4321, processingDelay: 35.4, totalDelay: 1240 }, rows)
	.reduce(apply, createModel(description({ title: nasty })));

describe("HTML", () => {
	const html = viewHtml(model, { chart: "<svg class='a'></svg>", dag: "<svg class='b'></svg>" });

	test("text from data is text: no element or attribute comes from it", () => {
		expect(
			html
				.match(/<img [^>]*>/g)
				?.every((image) => /^<img alt="[^"]*" src="data:image\/svg\+xml;base64,[\w+/=]*">$/.test(image)),
		).toBe(true);
		expect(html).not.toContain("<script");
		expect(html.match(/onerror="/g)).toBeNull();
		expect(html).toContain(escapeHtml(nasty));
		expect(html).not.toContain("\u001b");
	});

	test("it holds the numbers of the batch, the chart and the table, and refers to nothing outside", () => {
		for (const part of [">3<", ">4,321<", ">35 ms<", ">1.24 s<", "1,234,567.5", "3 of 70 records", '<svg role="img"'])
			expect(html).toContain(part);
		expect(html).not.toMatch(/\s(src|href)=["'](?!data:)|url\(|@import/);
	});

	test("escaping covers everything that could end text or an attribute", () => {
		expect(escapeHtml(`<>&"'\``)).toBe("&#60;&#62;&#38;&#34;&#39;&#96;");
	});

	test("without pictures and rows there is still the state", () => {
		const empty = viewHtml(createModel(description()), {});
		expect(empty).toContain("not started");
		expect(empty).not.toContain("<table");
	});

	test("the last error of a receiver is there", () => {
		const event = new Feed().listener({
			type: "ReceiverError",
			receiver: receiver({ active: false, lastErrorMessage: "connect ECONNREFUSED <x>" }),
		});
		expect(viewHtml(apply(createModel(description()), event), {})).toContain(
			"Receiver SocketReceiver-0: connect ECONNREFUSED &#60;x&#62;",
		);
	});
});

describe("text", () => {
	test("numbers line up, control characters are gone, and what is missing is counted", () => {
		const lines = viewText(apply(createModel(description()), new Feed().batch(3, {}, rows)[2])).split("\n");
		expect(lines[0]).toBe("counts · no batch yet · not started");
		expect(lines.slice(1)).toEqual([
			`${`k${nasty}`.padEnd(31)}  ${"n".padStart(11)}`,
			`${"-".repeat(31)}  ${"-".repeat(11)}`,
			`${nasty.padEnd(31)}  1,234,567.5`,
			`${"b [31m ".padEnd(31)}  ${"2".padStart(11)}`,
			`${"null".padEnd(31)}  ${"null".padStart(11)}`,
			"… 67 more",
		]);
	});
});
