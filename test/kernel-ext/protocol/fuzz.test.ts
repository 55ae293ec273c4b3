// Random and mutated messages on every socket: the kernel lives, and every well-formed request is answered once.
import { createHmac } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Dealer, Subscriber } from "zeromq";
import { resultOf, TestKernel } from "../support/kernel.ts";

/** Messages per socket; MILLRACE_FUZZ gives another number. */
const COUNT = Number(process.env.MILLRACE_FUZZ ?? 500);
const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 2 ** 31);

let kernel: TestKernel;
beforeAll(async () => {
	console.log(`seed ${SEED}, ${COUNT} messages per socket`);
	kernel = await TestKernel.start();
	await kernel.execute("let alive = 41");
});
afterAll(() => kernel.stop());

/** Returns numbers in [0, n), the same for the same seed. */
function random(seed: number): (n: number) => number {
	let state = seed;
	return (n) => {
		state = (state + 0x6d2b79f5) | 0;
		let t = Math.imul(state ^ (state >>> 15), 1 | state);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) % n;
	};
}

const TYPES = [
	"kernel_info_request",
	"complete_request",
	"inspect_request",
	"is_complete_request",
	"history_request",
	"comm_info_request",
	"connect_request",
	"unknown_request",
	"debug_request",
];
const FIELDS = [
	"code",
	"cursor_pos",
	"detail_level",
	"hist_access_type",
	"n",
	"pattern",
	"session",
	"start",
	"stop",
	"output",
	"target_name",
	"unique",
	"raw",
];
const VALUES: readonly unknown[] = [
	null,
	0,
	-1,
	1e308,
	0.5,
	"",
	"x",
	"a?b*c[",
	"😀".repeat(20),
	"\u0000",
	"range",
	"search",
	"tail",
	[],
	{},
	[[]],
	true,
	{ a: { b: null } },
	"const x: =",
];

function sign(parts: readonly Buffer[]): Buffer {
	const hmac = createHmac("sha256", "a key for tests");
	for (const part of parts) hmac.update(part);
	return Buffer.from(hmac.digest("hex"));
}

function requestFrames(pick: (n: number) => number, id: string): { type: string; parts: Buffer[] } {
	const type = TYPES[pick(TYPES.length)];
	const content: { [name: string]: unknown } = {};
	for (let i = pick(5); i > 0; i--) content[FIELDS[pick(FIELDS.length)]] = VALUES[pick(VALUES.length)];
	const header = { msg_id: id, session: "fuzz", username: "fuzz", date: "", msg_type: type, version: "5.4" };
	return { type, parts: [header, {}, {}, content].map((part) => Buffer.from(JSON.stringify(part))) };
}

/** Breaks a message in one of several ways; what comes out is no valid message any more. */
function broken(pick: (n: number) => number, parts: Buffer[]): Buffer[] {
	const noise = Buffer.from(Array.from({ length: pick(60) }, () => pick(256)));
	switch (pick(6)) {
		case 0:
			return [noise];
		case 1:
			return [Buffer.from("<IDS|MSG>"), noise, ...parts];
		case 2: {
			const signature = sign(parts);
			const changed = parts.map((part) => Buffer.from(part));
			const target = changed[3];
			target[pick(target.length)] ^= 1 + pick(255);
			return [Buffer.from("<IDS|MSG>"), signature, ...changed];
		}
		case 3:
			return [Buffer.from("<IDS|MSG>"), sign(parts), ...parts.slice(0, pick(4))];
		case 4: {
			const odd = [parts[0], parts[1], parts[2], Buffer.from(["[]", '"text"', "5", "{", "\u00ff"][pick(5)])];
			return [Buffer.from("<IDS|MSG>"), sign(odd), ...odd];
		}
		default:
			return Array.from({ length: 1 + pick(8) }, () => noise);
	}
}

async function lives(): Promise<void> {
	expect((await kernel.request("kernel_info_request", {}, "control")).reply.content.status).toBe("ok");
	expect(resultOf((await kernel.execute("alive + 1")).outputs)).toBe("42");
	expect(kernel.stderr).toBe("");
}

test.each(["shell", "control", "stdin"] as const)(
	"mutated messages on %s leave the kernel alive, valid ones among them are answered once",
	{ timeout: 120_000 },
	async (channel) => {
		const pick = random(SEED + channel.length);
		const asked = new Map<string, string>();
		for (let n = 0; n < COUNT; n++) {
			const id = `fuzz-${channel}-${n}`;
			const { type, parts } = requestFrames(pick, id);
			if (pick(3) > 0) kernel.sendFrames(broken(pick, parts), channel);
			else {
				kernel.sendFrames([Buffer.from("<IDS|MSG>"), sign(parts), ...parts], channel);
				if (channel !== "stdin") asked.set(id, type);
			}
		}
		for (const id of asked.keys())
			await kernel.until(() => kernel.idleOf(id), 60_000, `idle of ${asked.get(id)} ${id}`);
		await lives();
		const replies = new Map<string, number>();
		for (const { parent } of kernel.replies)
			if (parent.msg_id?.startsWith(`fuzz-${channel}`))
				replies.set(parent.msg_id, (replies.get(parent.msg_id) ?? 0) + 1);
		expect([...replies.keys()].sort()).toEqual([...asked.keys()].sort());
		expect(new Set(replies.values()).size).toBeLessThanOrEqual(1);
		if (asked.size > 0) expect([...replies.values()][0]).toBe(1);
	},
);

test("noise on heartbeat and iopub leaves the kernel alive", async () => {
	const pick = random(SEED);
	const heart = new Dealer({ linger: 0 });
	heart.connect(String(kernel.heartbeat.lastEndpoint));
	const topics = new Subscriber({ linger: 0 });
	topics.connect(String(kernel.iopub.lastEndpoint));
	for (let n = 0; n < COUNT; n++) {
		const noise = Buffer.from(Array.from({ length: pick(40) }, () => pick(256)));
		await heart.send(pick(2) ? [Buffer.alloc(0), noise] : [noise]);
		topics.subscribe(noise);
		if (pick(2)) topics.unsubscribe(noise);
	}
	heart.close();
	topics.close();
	await lives();
	await kernel.heartbeat.send("ping");
	expect(String(await kernel.heartbeat.receive())).toBe("ping");
});

test("random cells are each answered once", { timeout: 120_000 }, async () => {
	const pick = random(SEED + 7);
	const pieces = [
		"const a = 1",
		"{",
		"}",
		"(",
		")",
		"[",
		"]",
		"=>",
		"`",
		"${",
		"'",
		'"',
		"/",
		"// x\n",
		"/*",
		"class",
		"function f",
		"await",
		"import",
		"export",
		"😀",
		"\u2028",
		"1e999",
		"...",
		"?",
		"??",
		";",
		"\n",
		"async",
		"yield",
		"#p",
		"@d",
		"<T>",
		"type X =",
		"enum E {A}",
		"0x",
		"\\",
		"let",
		"throw 1",
	];
	for (let n = 0; n < Math.max(20, COUNT / 20); n++) {
		const code = Array.from({ length: 1 + pick(12) }, () => pieces[pick(pieces.length)]).join(" ");
		const { reply, states, outputs } = await kernel.execute(code, { stop_on_error: false });
		expect(["ok", "error"], code).toContain(reply.content.status);
		expect(states).toEqual(["busy", "idle"]);
		const errors = outputs.filter(({ type }) => type === "error").length;
		expect(errors, code).toBe(reply.content.status === "error" ? 1 : 0);
	}
	const nested = `${"[".repeat(3_000)}${"]".repeat(3_000)}`;
	for (const code of [nested, `'${"x".repeat(1_000_000)}'.length`, `${"(".repeat(5_000)}1${")".repeat(5_000)}`]) {
		expect(["ok", "error"]).toContain((await kernel.execute(code, { stop_on_error: false })).reply.content.status);
	}
	await kernel.execute("alive = 41");
	await lives();
});
