// Follows the page's theme: JupyterLab says it at `body`, other pages by the user's preference.
/// <reference lib="dom" />

const PREFERS_DARK = "(prefers-color-scheme: dark)";

/** Returns the theme the page shows now. */
export function currentTheme(): "light" | "dark" {
	const said = document.body.dataset.jpThemeLight;
	if (said !== undefined) return said === "false" ? "dark" : "light";
	return globalThis.matchMedia?.(PREFERS_DARK).matches ? "dark" : "light";
}

/** Calls `changed` whenever the theme changes; the returned function ends that. */
export function watchTheme(changed: (theme: "light" | "dark") => void): () => void {
	let last = currentTheme();
	const look = () => {
		const now = currentTheme();
		if (now === last) return;
		last = now;
		changed(now);
	};
	const observer = new MutationObserver(look);
	observer.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
	const media = globalThis.matchMedia?.(PREFERS_DARK);
	media?.addEventListener("change", look);
	return () => {
		observer.disconnect();
		media?.removeEventListener("change", look);
	};
}
