// How the suite runs: every test/**/*.test.ts, discovered, in at most two processes.
import { defineConfig } from "vitest/config";

export default defineConfig({
	test: {
		// Real browsers, servers and threads on a machine of two cores: CI tries a failed test once more. `npm test` names those.
		retry: process.env.CI ? 1 : 0,
		include: ["test/**/*.test.ts"],
		pool: "forks",
		maxWorkers: 2,
		testTimeout: 30_000,
		hookTimeout: 90_000,
		teardownTimeout: 15_000,
		allowOnly: false,
		sequence: { hooks: "list" },
	},
});
