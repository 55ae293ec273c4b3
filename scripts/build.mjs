// @ts-check
// `npm run build`: TypeScript and browser side to dist/. `-- --force` builds in spite of type errors.
import { parseArgs } from "node:util";
import { build } from "./lib/build.mjs";
import { main } from "./lib/problem.mjs";
import { createSteps } from "./lib/steps.mjs";

await main(async () => {
	const { values } = parseArgs({ options: { force: { type: "boolean" } } });
	await createSteps()("Build (dist)", () => build({ force: values.force }));
});
