// The connection file: where to bind and what to sign with.
import { readFileSync } from "node:fs";

/** A checked connection file. */
export interface Connection {
	readonly key: string;
	/** Address of each socket, for zeromq's `bind`. */
	readonly shell: string;
	readonly control: string;
	readonly stdin: string;
	readonly iopub: string;
	readonly heartbeat: string;
	/** The ports as connect_reply names them; empty when the transport has none. */
	readonly ports: { readonly [name: string]: number };
}

const PORTS = {
	shell: "shell_port",
	control: "control_port",
	stdin: "stdin_port",
	iopub: "iopub_port",
	heartbeat: "hb_port",
};

/** Returns the connection of `file`; throws with what is wrong when it cannot be used safely. */
export function readConnection(file: string): Connection {
	let raw: Record<string, unknown>;
	try {
		raw = JSON.parse(readFileSync(file, "utf8"));
	} catch (cause) {
		throw new Error(`Cannot read the connection file ${file}: ${(cause as Error).message}`, { cause });
	}
	if (typeof raw.key !== "string" || raw.key === "")
		throw new Error(
			`The connection file ${file} has no key: messages could not be trusted. Start the kernel with a key.`,
		);
	const scheme = raw.signature_scheme ?? "hmac-sha256";
	if (scheme !== "hmac-sha256")
		throw new Error(
			`The connection file ${file} asks for signatures by ${scheme}; this kernel signs with hmac-sha256.`,
		);
	const transport = raw.transport ?? "tcp";
	if (transport !== "tcp" && transport !== "ipc")
		throw new Error(`The connection file ${file} asks for transport ${transport}; expected tcp or ipc.`);
	const ip = raw.ip;
	if (typeof ip !== "string" || ip === "") throw new Error(`The connection file ${file} names no ip to bind.`);
	const addresses = Object.fromEntries(
		Object.entries(PORTS).map(([socket, field]) => {
			const port = raw[field];
			if (typeof port !== "number") throw new Error(`The connection file ${file} has no number for ${field}.`);
			return [socket, transport === "tcp" ? `tcp://${ip}:${port}` : `ipc://${ip}-${port}`];
		}),
	);
	const named = Object.values(PORTS).map((field) => [field, raw[field] as number] as const);
	return {
		key: raw.key,
		ports: transport === "tcp" ? Object.fromEntries(named) : {},
		...addresses,
	} as unknown as Connection;
}
