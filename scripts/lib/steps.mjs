// @ts-check
// Progress of a set-up: one line per step with the time since the start and the time of the step.

/**
 * Returns a function that runs one step and reports it. `work` may return what is to be shown after the title.
 * @param {{ write(text: string): unknown, isTTY?: boolean }} [out]
 */
export function createSteps(out = process.stdout) {
	const began = Date.now();
	const since = () => `[${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s]`;
	/**
	 * @param {string} title
	 * @param {() => Promise<string | void> | string | void} work
	 */
	return async function step(title, work) {
		const start = Date.now();
		const took = () => `${((Date.now() - start) / 1000).toFixed(1)} s`;
		const line = (/** @type {string} */ text) => out.write(out.isTTY ? `\r\x1b[2K${text}` : `${text}\n`);
		let announced = false;
		const tick = () => {
			line(announced ? `${since()} ${title} … ${took()}` : `${since()} ${title} …`);
			announced = true;
		};
		// A step that is up to date ends before its first tick and costs one line only.
		const first = setTimeout(tick, 300);
		const rest = setInterval(tick, out.isTTY ? 1000 : 15_000);
		try {
			const detail = await work();
			line(`${since()} ${title}: ${detail ?? "done"} (${took()})`);
			if (out.isTTY) out.write("\n");
		} catch (error) {
			line(`${since()} ${title}: failed (${took()})`);
			if (out.isTTY) out.write("\n");
			throw error;
		} finally {
			clearTimeout(first);
			clearInterval(rest);
		}
	};
}

/** @typedef {ReturnType<typeof createSteps>} Step */
