// @ts-check
// Ports of JupyterLab: the one asked for, or the first free one.
import { createServer } from "node:net";
import { Problem } from "./problem.mjs";

const host = "127.0.0.1";

/**
 * Returns the error code with which listening on `port` fails, or undefined when the port is free.
 * @param {number} port
 * @returns {Promise<string | undefined>}
 */
export function whyNotFree(port) {
	return new Promise((resolve) => {
		const server = createServer();
		server.once("error", (error) => resolve(/** @type {NodeJS.ErrnoException} */ (error).code ?? "UNKNOWN"));
		server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
	});
}

/**
 * Reads the value of `--port`; throws a Problem when it is no port number.
 * @param {string} text
 */
export function readPort(text) {
	const port = Number(text);
	if (!/^\d+$/.test(text) || port < 1 || port > 65535) {
		throw new Problem(`--port expects a number from 1 to 65535, got "${text}". Example: npm start -- --port 8890`);
	}
	return port;
}

/**
 * Returns `wanted` if it is free and throws a Problem if not; without `wanted` the first free port from 8888.
 * @param {number | undefined} wanted
 */
export async function choosePort(wanted) {
	if (wanted !== undefined) {
		const why = await whyNotFree(wanted);
		if (why === undefined) return wanted;
		const reason = why === "EADDRINUSE" ? "is taken by another program" : `cannot be used (${why})`;
		throw new Problem(
			`Port ${wanted} ${reason}. Choose another one: npm start -- --port ${wanted < 65535 ? wanted + 1 : 8888}`,
		);
	}
	for (let port = 8888; port < 8988; port++) if ((await whyNotFree(port)) === undefined) return port;
	throw new Problem("No port from 8888 to 8987 is free. Choose one: npm start -- --port N");
}
