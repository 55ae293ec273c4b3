// The module text in every widget's state: as small as possible, because each widget carries a copy of it.

/**
 * AFM module that loads the real one from the labextension the kernel has installed, relative to the page's base
 * URL. Nothing is imported at its top level: a widget that is not ready within 2 s misses its updates for good.
 */
export const STUB = `let m;
const load = async () => {
	let c = {};
	try { c = JSON.parse(document.getElementById("jupyter-config-data").textContent); } catch {}
	const at = (c.fullLabextensionsUrl || (c.baseUrl || "/").replace(/\\/?$/, "/lab/extensions")).replace(/\\/?$/, "/");
	return (await import(new URL(at + "millrace/static/stream-view.js", location.href).href)).default;
};
export default { async render(x) {
	try { return await (await (m ??= load())).render(x); } catch (e) {
		m = undefined;
		x.el.textContent = "The live view needs Millrace's JupyterLab extension (npm start installs it): " + e;
	}
} };`;
