// The AFM module of a live view: what anywidget renders into an output.
/// <reference lib="dom" />
import type { AfmRender } from "./afm.ts";
import { StreamView } from "./view.ts";

interface Shown {
	readonly view: StreamView;
	/** Outputs that have asked for this view and are not cleaned up. */
	places: number;
}

// JupyterLab renders a widget again when its output is updated, and only takes the old one out of the page. So a view
// that lost its place is moved to the new one, with all it shows: no second chart, no flash, no leak.
const shown = new Map<string, Set<Shown>>();

function render({ model, el }: AfmRender): () => void {
	const key = String(model.get("key") ?? "");
	const known = shown.get(key) ?? new Set<Shown>();
	shown.set(key, known);
	let entry = key === "" ? undefined : [...known].find(({ view }) => !view.root.isConnected);
	if (entry === undefined) {
		entry = { view: new StreamView(), places: 0 };
		known.add(entry);
	}
	const held = entry;
	held.places += 1;
	el.append(held.view.root);
	held.view.connect(model);
	return () => {
		held.places -= 1;
		if (held.places > 0) return;
		held.view.dispose();
		known.delete(held);
		if (known.size === 0) shown.delete(key);
	};
}

export default { render };
