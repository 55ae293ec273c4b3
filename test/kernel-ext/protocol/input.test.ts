// Questions of cells to the user on the stdin channel.
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Received, resultOf, TestKernel, textOf } from "../support/kernel.ts";

let kernel: TestKernel;
beforeAll(async () => {
	kernel = await TestKernel.start();
});
afterAll(() => kernel.stop());

const asking = { allow_stdin: true };

/** Waits for the question of a request. */
function question(id: string, nth = 0): Promise<Received> {
	return kernel.until(
		() => kernel.questions.filter(({ parent }) => parent.msg_id === id)[nth],
		25_000,
		"input_request",
	);
}

function answer(asked: Received, value: string): void {
	kernel.send("input_reply", { value }, { channel: "stdin", parent: asked.header });
}

test("prompt asks after the output before it, waits, and gives what was typed", async () => {
	const id = kernel.submit("console.log('before'); const given = prompt('Name? '); given", asking);
	const asked = await question(id);
	expect(asked.type).toBe("input_request");
	expect(asked.content).toEqual({ prompt: "Name? ", password: false });
	expect(asked.header.session).toBe((await kernel.request("kernel_info_request", {}, "control")).reply.header.session);
	await kernel.until(() => textOf(kernel.ofRequest(id)) === "before\n");
	answer(asked, "Ada 😀");
	expect(resultOf((await kernel.answered(id)).outputs)).toBe("'Ada 😀'");
});

test("an empty answer to prompt is its default", async () => {
	const id = kernel.submit("prompt('Port', '8080')", asking);
	const asked = await question(id);
	expect(asked.content.prompt).toContain("[8080]");
	answer(asked, "");
	expect(resultOf((await kernel.answered(id)).outputs)).toBe("'8080'");
});

test.each([
	["y", "true"],
	["Yes", "true"],
	["n", "false"],
	["", "false"],
])("confirm takes %j for %s", async (typed, expected) => {
	const id = kernel.submit("confirm('Sure?')", asking);
	answer(await question(id), typed);
	expect(resultOf((await kernel.answered(id)).outputs)).toBe(expected);
});

test("password hides what is typed, and input lets timers go on while it waits", async () => {
	const code = [
		"import { input, password } from 'millrace/kernel'",
		"setTimeout(() => console.log('tick'), 1)",
		"const secretWord = await password()",
		"const both = [secretWord, await input('More: ')]",
		"both",
	];
	const id = kernel.submit(code.join("\n"), asking);
	const first = await question(id);
	expect(first.content).toEqual({ prompt: "Password: ", password: true });
	await kernel.until(() => textOf(kernel.ofRequest(id)) === "tick\n");
	answer(first, "geheim");
	answer(await question(id, 1), "x");
	expect(resultOf((await kernel.answered(id)).outputs)).toBe("[ 'geheim', 'x' ]");
});

test("several questions at once are asked one after another", async () => {
	const id = kernel.submit(
		"const { input: ask } = await import('millrace/kernel'); await Promise.all([ask('a'), ask('b')])",
		asking,
	);
	answer(await question(id), "1");
	const second = await question(id, 1);
	expect(second.content.prompt).toBe("b");
	answer(second, "2");
	expect(resultOf((await kernel.answered(id)).outputs)).toBe("[ '1', '2' ]");
});

test.each(["prompt('x')", "await (await import('millrace/kernel')).input('x')"])(
	"without allow_stdin %s fails and says what to do",
	async (code) => {
		const before = kernel.questions.length;
		const { reply, outputs } = await kernel.execute(code, { allow_stdin: false });
		expect(reply.content).toMatchObject({ status: "error", ename: "StdinNotImplementedError" });
		expect(reply.content.evalue).toMatch(/allow_stdin.*environment variable/);
		expect(reply.content.traceback.join("\n")).toMatch(/cell-\d+\.ts:1:/);
		expect(outputs.filter(({ type }) => type === "error")).toHaveLength(1);
		expect(kernel.questions).toHaveLength(before);
	},
);

test("a question that is asked after its cell has ended is refused", async () => {
	const { id } = await kernel.execute("setTimeout(() => prompt('late'), 20)", asking);
	const shown = await kernel.until(() => kernel.ofRequest(id).find(({ type }) => type === "error"));
	expect(shown.content.evalue).toContain("only while its cell runs");
});

test.each(["prompt('stuck')", "await (await import('millrace/kernel')).input('stuck')"])(
	"an interrupt ends %s, and a late answer goes to nobody",
	async (code) => {
		const id = kernel.submit(code, asking);
		const asked = await question(id);
		await kernel.interrupt();
		expect((await kernel.answered(id)).reply.content.ename).toBe("KeyboardInterrupt");
		const next = kernel.submit("prompt('again')", asking);
		const again = await question(next);
		answer(asked, "late");
		answer(again, "right");
		expect(resultOf((await kernel.answered(next)).outputs)).toBe("'right'");
	},
);
