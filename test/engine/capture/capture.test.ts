// The table of closure-capture: every function through a real worker, as it stands and from another realm.
import { Worker } from "node:worker_threads";
import { beforeAll, describe, expect, it } from "vitest";
import { cases } from "./fixtures/cases.ts";
import type { Outcome } from "./fixtures/host.ts";

let outcomes: readonly Outcome[] = [];

beforeAll(async () => {
	outcomes = await new Promise<Outcome[]>((resolve, reject) => {
		const host = new Worker(new URL("./fixtures/host.ts", import.meta.url), { execArgv: [] });
		host.once("message", resolve);
		host.once("error", reject);
	});
}, 60_000);

for (const realm of ["module", "vm"] as const) {
	describe(`functions of ${realm === "vm" ? "another realm" : "a module"}`, () => {
		for (const one of cases) {
			if (realm === "vm" && one.here) continue;
			it(one.title, () => {
				const outcome = outcomes.find((o) => o.title === one.title && o.realm === realm);
				expect(outcome?.failure).toBeUndefined();
				if (!one.rejects) {
					expect(outcome?.thrown?.message).toBeUndefined();
					expect(outcome?.value).toStrictEqual(one.expected);
					return;
				}
				const { thrown } = outcome ?? {};
				expect(thrown?.code).toBe("STREAM_CAPTURE");
				expect(thrown?.fields.path).toEqual(one.rejects.path);
				expect(thrown?.fields.reason).toContain(one.rejects.reason);
				// Step and place, every step of the path, the way out.
				expect(thrown?.message).toMatch(/^map \(host\.ts, line 12\): the function .*cannot run in an executor thread/);
				for (const step of one.rejects.path) expect(thrown?.message).toContain(step);
				expect(thrown?.message).toContain(thrown?.fields.way);
			});
		}
	});
}
