// Links inside the documentation lead somewhere.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../scripts/lib/project.mjs";

const pages = [
	...readdirSync(root).filter((name) => name.endsWith(".md")),
	...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
		.filter((name) => name.endsWith(".md"))
		.map((name) => join("docs", name)),
];

/** Returns the anchor that a heading gets. */
const anchor = (heading: string) =>
	heading
		.toLowerCase()
		.replace(/[^\p{L}\p{N}\s_-]/gu, "")
		.trim()
		.replaceAll(" ", "-");

test.each(pages)("links and pictures of %s exist", (page) => {
	const text = readFileSync(join(root, page), "utf8").replaceAll(/```[\s\S]*?```/g, "");
	const broken: string[] = [];
	for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
		if (/^[a-z]+:/.test(target)) continue;
		const [path, fragment] = target.split("#");
		const file = path === "" ? join(root, page) : resolve(root, dirname(page), path);
		if (!existsSync(file)) broken.push(target);
		else if (fragment !== undefined) {
			const headings = [...readFileSync(file, "utf8").matchAll(/^#+ (.*)$/gm)].map((match) => anchor(match[1]));
			if (!headings.includes(fragment)) broken.push(target);
		}
	}
	expect(broken).toEqual([]);
});

test("npm commands that the documentation names exist", () => {
	const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
	for (const page of pages) {
		for (const [, name] of readFileSync(join(root, page), "utf8").matchAll(/npm run ([a-z][\w:-]*)/g)) {
			expect(Object.keys(scripts), `${page} names npm run ${name}`).toContain(name);
		}
	}
});
