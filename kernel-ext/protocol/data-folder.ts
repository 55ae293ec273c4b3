// The user's data folder: what a kernel keeps between its runs.
import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Returns the folder of this kernel's data: `MILLRACE_DATA_DIR`, else `millrace` in Jupyter's data folder when that is
 * set, else the place that the platform gives to applications.
 */
export function dataFolder(env: NodeJS.ProcessEnv = process.env, platform: string = process.platform): string {
	const { MILLRACE_DATA_DIR, JUPYTER_DATA_DIR, XDG_DATA_HOME, APPDATA } = env;
	if (MILLRACE_DATA_DIR) return MILLRACE_DATA_DIR;
	if (JUPYTER_DATA_DIR) return join(JUPYTER_DATA_DIR, "millrace");
	if (platform === "darwin") return join(homedir(), "Library", "Application Support", "millrace");
	if (platform === "win32") return join(APPDATA || join(homedir(), "AppData", "Roaming"), "millrace");
	return join(XDG_DATA_HOME || join(homedir(), ".local", "share"), "millrace");
}
