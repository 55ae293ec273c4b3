// Ports of JupyterLab.
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { choosePort, readPort, whyNotFree } from "../../scripts/lib/port.mjs";

async function takenPort(): Promise<number> {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	onTestFinished(() => void server.close());
	return (server.address() as AddressInfo).port;
}

test("a taken port is refused in one line with the way out", async () => {
	const port = await takenPort();
	expect(await whyNotFree(port)).toBe("EADDRINUSE");
	await expect(choosePort(port)).rejects.toThrow(
		`Port ${port} is taken by another program. Choose another one: npm start -- --port ${port + 1}`,
	);
});

test("without a wish a free port is chosen", async () => {
	const port = await choosePort(undefined);
	expect(await whyNotFree(port)).toBeUndefined();
});

test.each(["0", "65536", "abc", "-1", "80.5", ""])("--port %j is refused", (text) => {
	expect(() => readPort(text)).toThrow(`--port expects a number from 1 to 65535, got "${text}"`);
});

test("a port number is read", () => {
	expect(readPort("8890")).toBe(8890);
});
