// @ts-check
// Version numbers: reading and comparing the first three parts.

/**
 * Returns the first three numbers of a version in `text`, or undefined when there is none.
 * @param {string} text
 * @returns {[number, number, number] | undefined}
 */
export function parseVersion(text) {
	const match = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
	return match ? [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)] : undefined;
}

/**
 * Returns whether `version` is `minimum` or newer.
 * @param {readonly number[]} version
 * @param {readonly number[]} minimum
 */
export function atLeast(version, minimum) {
	for (let i = 0; i < minimum.length; i++) {
		const difference = (version[i] ?? 0) - (minimum[i] ?? 0);
		if (difference !== 0) return difference > 0;
	}
	return true;
}
